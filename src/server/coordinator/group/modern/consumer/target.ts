import type { Uuid } from '../../../../../std/uuid.ts'
import type { MetadataImage } from '../../../../metadata/image.ts'
import { type Assignment, noPartitions, sameAssignment } from '../assignment.ts'
import { range } from '../assignors/range.ts'
import type { Assignor } from '../assignors/types.ts'
import { uniform } from '../assignors/uniform.ts'
import { type ConsumerGroup, topicsOfMember } from './consumer-group.ts'
import type { ConsumerMember } from './member.ts'
import { type ConsumerRecord, targetEpochRecord, targetRecord } from './records.ts'

/** By the names and class names that `group.consumer.assignors` takes. */
const assignors: ReadonlyMap<string, Assignor> = new Map([
  ['uniform', uniform],
  ['range', range],
])

/** The assignor that most members ask for; the broker's first when none asks. */
export function assignorName(members: Iterable<ConsumerMember>, fallback: string): string {
  const votes = new Map<string, number>()
  for (const { serverAssignor } of members)
    if (serverAssignor !== null) votes.set(serverAssignor, (votes.get(serverAssignor) ?? 0) + 1)
  let best = fallback
  for (const [name, count] of votes) if (count > (votes.get(best) ?? 0)) best = name
  return best
}

/** The ids of the topics that a member reads and that are there. */
export function topicIdsOf(group: ConsumerGroup, member: ConsumerMember, { topics }: MetadataImage): Set<Uuid> {
  const ids = new Set<Uuid>()
  for (const name of topicsOfMember(member, group.regexes)) {
    const topic = topics.get(name)
    if (topic) ids.add(topic.id)
  }
  return ids
}

/** A target for an epoch of the group, whose members are these: records for what it changes, and the whole of it. */
export function newTarget(
  group: ConsumerGroup,
  members: readonly ConsumerMember[],
  epoch: number,
  { image, fallback, now }: { readonly image: MetadataImage; readonly fallback: string; readonly now: number },
): { readonly records: ConsumerRecord[]; readonly target: ReadonlyMap<string, Assignment> } {
  const subscribers = members.map((member) => ({
    memberId: member.memberId,
    instanceId: member.instanceId,
    topics: topicIdsOf(group, member, image),
    target: group.targetOf(member) ?? noPartitions,
  }))
  const assign = assignors.get(assignorName(members, fallback)) as Assignor
  const count = (topicId: Uuid) => image.topics.get(image.topicNames.get(topicId) ?? '')?.partitions.length ?? 0
  const target = assign(subscribers, count)
  const changed = [...target].filter(([memberId, mine]) => {
    const before = group.target.get(memberId)
    return before === undefined || !sameAssignment(before, mine)
  })
  const records = changed.map(([memberId, mine]) => targetRecord(group.id, memberId, mine))
  return { records: [...records, targetEpochRecord(group.id, epoch, now)], target }
}
