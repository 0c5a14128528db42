import type { TopicPartition } from '../../types.ts'

/** One member as the leader of the group sees it. */
export interface GroupMember {
  readonly memberId: string
  readonly groupInstanceId: string | undefined
  readonly topics: readonly string[]
  readonly owned: readonly TopicPartition[]
  /** The generation in which it owned them; -1 when it does not say. */
  readonly generation: number
  readonly userData: Buffer | null
}

/** Partitions by member id. */
export type Assignment = Map<string, TopicPartition[]>

export interface Assignor {
  /** As it stands on the wire; members agree on one that all of them have. */
  readonly name: string
  /** Whether members keep partitions while they rebalance (KIP-429). */
  readonly cooperative: boolean
  /** What this member tells the leader besides its topics. */
  userData(owned: readonly TopicPartition[], generation: number): Buffer | null
  /** Divides the partitions of the topics, whose counts are given, among the members. */
  assign(counts: ReadonlyMap<string, number>, members: readonly GroupMember[]): Assignment
}
