import type { JoinGroup } from '../protocol/apis/index.ts'
import type { ResponseOf } from '../protocol/schema/index.ts'

/** Times are in milliseconds. */
export interface MemberSettings {
  readonly groupId: string
  /** Of a static member, which keeps its place when it leaves (KIP-345). */
  readonly instanceId?: string | undefined
  readonly sessionTimeoutMs: number
  /** How long the others wait for this member in a rebalance, and how long it may be busy without a look at the group. */
  readonly rebalanceTimeoutMs: number
  readonly heartbeatIntervalMs: number
  readonly requestTimeoutMs: number
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number
}

export type JoinedMembers = ResponseOf<typeof JoinGroup>['members']

/** What members of a kind tell each other, and what they are told. */
export interface MemberRole {
  /** The group's protocol type; members of one group have the same. */
  readonly protocolType: string
  /** What the member calls itself when it leaves because it was busy for too long. */
  readonly kind: string
  /** What to tell the group now, by the protocols that the member knows, the liked ones first. */
  protocols(): { readonly name: string; readonly metadata: Buffer }[]
  /** The leader's task: the part of each member. */
  divide(protocol: string, members: JoinedMembers): Promise<{ memberId: string; assignment: Buffer }[]>
  /** The group wants everybody to join again. */
  onRebalance(): void
  /** The member was put out: its part may be others' already. */
  onLost(): void
  /** For a session time-out nothing was heard of the coordinator; told again and again. */
  onSilence?(): void
  onFatal(error: Error): void
}
