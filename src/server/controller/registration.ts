import type { BrokerRegistration } from '../../protocol/apis/index.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { RequestOf, ResponseInput } from '../../protocol/schema/index.ts'
import type { Uuid } from '../../std/uuid.ts'
import type { BrokerImage } from '../metadata/image.ts'
import { recordVersions } from '../metadata/record-forms.ts'
import { type MetadataRecord, metadataRecord } from '../metadata/records.ts'
import { holdsDirectories, logDirsOf } from '../metadata/replica-directories.ts'
import { isReserved } from './broker-views.ts'
import type { ControllerContext, MetadataDecision } from './controller.ts'
import { afterUncleanStop, withoutBroker } from './leader-changes.ts'
import { hasElr } from './min-in-sync.ts'

type Request = RequestOf<typeof BrokerRegistration>

export interface RegistrationRules {
  readonly clusterId: Uuid
  /** Whether a broker was heard of within its session. */
  isAlive(brokerId: number, epoch: number): boolean
}

/**
 * Registers a broker of the cluster (KIP-631), which is fenced until its heartbeats ask for more. Its epoch is the offset of the record; the same
 * incarnation keeps the epoch it has. Throws INCONSISTENT_CLUSTER_ID, DUPLICATE_BROKER_REGISTRATION, INVALID_REGISTRATION, UNSUPPORTED_VERSION.
 */
export function brokerRegistration(
  context: ControllerContext,
  request: Request,
  rules: RegistrationRules,
): MetadataDecision<ResponseInput<typeof BrokerRegistration>> {
  const { image, nextOffset } = context
  const { brokerId, incarnationId } = request
  if (request.clusterId !== rules.clusterId)
    throw new KafkaError(
      'INCONSISTENT_CLUSTER_ID',
      `Expected cluster ID ${rules.clusterId}, but got cluster ID ${request.clusterId}`,
    )
  const existing = image.brokers.get(brokerId)
  const isSame = existing?.incarnationId === incarnationId
  if (existing && !isSame && !existing.inControlledShutdown && rules.isAlive(brokerId, existing.epoch))
    throw new KafkaError(
      'DUPLICATE_BROKER_REGISTRATION',
      "Another broker is registered with that broker id. If the broker was recently restarted this should self-resolve once the heartbeat manager expires the broker's session.",
    )
  if (request.isMigratingZkBroker)
    throw new KafkaError('BROKER_ID_NOT_REGISTERED', 'Controller does not support registering ZK brokers.')
  checkDirectories(context, request)
  checkFeatures(context, request)
  const brokerEpoch = existing && isSame ? existing.epoch : nextOffset
  const records = [registration(request, brokerEpoch, isSame ? existing : undefined)]
  // A fenced broker is in no ISR, and what one may have lost that did not stop in good order is not eligible for them either.
  const withElr = hasElr(image)
  const isClean = existing?.epoch === request.previousBrokerEpoch
  if (existing && !isSame)
    records.push(...(isClean || !withElr ? withoutBroker(context, brokerId) : afterUncleanStop(context, brokerId)))
  return { records, reply: { throttleTimeMs: 0, errorCode: 0, brokerEpoch } }
}

function registration(request: Request, brokerEpoch: number, kept: BrokerImage | undefined): MetadataRecord {
  const { brokerId, incarnationId, rack, logDirs } = request
  return metadataRecord('RegisterBrokerRecord', recordVersions.registerBroker, {
    ...{ brokerId, incarnationId, brokerEpoch, rack, logDirs },
    endPoints: request.listeners,
    features: request.features,
    fenced: kept?.fenced ?? true,
    inControlledShutdown: kept?.inControlledShutdown ?? false,
  })
}

function checkDirectories({ image }: ControllerContext, { brokerId, logDirs }: Request): void {
  if (!holdsDirectories(image)) return
  const refuse = (why: string) => new KafkaError('INVALID_REGISTRATION', why)
  if (logDirs.length === 0) throw refuse('No directories specified in request')
  if (logDirs.some(isReserved)) throw refuse('Reserved directory ID in request')
  if (new Set(logDirs).size < logDirs.length) throw refuse('Duplicate directory ID in request')
  for (const broker of image.brokers.values()) {
    const taken = broker.id === brokerId ? undefined : logDirsOf(broker).find((id) => logDirs.includes(id))
    if (taken !== undefined) throw refuse(`Broker ${broker.id} is already registered with directory ${taken}`)
  }
}

/** A broker that does not know the level of a feature would not understand the others. */
function checkFeatures({ image }: ControllerContext, { features }: Request): void {
  if (!features.some(({ name }) => name === 'metadata.version'))
    throw new KafkaError('INVALID_REGISTRATION', "Request features do not contain 'metadata.version'")
  for (const [name, level] of image.features) {
    const found = features.find((one) => one.name === name)
    const [low, high] = found ? [found.minSupportedVersion, found.maxSupportedVersion] : [0, 0]
    if (level < low || level > high)
      throw new KafkaError(
        'UNSUPPORTED_VERSION',
        `Unable to register because the broker does not support finalized version ${level} of ${name}. The broker wants a version between ${low} and ${high}, inclusive.`,
      )
  }
}
