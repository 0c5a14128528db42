import type { Uuid } from '../../../../../std/uuid.ts'
import type { MetadataImage } from '../../../../metadata/image.ts'
import { type Assignment, noPartitions, sameAssignment } from '../assignment.ts'
import { simple } from '../assignors/simple.ts'
import { MemberState } from '../member.ts'
import { mayAssign } from '../modern-group.ts'
import type { ShareHeartbeatContext } from './context.ts'
import type { ShareMember } from './member.ts'
import { type ShareRecord, targetEpochRecord, targetRecord } from './records.ts'
import type { ShareGroup } from './share-group.ts'

/** Whether partitions that are ready to be read are in nobody's target yet. */
export function mustSpread(group: ShareGroup): boolean {
  if (group.isEmpty) return false
  const given = new Map<Uuid, Set<number>>()
  for (const assignment of group.target.values())
    for (const [topicId, partitions] of assignment)
      given.set(topicId, new Set([...(given.get(topicId) ?? []), ...partitions]))
  return group.shared.initialized
    .listed()
    .some(
      ({ topicId, topicName, partitions }) =>
        group.topics.has(topicName) && !partitions.every((one) => given.get(topicId)?.has(one)),
    )
}

/** The target of a member, and its epoch: a new one when the group has a new epoch and it is time. */
export function currentTarget(
  group: ShareGroup,
  members: readonly ShareMember[],
  member: ShareMember,
  epoch: number,
  { image, assignmentIntervalMs, now }: ShareHeartbeatContext,
  records: ShareRecord[],
): { readonly target: Assignment; readonly targetEpoch: number } {
  // Nobody's work is disturbed where nobody has any.
  const isTime = group.gaveNothing || mayAssign(group, assignmentIntervalMs, now)
  if (group.assignmentEpoch >= epoch || !isTime)
    return { target: group.targetOf(member) ?? noPartitions, targetEpoch: group.assignmentEpoch }
  const subscribers = members.map((one) => ({
    ...{ memberId: one.memberId, instanceId: null, topics: topicIdsOf(one, image) },
    target: group.targetOf(one) ?? noPartitions,
  }))
  const made = simple(subscribers, (topicId) => [...group.shared.initialized.of(topicId)].sort((a, b) => a - b))
  for (const [memberId, mine] of made) {
    const known = group.target.get(memberId)
    if (known === undefined || !sameAssignment(known, mine)) records.push(targetRecord(group.id, memberId, mine))
  }
  records.push(targetEpochRecord(group.id, epoch, now))
  return { target: made.get(member.memberId) ?? noPartitions, targetEpoch: epoch }
}

/** The ids of the topics that a member reads and that are there. */
function topicIdsOf({ subscribedTopicNames }: ShareMember, { topics }: MetadataImage): Set<Uuid> {
  return new Set([...subscribedTopicNames].flatMap((name) => topics.get(name)?.id ?? []))
}

/** The member with its part of the target, as far as it reads those topics. */
export function reconcile(
  member: ShareMember,
  target: Assignment,
  targetEpoch: number,
  { image }: ShareHeartbeatContext,
): ShareMember {
  const reads = topicIdsOf(member, image)
  const assigned = new Map([...target].filter(([topicId]) => reads.has(topicId)))
  if (member.memberEpoch === targetEpoch) return { ...member, assigned }
  const { memberEpoch: previousMemberEpoch } = member
  return { ...member, assigned, state: MemberState.stable, memberEpoch: targetEpoch, previousMemberEpoch }
}
