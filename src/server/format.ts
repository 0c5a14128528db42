import type { BrokerConfig } from '../config/broker.ts'
import { type Disk, type Runtime, randomUuid } from '../runtime/index.ts'
import type { Uuid } from '../std/uuid.ts'
import { supportedFeatures } from './controller/brokers.ts'
import { encodeMetadataRecord, type MetadataRecord, metadataRecord } from './metadata/records.ts'
import { kraftVersionRecord, type QuorumVoter, votersRecord } from './raft/control-batch.ts'
import { METADATA_TOPIC } from './raft/metadata-log.ts'
import { encodeSnapshot, readSnapshot, snapshotName } from './raft/snapshot-file.ts'
import {
  META_PROPERTIES_FILE,
  type MetaProperties,
  readMetaProperties,
  writeMetaProperties,
} from './storage/meta-properties.ts'

const BOOTSTRAP = 'bootstrap.checkpoint'

/** A directory that cannot be used, with the reason; nothing in it was touched. */
class DirectoryRefused extends Error {
  override name = 'DirectoryRefused'
}

/** Something else has the name of a directory. */
class NoDirectory extends DirectoryRefused {}

export type FirstVoter = QuorumVoter

export interface FormatOptions {
  readonly clusterId: Uuid
  readonly nodeId: number
  /** Feature levels that differ from the newest ones. */
  readonly features?: ReadonlyMap<string, number>
  /** What a new cluster has besides. */
  readonly records?: readonly MetadataRecord[]
}

/** What the metadata directory of a controller in a dynamic quorum has besides (KIP-853). */
export interface QuorumOptions {
  readonly directoryId: Uuid
  readonly voters: readonly FirstVoter[]
}

export const metadataDirOf = (config: BrokerConfig): string =>
  config.given('metadata.log.dir') ?? (config.logDirs[0] as string)

/** All directories of a node: those of the partitions, and that of the metadata where it has its own. */
export const directoriesOf = (config: BrokerConfig): string[] => [
  ...new Set([...config.logDirs, metadataDirOf(config)]),
]

/** The feature levels that a new cluster starts with, `metadata.version` first, and what else it starts with. */
export function bootstrapRecords({
  features,
  records = [],
}: Pick<FormatOptions, 'features' | 'records'> = {}): MetadataRecord[] {
  const levels = supportedFeatures
    .filter(({ name }) => name !== 'kraft.version')
    .map(({ name, max }) => ({ name, featureLevel: features?.get(name) ?? max }))
    .filter(({ featureLevel }) => featureLevel > 0)
    .sort((a, b) => Number(b.name === 'metadata.version') - Number(a.name === 'metadata.version'))
  return [...levels.map((level) => metadataRecord('FeatureLevelRecord', 0, level)), ...records]
}

/** Makes an empty directory one of a Kafka node, with the first records of the cluster, and of the quorum where there are any. */
export function formatDirectory(runtime: Runtime, dir: string, options: FormatOptions, quorum?: QuorumOptions): void {
  const { disk, random, clock } = runtime
  const now = clock.now()
  makeDirectory(disk, dir)
  if (quorum) {
    const first = { endOffset: 0, epoch: 0 }
    const folder = `${dir}/${METADATA_TOPIC}-0`
    makeDirectory(disk, folder)
    const records = [kraftVersionRecord(1), votersRecord(quorum.voters)]
    const times = { timestamp: now, lastContainedTimestamp: now }
    disk.replaceFile(`${folder}/${snapshotName(first)}`, encodeSnapshot([], { epoch: 0, ...times, quorum: records }))
  }
  const values = bootstrapRecords(options).map(encodeMetadataRecord)
  const snapshot = encodeSnapshot(values, { epoch: 0, timestamp: now, lastContainedTimestamp: 0 })
  disk.replaceFile(`${dir}/${BOOTSTRAP}`, snapshot)
  // Last, for it is what says that the directory is formatted.
  writeMetaProperties(disk, dir, {
    clusterId: options.clusterId,
    nodeId: options.nodeId,
    directoryId: quorum?.directoryId ?? randomUuid(random),
  })
}

/** A new directory is only there after a loss of power when the one above it was synced too. */
function makeDirectory(disk: Disk, dir: string): void {
  const slash = dir.lastIndexOf('/')
  const parent = slash < 0 ? '.' : dir.slice(0, Math.max(1, slash))
  if (parent !== dir && !disk.stat(parent)) makeDirectory(disk, parent)
  disk.mkdir(dir)
  if (parent !== dir && disk.stat(parent)) disk.syncDir(parent)
}

/** What `kafka-storage format` left for the first start, as encoded records. */
export function readBootstrap(disk: Disk, dir: string): readonly Buffer[] {
  return readSnapshot(disk, `${dir}/${BOOTSTRAP}`)?.values ?? bootstrapRecords().map(encodeMetadataRecord)
}

/** What may lie in a directory that nobody has formatted. */
const harmless = new Set(['lost+found', '.lock'])

