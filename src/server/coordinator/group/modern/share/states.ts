import { KafkaError } from '../../../../../protocol/errors.ts'
import type { Uuid } from '../../../../../std/uuid.ts'
import type { MetadataImage } from '../../../../metadata/image.ts'
import type { SharePartitionKey } from '../../../../replication/share/persister.ts'
import type { GroupShard } from '../../shard.ts'
import { type Start, startsByTopic } from './offsets.ts'
import { topicsRecord } from './records.ts'
import { ShareGroup } from './share-group.ts'
import { completed, type NamedPartitions } from './shared-topics.ts'

/** What a group coordinator asks the share coordinator for. All reject with `KafkaError`. */
export interface ShareStates {
  initialize(
    key: SharePartitionKey,
    start: { readonly stateEpoch: number; readonly startOffset: number },
  ): Promise<void>
  remove(key: SharePartitionKey): Promise<void>
}

export interface StateKeeperOptions {
  readonly states: ShareStates
  image(): MetadataImage
}

/** Has the share coordinator keep the state of groups, or drop it, and notes in the group what it keeps. */
export class StateKeeper {
  constructor(private readonly options: StateKeeperOptions) {}

  /** Sets up as many as can be, and notes those. Gives the errors of the others. */
  async setUp(
    shard: GroupShard,
    groupId: string,
    { starts, stateEpoch }: { readonly starts: readonly Start[]; readonly stateEpoch: number },
  ): Promise<ReadonlyMap<Start, KafkaError>> {
    const errors = new Map<Start, KafkaError>()
    await Promise.all(
      starts.map(async (start) => {
        const { topicId, partition, startOffset } = start
        try {
          await this.options.states.initialize({ groupId, topicId, partition }, { stateEpoch, startOffset })
        } catch (error) {
          if (!(error instanceof KafkaError)) throw error
          errors.set(start, error)
        }
      }),
    )
    const done = startsByTopic(
      starts.filter((start) => !errors.has(start)),
      this.options.image(),
    )
    if (!done.isEmpty)
      await shard.submit(() => {
        const group = shard.groups.get(groupId)
        const records = group instanceof ShareGroup ? [topicsRecord(groupId, completed(group.shared, done))] : []
        return { records, reply: undefined }
      })
    return errors
  }

  /** Gives the topics of which something could not be removed. */
  async removeAll(groupId: string, partitions: NamedPartitions): Promise<ReadonlyMap<Uuid, KafkaError>> {
    const errors = new Map<Uuid, KafkaError>()
    await Promise.all(
      eachOf(partitions).map(async ({ topicId, partition }) => {
        try {
          await this.options.states.remove({ groupId, topicId, partition })
        } catch (error) {
          if (!(error instanceof KafkaError)) throw error
          errors.set(topicId, error)
        }
      }),
    )
    return errors
  }
}

export const eachOf = (partitions: NamedPartitions): { topicId: Uuid; partition: number }[] =>
  partitions.listed().flatMap(({ topicId, partitions: list }) => list.map((partition) => ({ topicId, partition })))
