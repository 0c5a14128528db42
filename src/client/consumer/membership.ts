import type { ConsumerConfig } from '../../config/client.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { Cluster } from '../cluster.ts'
import type { GroupMetrics } from '../metrics/group-metrics.ts'
import type { Doorbell } from './doorbell.ts'
import type { Subscription } from './subscription.ts'

/** Who commits offsets, or asks for them. */
export interface MemberIdentity {
  readonly memberId: string
  /** The generation in the classic protocol, the member's epoch in the other. */
  readonly epoch: number
}

export const NO_MEMBER: MemberIdentity = { memberId: '', epoch: -1 }

/** What a membership has around it. */
export interface MembershipContext {
  readonly cluster: Cluster
  readonly config: ConsumerConfig
  readonly subscription: Subscription
  readonly doorbell: Doorbell
  readonly metrics: GroupMetrics
  /** Commits what was read, when that is automatic. Never rejects. */
  commitBeforeRevocation(): Promise<void>
  /** The subscription has another assignment now. */
  onAssigned(): void
}

/**
 * A member of a group, by one of two protocols: `ClassicMembership`, in which one of the members divides the partitions, and
 * `ModernMembership` (KIP-848), in which the coordinator does. Talks with the coordinator in the background; what the application sees of
 * that, the listener above all, happens inside `poll`.
 */
export interface Membership {
  readonly identity: MemberIdentity
  /** Whether the coordinator knows the member, so that it may commit. */
  readonly isMember: boolean
  /** Whether offsets of the assigned partitions can be asked for. */
  readonly settled: boolean
  /** Topics of all members, with their partition counts, where this one has divided them. */
  readonly dividedBy?: ReadonlyMap<string, number> | undefined
  /** Takes over what has happened and starts what is to be done. Runs the listener; throws what ended the membership. */
  poll(): Promise<void>
  /** The subscription has changed, or the application wants the partitions divided anew. */
  rejoin(): void
  /** What it means that the coordinator refused a commit for good: the error to tell the application. */
  refused(error: KafkaError): KafkaError
  /** Says good-bye; a later poll joins again. Never rejects. */
  leave(reason: string): Promise<void>
}

/** The member has no say in its group any more, as a refused commit shows. */
export const commitFailed = (error: 'ILLEGAL_GENERATION' | 'UNKNOWN_MEMBER_ID' | 'STALE_MEMBER_EPOCH'): KafkaError =>
  new KafkaError(
    error,
    'Offset commit cannot be completed since the consumer is not part of an active group for auto partition assignment; ' +
      'it is likely that the consumer was kicked out of the group.',
  )
