import { UNASSIGNED } from '../../../src/protocol/directory-ids.ts'
import { emptyImage, type MetadataImage, type PartitionImage } from '../../../src/server/metadata/image.ts'
import type { AssignReplicasRequest } from '../../../src/server/replication/directory-assignments.ts'
import type { Partition } from '../../../src/server/replication/partition.ts'
import { ReplicaManager } from '../../../src/server/replication/replica-manager.ts'
import { defaultLogConfig, type LogConfig } from '../../../src/server/storage/log-config.ts'
import { LogManager, type LogManagerOptions } from '../../../src/server/storage/log-manager.ts'
import { TOPIC_ID } from '../../server/storage/batches.ts'
import { ProcessDied } from '../disk-faults.ts'
import type { memoryRuntime } from '../memory-runtime.ts'

/** Paths of the directories of a `DirectoryNode`, and their ids. */
export const [PLACE_A, PLACE_B] = ['/logs/a', '/logs/b'] as const
export const [ID_A, ID_B] = ['AAAAAAAAAAAAAAAAAAAA_w', 'AAAAAAAAAAAAAAAAAAAB_w'] as const
export const PRODUCED = { origin: 'client', requiredAcks: -1, minInSync: 1 } as const

const none = { changedTopics: new Set<string>(), deletedTopics: [], changedConfigs: new Set<string>() }

/** What a controller knows of one topic `t` with one partition; it outlives the node. */
export class TopicMetadata {
  image: MetadataImage
  partition: PartitionImage = {
    ...{ replicas: [1], isr: [1], leader: 1, leaderEpoch: 0, partitionEpoch: 0, directories: [UNASSIGNED] },
    ...{ removingReplicas: [], addingReplicas: [], elr: [], lastKnownElr: [], leaderRecoveryState: 0 },
  }

  /** `metadata.version`; what is below 14 knows of no directories. */
  constructor(level = 30) {
    this.image = { ...emptyImage, features: new Map([['metadata.version', level]]) }
    this.change({})
  }

  change(fields: Partial<PartitionImage>): void {
    this.partition = { ...this.partition, ...fields }
    const topic = { name: 't', id: TOPIC_ID, partitions: [this.partition] }
    this.image = { ...this.image, topics: new Map([['t', topic]]), topicNames: new Map([[TOPIC_ID, 't']]) }
  }
}

export interface DirectoryNodeOptions {
  readonly config?: Partial<LogConfig>
  readonly cleaner?: LogManagerOptions['cleaner']
}

/** Logs and replicas of a node with two directories, on a disk in memory, and a controller that answers at once. */
export class DirectoryNode {
  readonly logs: LogManager
  readonly replicas: ReplicaManager
  readonly said: string[] = []
  /** Directories that the controller was told of, one after the other. */
  readonly told: string[] = []
  /** Whether the controller takes what it is told. */
  isHeard = true

  constructor(
    runtime: ReturnType<typeof memoryRuntime>,
    readonly metadata: TopicMetadata,
    { config = {}, cleaner }: DirectoryNodeOptions = {},
  ) {
    for (const path of [PLACE_A, PLACE_B]) runtime.disk.mkdir(path)
    runtime.disk.syncDir('/logs')
    const configFor = () => ({ ...defaultLogConfig, ...config })
    const log = (line: string) => void this.said.push(line)
    this.logs = new LogManager({
      ...{ runtime, dirs: [PLACE_A, PLACE_B], nodeId: 1, clusterId: 'c', configFor, log },
      ...(cleaner && { cleaner }),
      directoryIds: new Map([
        [PLACE_A, ID_A],
        [PLACE_B, ID_B],
      ]),
      topicIdOf: () => TOPIC_ID,
      directoryOf: () => metadata.partition.directories[0],
      onDirFailure: ({ logs, id, error }) => {
        if (!(error instanceof ProcessDied)) this.replicas?.takeOffline(logs, id)
      },
    })
    this.logs.load()
    this.replicas = new ReplicaManager({
      ...{ logs: this.logs, nodeId: 1, clock: runtime.clock, log, configFor },
      settings: {
        ...{ lagTimeMaxMs: 300, fetchBackoffMs: 40 },
        directoryQuotaWindows: { count: 11, ms: 1000 },
        quotaWindows: { count: 11, ms: 1000 },
      } as never,
      minInSync: () => 1,
      alterPartition: () => new Promise(() => {}),
      leader: () => ({ send: () => new Promise(() => {}) }),
      assignReplicas: async (request) => {
        const errorCode = this.isHeard ? 0 : -1
        if (this.isHeard) this.#assign(request, runtime.clock.defer.bind(runtime.clock))
        const directories = request.directories.map(({ id, topics }) => ({
          id,
          topics: topics.map(({ topicId, partitions }) => ({
            topicId,
            partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
          })),
        }))
        return { throttleTimeMs: 0, errorCode: 0, directories }
      },
    })
    this.publish({})
  }

  #assign({ directories }: AssignReplicasRequest, defer: (work: () => void) => void): void {
    for (const { id } of directories) this.told.push(id)
    const id = this.told.at(-1) as string
    this.metadata.change({ directories: this.metadata.partition.directories.map((old, at) => (at === 0 ? id : old)) })
    defer(() => this.publish({}))
  }

  /** The metadata change, and the node hears of it. */
  publish(fields: Partial<PartitionImage>, changedConfigs = new Set<string>()): void {
    this.metadata.change(fields)
    this.replicas.publish({ ...none, changedConfigs, changedTopics: new Set(['t']) }, this.metadata.image)
  }

  get partition(): Partition {
    return this.replicas.get('t', 0)
  }

  /** Where the partition's folders are, and whether something of another kind is beside them. */
  get folders(): string[] {
    return this.logs
      .dirInfo()
      .flatMap(({ path, logs }) => logs.map(({ isFuture }) => `${path}${isFuture ? ' future' : ''}`))
  }
}
