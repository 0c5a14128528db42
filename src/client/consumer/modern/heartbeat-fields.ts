import type { ConsumerGroupHeartbeat } from '../../../protocol/apis/index.ts'
import type { RequestInput } from '../../../protocol/schema/index.ts'
import type { Uuid } from '../../../std/uuid.ts'

export type HeartbeatRequest = RequestInput<typeof ConsumerGroupHeartbeat>

/** Partitions of topics that are named by their ids, as the coordinator names them. */
export interface TopicPartitions {
  readonly topicId: Uuid
  readonly partitions: readonly number[]
}

/** What a member wants and has. */
export interface MemberState {
  readonly rebalanceTimeoutMs: number
  readonly topics: Iterable<string>
  readonly assignor: string | undefined
  readonly owned: readonly TopicPartitions[]
}

/**
 * What a member's heartbeats say: everything when it joins, and afterwards only what the coordinator has not been told yet. An answer that was
 * an error, or never came, leaves open what the coordinator knows: then all is said again.
 */
export class HeartbeatFields {
  private told: ReadonlyMap<string, string> = new Map()

  /** Fields to send. Counts them as told; `forget` takes that back. */
  next(state: MemberState, isJoining: boolean): Partial<HeartbeatRequest> {
    const all = {
      rebalanceTimeoutMs: state.rebalanceTimeoutMs,
      subscribedTopicNames: [...state.topics].sort(),
      serverAssignor: state.assignor ?? null,
      topicPartitions: isJoining ? [] : state.owned,
    }
    const before = isJoining ? new Map<string, string>() : this.told
    const texts = new Map(Object.entries(all).map(([name, value]) => [name, JSON.stringify(value)]))
    this.told = texts
    return Object.fromEntries(Object.entries(all).filter(([name]) => before.get(name) !== texts.get(name)))
  }

  forget(): void {
    this.told = new Map()
  }
}
