import type { Uuid } from '../../../../../std/uuid.ts'
import type { Assignment } from '../assignment.ts'

/** A member as assignors see it. */
export interface Subscriber {
  readonly memberId: string
  readonly instanceId: string | null
  readonly topics: ReadonlySet<Uuid>
  /** What it was to have so far. */
  readonly target: Assignment
}

export type PartitionCount = (topicId: Uuid) => number

/** Which member is to have what. Every topic that is read exists, and has partitions. */
export type Assignor = (members: readonly Subscriber[], partitions: PartitionCount) => Map<string, Assignment>

/** Whether all members read the same topics. */
export const readTheSame = (members: readonly Subscriber[]): boolean => {
  const [first, ...others] = members
  return others.every(
    ({ topics }) => topics.size === first?.topics.size && [...topics].every((topic) => first.topics.has(topic)),
  )
}
