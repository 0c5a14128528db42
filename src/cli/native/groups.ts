import type { MemberDescription } from '../../client/index.ts'
import type { GroupLag, GroupOffsetsView } from '../../tools/groups/describe.ts'
import { assignmentText } from '../../tools/groups/text.ts'
import type { Column, Output, Report } from './output.ts'

/** A group in the shape of `consumer-groups describe --json`. */
function groupJson({ group, rows }: GroupOffsetsView): object {
  return {
    group: group.groupId,
    type: group.type,
    state: group.state,
    assignor: group.partitionAssignor || null,
    coordinator: { id: group.coordinator.id, host: group.coordinator.host, port: group.coordinator.port },
    groupEpoch: group.groupEpoch ?? null,
    totalLag: totalLag(rows),
    offsets: rows.map(({ topic, partition, offset, leaderEpoch, logEndOffset, lag, member }) => ({
      topic,
      partition,
      currentOffset: offset ?? null,
      leaderEpoch: leaderEpoch ?? null,
      logEndOffset: logEndOffset ?? null,
      lag: lag ?? null,
      memberId: member?.memberId ?? null,
    })),
    members: group.members.map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId ?? null,
      clientId: member.clientId,
      host: member.host,
      memberEpoch: member.memberEpoch ?? null,
      partitions: member.assignment.map(({ topic, partition }) => ({ topic, partition })),
    })),
  }
}

const totalLag = (rows: readonly GroupLag[]): number => rows.reduce((sum, { lag }) => sum + (lag ?? 0), 0)

/** What a group is, in one line. */
function groupLine({ group, rows }: GroupOffsetsView): string {
  const { groupId, state, members, coordinator } = group
  const parts = [groupId, state, `${members.length} ${members.length === 1 ? 'member' : 'members'}`]
  return [
    ...parts,
    `coordinator ${coordinator.host}:${coordinator.port} (${coordinator.id})`,
    `lag ${totalLag(rows)}`,
  ].join('  ')
}

const offsetColumns: readonly Column<GroupLag>[] = [
  { title: 'TOPIC', value: ({ topic }) => topic },
  { title: 'PARTITION', value: ({ partition }) => partition },
  { title: 'CURRENT-OFFSET', value: ({ offset }) => offset },
  { title: 'LOG-END-OFFSET', value: ({ logEndOffset }) => logEndOffset },
  { title: 'LAG', value: ({ lag }) => lag },
  { title: 'CLIENT-ID', value: ({ member }) => member?.clientId },
  { title: 'HOST', value: ({ member }) => member?.host },
]

const memberColumns: readonly Column<MemberDescription>[] = [
  { title: 'MEMBER-ID', value: ({ memberId }) => memberId },
  { title: 'INSTANCE-ID', value: ({ groupInstanceId }) => groupInstanceId },
  { title: 'CLIENT-ID', value: ({ clientId }) => clientId },
  { title: 'HOST', value: ({ host }) => host },
  { title: 'PARTITIONS', value: ({ assignment }) => assignmentText(assignment) },
]

type InGroup<T> = T & { readonly groupId: string }

export const offsetsReport = (output: Output, views: readonly GroupOffsetsView[]): Report<InGroup<GroupLag>> =>
  groupsReport(output, views, ({ rows }) => rows, offsetColumns)

export const membersReport = (output: Output, views: readonly GroupOffsetsView[]): Report<InGroup<MemberDescription>> =>
  groupsReport(output, views, ({ group }) => group.members, memberColumns)

/** A line about each group and a table under it; in CSV one table for all. */
const groupsReport = <T extends object>(
  output: Output,
  views: readonly GroupOffsetsView[],
  rowsOf: (view: GroupOffsetsView) => readonly T[],
  columns: readonly Column<T>[],
): Report<InGroup<T>> => ({
  value: { groups: views.map(groupJson) },
  rows: views.flatMap((view) => rowsOf(view).map((row) => ({ ...row, groupId: view.group.groupId }))),
  columns: [{ title: 'GROUP', value: ({ groupId }) => groupId }, ...columns],
  text: async () => {
    for (const [index, view] of views.entries()) {
      if (index > 0) output.line('')
      output.line(groupLine(view))
      await output.table(rowsOf(view), columns)
    }
  },
})
