import type { Decision } from '../../../../machine/runner.ts'
import type { GroupRecord } from '../../records.ts'
import { mayAssign } from '../modern-group.ts'
import type { StreamsContext } from './context.ts'
import type { StreamsMember } from './member.ts'
import { type StreamsRecord, targetEpochRecord, targetRecord } from './records.ts'
import { type Status, StatusCode } from './status.ts'
import { assignTasks } from './sticky.ts'
import type { StreamsGroup } from './streams-group.ts'
import { noTasks, sameTasks, type Tasks } from './tasks.ts'
import { type ConfiguredTopology, configure } from './topology.ts'

/** A target for an epoch of the group: records for what it changes, and the whole of it. A topology that cannot run has no tasks. */
function newTarget(
  group: StreamsGroup,
  members: readonly StreamsMember[],
  epoch: number,
  configured: ConfiguredTopology,
  { now, standbyReplicas }: Pick<StreamsContext, 'now' | 'standbyReplicas'>,
): { readonly records: StreamsRecord[]; readonly target: ReadonlyMap<string, Tasks> } {
  const workers = members.map((member) => ({
    ...{ memberId: member.memberId, processId: member.processId },
    target: group.targetOf(member) ?? noTasks,
  }))
  const subtopologies = configured.problem ? [] : [...(configured.subtopologies?.values() ?? [])]
  const target = assignTasks(workers, subtopologies, standbyReplicas)
  const changed = [...target].filter(([memberId, mine]) => {
    const before = group.target.get(memberId)
    return before === undefined || !sameTasks(before, mine)
  })
  const records = changed.map(([memberId, mine]) => targetRecord(group.id, memberId, mine))
  return { records: [...records, targetEpochRecord(group.id, epoch, now)], target }
}

interface Situation {
  readonly member: StreamsMember
  /** All members, with this one as it is now. */
  members(): readonly StreamsMember[]
  readonly epoch: number
  readonly configured: ConfiguredTopology
}

const delayed = (by: string): Status => ({
  statusCode: StatusCode.assignmentDelayed,
  statusDetail: `Assignment delayed due to the configured ${by}.`,
})

/** What a member is to have, of a new target when the group needs one and may have it now. */
export function currentTarget(
  group: StreamsGroup,
  { member, members, epoch, configured }: Situation,
  context: StreamsContext,
  records: StreamsRecord[],
  statuses: Status[],
): { readonly target: Tasks; readonly targetEpoch: number } {
  if (context.isDelayed) {
    statuses.push(delayed('initial rebalance delay'))
    return { target: noTasks, targetEpoch: group.assignmentEpoch }
  }
  const last = { target: group.targetOf(member) ?? noTasks, targetEpoch: group.assignmentEpoch }
  if (group.assignmentEpoch >= epoch) return last
  if (!mayAssign(group, context.assignmentIntervalMs, context.now)) {
    statuses.push(delayed('assignment interval'))
    return last
  }
  const made = newTarget(group, members(), epoch, configured, context)
  records.push(...made.records)
  return { target: made.target.get(member.memberId) ?? noTasks, targetEpoch: epoch }
}

/** The first target of a group that waited for more members. */
export function delayedTarget(
  group: StreamsGroup,
  context: Pick<StreamsContext, 'now' | 'image' | 'standbyReplicas'>,
): Decision<GroupRecord, void> {
  if (group.isEmpty || !group.topology || group.assignmentEpoch >= group.epoch) return { records: [], reply: undefined }
  const configured = configure(group.topology, context.image)
  const { records } = newTarget(group, [...group.members.values()], group.epoch, configured, context)
  return { records, reply: undefined }
}
