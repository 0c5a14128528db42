import type { Uuid } from '../../../std/uuid.ts'
import type { StateBatch } from './state-batch.ts'

/** One partition as one share group sees it. */
export interface SharePartitionKey {
  readonly groupId: string
  readonly topicId: Uuid
  readonly partition: number
}

/** The key as text: what a share coordinator is looked up by. */
export const coordinatorKey = ({ groupId, topicId, partition }: SharePartitionKey): string =>
  `${groupId}:${topicId}:${partition}`

/** What is kept of a share partition. */
export interface SharePartitionState {
  /** Grows when the group's place is set anew, which fences whoever reads by the old one. */
  readonly stateEpoch: number
  /** The first offset that is not done with; -1 when the group's property `share.auto.offset.reset` is to say. */
  readonly startOffset: number
  readonly batches: readonly StateBatch[]
}

export interface SharePartitionWrite extends SharePartitionState {
  readonly leaderEpoch: number
  /** Offsets from the start on that are done with. */
  readonly deliveryCompleteCount: number
}

/** Where a partition's leader keeps what it knows of share groups. Both reject with `KafkaError`. */
export interface SharePersister {
  /** Reads, and fences leaders of earlier epochs. */
  read(key: SharePartitionKey, leaderEpoch: number): Promise<SharePartitionState>
  /**
   * Resolves when the state is safe; undefined when it is already. It is asked for when it is sent, each time anew: what other changes have done to it since the
   * first attempt must not be undone.
   */
  write(key: SharePartitionKey, state: () => SharePartitionWrite): Promise<void> | undefined
}