function checkEmpty(disk: Disk, dir: string): void {
  const stat = disk.stat(dir)
  if (stat && !stat.isDirectory) throw new NoDirectory(`${dir} is not a directory`)
  const found = (disk.list(dir) ?? []).filter((name) => !harmless.has(name))
  if (found.length === 0) return
  const some = found.slice(0, 3).join(', ')
  throw new DirectoryRefused(
    `${dir} has no ${META_PROPERTIES_FILE} but is not empty (${some}${found.length > 3 ? ', ...' : ''}): it is not a Kafka log directory, or a damaged one; nothing was touched`,
  )
}

/** What the directories of a node say of themselves. */
export interface OpenedDirectories {
  readonly clusterId: string
  /** By path, those that can be used. */
  readonly directories: ReadonlyMap<string, MetaProperties>
  /** Those that the disk does not give, with its reason: the node goes on without them (KIP-112). */
  readonly unusable: ReadonlyMap<string, Error>
}

/**
 * The ids of a node's directories, formatted on the spot when all of them are empty. Throws `DirectoryRefused` for a directory that is
 * foreign, damaged or another node's, and for that of the metadata where it cannot be used.
 */
export function openDirectories(runtime: Runtime, config: BrokerConfig): OpenedDirectories {
  const { disk, random } = runtime
  const metadataDir = metadataDirOf(config)
  const unusable = new Map<string, Error>()
  const onDisk = diskAccess(metadataDir, unusable)
  const found = new Map(
    directoriesOf(config).map((dir) => [dir, onDisk(dir, () => readMetaProperties(disk, dir))] as const),
  )
  if (!found.get(metadataDir)) checkStandsAlone(config)
  const clusterId = [...found.values()].find((meta) => meta)?.clusterId ?? randomUuid(random)
  for (const [dir, meta] of found) {
    if (meta) checkOwner(dir, meta, { clusterId, nodeId: config.nodeId })
    else if (!unusable.has(dir)) onDisk(dir, () => checkEmpty(disk, dir))
  }
  const directories = new Map<string, MetaProperties>()
  for (const [dir, meta] of found) {
    if (unusable.has(dir)) continue
    const format = () => {
      formatDirectory(runtime, dir, { clusterId, nodeId: config.nodeId })
      return readMetaProperties(disk, dir)
    }
    const opened = meta ?? onDisk(dir, format)
    if (opened) directories.set(dir, opened)
  }
  return { clusterId, directories, unusable }
}

/** Does something in a directory, and notes it as unusable when the disk fails. Without that of the metadata there is nothing to go on with. */
const diskAccess =
  (metadataDir: string, unusable: Map<string, Error>) =>
  <T>(dir: string, action: () => T): T | undefined => {
    try {
      return action()
    } catch (error) {
      if (dir === metadataDir || !isOfDisk(error)) throw refusal(error as Error)
      unusable.set(dir, error)
      return undefined
    }
  }

function checkOwner(dir: string, meta: MetaProperties, own: { clusterId: string; nodeId: number }): void {
  if (meta.nodeId !== own.nodeId)
    throw new DirectoryRefused(
      `Stored node id ${meta.nodeId} doesn't match configured node id ${own.nodeId} in ${dir}/${META_PROPERTIES_FILE}; nothing was touched`,
    )
  if (meta.clusterId !== own.clusterId)
    throw new DirectoryRefused(
      `Invalid cluster.id in: ${dir}/${META_PROPERTIES_FILE}. Expected ${own.clusterId}, but read ${meta.clusterId}`,
    )
}

/** Makes a broker's empty directories those of a node of the cluster. Throws `DirectoryRefused` where one belongs to another cluster. */
export function joinDirectories(runtime: Runtime, config: BrokerConfig, clusterId: Uuid): void {
  const { disk } = runtime
  const unusable = new Map<string, Error>()
  const onDisk = diskAccess(metadataDirOf(config), unusable)
  for (const dir of directoriesOf(config)) {
    const meta = onDisk(dir, () => readMetaProperties(disk, dir))
    if (meta && meta.clusterId !== clusterId)
      throw new DirectoryRefused(
        `The Cluster ID ${clusterId} doesn't match stored clusterId ${meta.clusterId} in ${dir}/${META_PROPERTIES_FILE}. The broker is trying to join the wrong cluster. Configured zookeeper.connect may be wrong.`,
      )
    if (meta || unusable.has(dir)) continue
    onDisk(dir, () => {
      checkEmpty(disk, dir)
      formatDirectory(runtime, dir, { clusterId, nodeId: config.nodeId })
    })
  }
}

/** A node of a cluster of several has to be told which one it is: an id of its own would keep it out for good. */
function checkStandsAlone(config: BrokerConfig): void {
  const refuse = (which: string) =>
    new DirectoryRefused(
      `No readable ${META_PROPERTIES_FILE} found in ${metadataDirOf(config)}: format it first (kafka-storage format) with the id of the cluster that this ${which}`,
    )
  if (config.isBrokerOnly) throw refuse('broker is to join')
  if (config.hasOtherControllers) throw refuse('controller belongs to, the same on all of its nodes')
}

const isOfDisk = (error: unknown): error is Error =>
  error instanceof NoDirectory || (error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string')

const refusal = (error: Error): Error =>
  error instanceof DirectoryRefused ? error : new DirectoryRefused(`${error.message}; nothing was touched`)
