import type { Uuid } from '../../../../std/uuid.ts'

/** Who wants to commit offsets, and of what. */
export interface Commit {
  readonly memberId: string
  readonly instanceId: string | null
  /** -1 for somebody who is no member. */
  readonly memberEpoch: number
  readonly inTransaction: boolean
  /** Whether the version of the request has an error for an epoch that is over. */
  readonly knowsEpochs: boolean
  readonly partitions: Iterable<{ readonly topic: string; readonly topicId: Uuid; readonly partition: number }>
}
