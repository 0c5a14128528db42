import type { GroupType } from './group-type.ts'
import type { GroupRecord } from './records.ts'

/** What everybody may ask a group of any kind. */
export interface Group {
  readonly id: string
  readonly type: GroupType
  /** As ListGroups tells it. */
  readonly state: string
  /** Null when no member ever said it. */
  readonly protocolType: string | null
  /** Whether it has no members, and none that are about to join. */
  readonly isEmpty: boolean
  /** Whether it goes with the last of its offsets when it is empty. */
  readonly expires: boolean
  /** Whether a member reads this topic: its offsets stay then. */
  isSubscribed(topic: string): boolean
  /** Since when (wall time) nobody asks for an offset any more; undefined while somebody may. */
  unusedSince(topic: string, commitTimestamp: number): number | undefined
  /** What takes the group itself away when it is empty; its offsets are not in it. */
  tombstones(): GroupRecord[]
}
