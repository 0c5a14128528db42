import { KafkaError } from '../../../protocol/errors.ts'
import type { Clock } from '../../../runtime/index.ts'
import type { Partition } from '../partition.ts'
import type { ReplicaManager } from '../replica-manager.ts'
import { coordinatorKey, type SharePartitionKey, type SharePersister } from './persister.ts'
import { SharePartition } from './share-partition.ts'
import type { ShareRules } from './share-state.ts'

export interface SharePartitionsOptions {
  readonly replicas: ReplicaManager
  readonly clock: Clock
  readonly persister: SharePersister
  rules(groupId: string): ShareRules
  /** Where a group begins of which nothing is known. */
  firstOffset(groupId: string, partition: Partition): number
}

/** What share groups know of the partitions that this broker leads. */
export class SharePartitions {
  private readonly partitions = new Map<string, SharePartition>()

  constructor(private readonly options: SharePartitionsOptions) {}

  /** One that is there and still holds. */
  find(key: SharePartitionKey): SharePartition | undefined {
    const present = this.partitions.get(coordinatorKey(key))
    if (!present || present.isCurrent) return present
    this.drop(present)
    return undefined
  }

  /** Throws UNKNOWN_TOPIC_OR_PARTITION or NOT_LEADER_OR_FOLLOWER; rejects when the state cannot be read. */
  async obtain(key: SharePartitionKey): Promise<SharePartition> {
    let present = this.find(key)
    if (!present) {
      present = this.make(key)
      this.partitions.set(coordinatorKey(key), present)
    }
    try {
      await present.load()
      return present
    } catch (error) {
      this.drop(present)
      throw error
    }
  }

  private make(key: SharePartitionKey): SharePartition {
    const { replicas, clock, persister, rules, firstOffset } = this.options
    const name = replicas.topicName(key.topicId)
    if (name === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
    const partition = replicas.get(name, key.partition)
    if (!partition.isLeader) throw new KafkaError('NOT_LEADER_OR_FOLLOWER')
    const { groupId } = key
    return new SharePartition({
      ...{ key, partition, persister, clock },
      rules: () => rules(groupId),
      firstOffset: () => firstOffset(groupId, partition),
    })
  }

  /** Forgets one after an error that says that it no longer holds. */
  failed(partition: SharePartition, error: unknown): void {
    const over = ['NOT_LEADER_OR_FOLLOWER', 'FENCED_STATE_EPOCH', 'GROUP_ID_NOT_FOUND', 'UNKNOWN_TOPIC_OR_PARTITION']
    if (error instanceof KafkaError && over.includes(error.error)) this.drop(partition)
  }

  private drop(partition: SharePartition): void {
    partition.close()
    const key = coordinatorKey(partition.key)
    if (this.partitions.get(key) === partition) this.partitions.delete(key)
  }

  /** Nobody of a group is here any more: what its members had is delivered to whoever comes next. */
  dropGroup(groupId: string): void {
    for (const partition of [...this.partitions.values()]) if (partition.key.groupId === groupId) this.drop(partition)
  }

  dropTopic(topicId: string): void {
    for (const partition of [...this.partitions.values()]) if (partition.key.topicId === topicId) this.drop(partition)
  }

  close(): void {
    for (const partition of [...this.partitions.values()]) this.drop(partition)
  }
}
