import type { ControllerRegistration } from '../../protocol/apis/index.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { METADATA_VERSION, MetadataLevel } from '../../protocol/metadata-version.ts'
import type { RequestOf } from '../../protocol/schema/index.ts'
import type { MetadataImage } from '../metadata/image.ts'
import { type MetadataRecord, metadataRecord } from '../metadata/records.ts'
import type { ControllerContext, MetadataDecision } from './controller.ts'

type Registered = Extract<MetadataRecord, { type: 'RegisterControllerRecord' }>['fields']

/** Whether the metadata can hold registrations of controllers by now. */
export const holdsControllers = ({ features }: MetadataImage): boolean =>
  (features.get(METADATA_VERSION) ?? 0) >= MetadataLevel.controllers

/** The controllers that have registered. */
export const registeredControllers = ({ kept }: MetadataImage): Registered[] =>
  [...kept.values()].flatMap((record) => (record.type === 'RegisterControllerRecord' ? [record.fields] : []))

/** Writes down where a controller is and what it can do (KIP-919). Throws UNSUPPORTED_VERSION. */
export function controllerRegistration(
  { image }: ControllerContext,
  { controllerId, incarnationId, zkMigrationReady, listeners, features }: RequestOf<typeof ControllerRegistration>,
): MetadataDecision<void> {
  if (!holdsControllers(image))
    throw new KafkaError(
      'UNSUPPORTED_VERSION',
      'The current MetadataVersion is too old to support controller registrations.',
    )
  const record = metadataRecord('RegisterControllerRecord', 0, {
    ...{ controllerId, incarnationId, zkMigrationReady },
    endPoints: listeners.map((listener) => ({ ...listener })),
    features: features.map((feature) => ({ ...feature })),
  })
  return { records: [record], reply: undefined }
}
