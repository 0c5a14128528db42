import { KafkaError } from '../../../../../protocol/errors.ts'
import type { Uuid } from '../../../../../std/uuid.ts'
import { type Assignment, type EpochAssignment, sameEpochs } from '../assignment.ts'
import { MemberState } from '../member.ts'
import type { ConsumerMember } from './member.ts'

type Owned = readonly { readonly topicId: Uuid; readonly partitions: readonly number[] }[] | null

export interface Situation {
  readonly target: Assignment
  readonly targetEpoch: number
  /** Topics that the member reads now. */
  readonly subscribed: ReadonlySet<Uuid>
  readonly subscriptionChanged: boolean
  /** What the member says it has; null when it does not say. */
  readonly owned: Owned
  isOwned(topicId: Uuid, partition: number): boolean
}

/**
 * Brings a member one step nearer to its target: first it gives up what is not in it, then it gets what others have given up, and with
 * that the epoch of the target. Gives the member itself when there is nothing to do. Throws FENCED_MEMBER_EPOCH.
 */
export function reconcile(member: ConsumerMember, situation: Situation): ConsumerMember {
  const next = step(member, situation)
  const isSame =
    next.state === member.state &&
    next.memberEpoch === member.memberEpoch &&
    next.previousMemberEpoch === member.previousMemberEpoch &&
    sameEpochs(next.assigned, member.assigned) &&
    sameEpochs(next.pendingRevocation, member.pendingRevocation)
  return isSame ? member : next
}

function step(member: ConsumerMember, situation: Situation): ConsumerMember {
  const { targetEpoch, subscriptionChanged, owned } = situation
  switch (member.state) {
    case MemberState.stable:
      if (member.memberEpoch !== targetEpoch) return advance(member, member.memberEpoch, situation)
      return subscriptionChanged ? withoutUnsubscribed(member, situation) : member
    case MemberState.unrevoked:
      if (!stillHas(owned, member.pendingRevocation)) return advance(member, member.memberEpoch, situation)
      return subscriptionChanged ? withoutUnsubscribed(member, situation) : member
    case MemberState.unreleased:
      return advance(member, member.memberEpoch, situation)
    default:
      // A state of later Kafka: the member has to begin anew.
      if (owned === null || owned.length > 0)
        throw new KafkaError(
          'FENCED_MEMBER_EPOCH',
          'The consumer group member is in a unknown state. The member must abandon all its partitions and rejoin.',
        )
      return advance(member, targetEpoch, situation)
  }
}

/** Whether a member has one of these still; who does not say may have all. */
const stillHas = (owned: Owned, partitions: EpochAssignment): boolean =>
  owned === null || owned.some(({ topicId, partitions: list }) => list.some((one) => partitions.get(topicId)?.has(one)))

const inEpoch = (member: ConsumerMember, memberEpoch: number, change: Partial<ConsumerMember>): ConsumerMember => ({
  ...member,
  ...change,
  previousMemberEpoch: member.memberEpoch,
  memberEpoch,
})

function advance(member: ConsumerMember, memberEpoch: number, situation: Situation): ConsumerMember {
  const { assigned, revoked, added, unreleased } = compare(member, situation)
  if (revoked.size > 0 && stillHas(situation.owned, revoked))
    return inEpoch(member, memberEpoch, { state: MemberState.unrevoked, assigned, pendingRevocation: revoked })
  const { targetEpoch } = situation
  for (const [topicId, partitions] of added) {
    const both = new Map(assigned.get(topicId))
    for (const partition of partitions) both.set(partition, targetEpoch)
    assigned.set(topicId, both)
  }
  const state = unreleased ? MemberState.unreleased : MemberState.stable
  return inEpoch(member, targetEpoch, { state, assigned, pendingRevocation: new Map() })
}

/** What the member keeps, has to give up, and may have at once; and whether it has to wait for something. */
function compare(member: ConsumerMember, { target, subscribed, isOwned }: Situation) {
  const assigned = new Map<Uuid, ReadonlyMap<number, number>>()
  const revoked = new Map<Uuid, ReadonlyMap<number, number>>()
  const added = new Map<Uuid, number[]>()
  let unreleased = false
  for (const topicId of new Set([...target.keys(), ...member.assigned.keys()])) {
    const wanted: ReadonlySet<number> = (subscribed.has(topicId) && target.get(topicId)) || new Set()
    const present = member.assigned.get(topicId) ?? new Map<number, number>()
    const kept = [...present].filter(([partition]) => wanted.has(partition))
    const lost = [...present].filter(([partition]) => !wanted.has(partition))
    const missing = [...wanted].filter((partition) => !present.has(partition))
    const free = missing.filter((partition) => !isOwned(topicId, partition))
    unreleased ||= free.length < missing.length
    if (kept.length > 0) assigned.set(topicId, new Map(kept))
    if (lost.length > 0) revoked.set(topicId, new Map(lost))
    if (free.length > 0) added.set(topicId, free)
  }
  return { assigned, revoked, added, unreleased }
}

/** Takes away the topics that the member no longer reads, though there is no target without them yet. */
function withoutUnsubscribed(member: ConsumerMember, { subscribed, owned }: Situation): ConsumerMember {
  const gone = [...member.assigned].filter(([topicId]) => !subscribed.has(topicId))
  if (gone.length === 0) return member
  const assigned = new Map([...member.assigned].filter(([topicId]) => subscribed.has(topicId)))
  const revoked = new Map(member.pendingRevocation)
  for (const [topicId, partitions] of gone)
    revoked.set(topicId, new Map([...(revoked.get(topicId) ?? []), ...partitions]))
  if (stillHas(owned, revoked))
    return inEpoch(member, member.memberEpoch, { state: MemberState.unrevoked, assigned, pendingRevocation: revoked })
  return inEpoch(member, member.memberEpoch, { assigned })
}
