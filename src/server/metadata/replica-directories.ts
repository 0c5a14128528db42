import { LOST, MIGRATING, UNASSIGNED } from '../../protocol/directory-ids.ts'
import { MetadataLevel } from '../../protocol/metadata-version.ts'
import type { Uuid } from '../../std/uuid.ts'
import type { BrokerImage, MetadataImage, PartitionImage } from './image.ts'
import { metadataLevel } from './record-forms.ts'

/** Whether the metadata can say in which directory a replica lies (KIP-858). */
export const holdsDirectories = (image: MetadataImage): boolean => metadataLevel(image) >= MetadataLevel.directories

/** Whether it can name directories that are cordoned (KIP-1066); not before it is known. */
export const holdsCordoned = (image: MetadataImage): boolean =>
  image.features.size > 0 && metadataLevel(image) >= MetadataLevel.cordonedDirectories

/** The directory of a broker's replica by the metadata; undefined when the broker has none. */
export function directoryOf({ replicas, directories }: PartitionImage, brokerId: number): Uuid | undefined {
  const at = replicas.indexOf(brokerId)
  return at < 0 ? undefined : (directories[at] ?? MIGRATING)
}

/** Whether it is not known where a replica lies. */
export const isUnknown = (id: Uuid | undefined): boolean => id === UNASSIGNED || id === MIGRATING

export const logDirsOf = ({ record }: BrokerImage): readonly Uuid[] =>
  record.type === 'RegisterBrokerRecord' ? record.fields.logDirs : []

/** Directories in which a broker begins no replica. */
export const cordonedIdsOf = ({ record }: BrokerImage): readonly Uuid[] | null =>
  record.type === 'RegisterBrokerRecord' ? record.fields.cordonedLogDirs : null

/** Whether a broker takes new replicas at all. */
export function takesReplicas(broker: BrokerImage): boolean {
  const dirs = logDirsOf(broker)
  const cordoned = cordonedIdsOf(broker) ?? []
  return dirs.length === 0 || dirs.some((id) => !cordoned.includes(id))
}

/** Whether a broker can serve from a directory. */
export function hasOnlineDir(broker: BrokerImage, id: Uuid): boolean {
  const dirs = logDirsOf(broker)
  if (isUnknown(id) || dirs.length === 0) return true
  return id !== LOST && dirs.includes(id)
}
