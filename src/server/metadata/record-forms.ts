import { latestLevel, METADATA_VERSION, MetadataLevel } from '../../protocol/metadata-version.ts'
import type { MetadataImage } from './image.ts'
import { type MetadataRecord, metadataRecord } from './records.ts'

/** The newest versions of records that have several, in which decisions are made. */
export const recordVersions = {
  partition: 2,
  partitionChange: 2,
  registerBroker: 4,
} as const

type Form = readonly [from: number, version: number]

/** Records that have got fields since 3.3: the versions by the level of `metadata.version` from which on they are written, newest first. */
const forms: Partial<Record<MetadataRecord['type'], readonly Form[]>> = {
  RegisterBrokerRecord: [
    [MetadataLevel.cordonedDirectories, 4],
    [MetadataLevel.directories, 3],
    [8, 2],
    [0, 1],
  ],
  BrokerRegistrationChangeRecord: [
    [MetadataLevel.cordonedDirectories, 3],
    [MetadataLevel.directories, 2],
    [0, 1],
  ],
  PartitionRecord: [
    [MetadataLevel.eligibleLeaders, 2],
    [MetadataLevel.directories, 1],
    [0, 0],
  ],
  PartitionChangeRecord: [
    [MetadataLevel.eligibleLeaders, 2],
    [MetadataLevel.directories, 1],
    [0, 0],
  ],
}

const ofTransactions: ReadonlySet<MetadataRecord['type']> = new Set([
  'BeginTransactionRecord',
  'EndTransactionRecord',
  'AbortTransactionRecord',
])

/** The level of `metadata.version`; the newest one in a cluster that has not begun. */
export const metadataLevel = ({ features }: Pick<MetadataImage, 'features'>): number =>
  features.get(METADATA_VERSION) ?? latestLevel

/** Fields that nodes do without, by the level from which on they can be said. Whatever else an older form lacks must not be lost. */
const dispensable: readonly (readonly [from: number, name: string])[] = [
  [MetadataLevel.directories, 'directories'],
  [MetadataLevel.directories, 'logDirs'],
  [MetadataLevel.cordonedDirectories, 'cordonedLogDirs'],
]

/**
 * Records as they may be written at a level: decisions are made in the newest form, and nodes of an older release have to be able to read
 * the log until all of them have been raised (KIP-778). Directories that an older form has no
 * place for are left out.
 */
export const recordsAtLevel = (records: readonly MetadataRecord[], level: number): readonly MetadataRecord[] =>
  level >= latestLevel ? records : records.flatMap((record) => atLevel(record, level) ?? [])

/** Undefined for a record that has no form at the level. */
export function atLevel(record: MetadataRecord, level: number): MetadataRecord | undefined {
  if (level < MetadataLevel.transactions && ofTransactions.has(record.type)) return undefined
  const [, version = record.version] = forms[record.type]?.find(([from]) => from <= level) ?? []
  if (version >= record.version) return record
  const lost = new Set(dispensable.filter(([from]) => level < from).map(([, name]) => name))
  const fields = Object.fromEntries(Object.entries(record.fields).filter(([name]) => !lost.has(name)))
  return metadataRecord(record.type, version, fields)
}

/** The level at which a decision's records are written: that of the image, or the one with which they begin a cluster. */
export function levelOfDecision(image: MetadataImage, records: readonly MetadataRecord[]): number {
  if (image.features.has(METADATA_VERSION)) return metadataLevel(image)
  for (const { type, fields } of records)
    if (type === 'FeatureLevelRecord' && fields.name === METADATA_VERSION) return fields.featureLevel
  return latestLevel
}
