import type { MemberDescription } from '../../client/index.ts'
import { type GroupLagView, type LagSum, lagByTopic, sumLag, type TimedLag } from '../../tools/groups/lag.ts'
import { assignmentText } from '../../tools/groups/text.ts'
import { noGroups } from './group-views.ts'
import type { Column, Output, Report } from './output.ts'

/** What has a row of its own. */
export const lagLevels = ['partition', 'topic', 'group'] as const
export type LagLevel = (typeof lagLevels)[number]

/** A group in the shape of `consumer-groups describe --output json`. */
export function groupJson({ group, rows }: GroupLagView): object {
  const { lag: totalLag, lagSeconds } = sumLag(rows)
  return {
    group: group.groupId,
    type: group.type,
    state: group.state,
    assignor: group.partitionAssignor || null,
    coordinator: { id: group.coordinator.id, host: group.coordinator.host, port: group.coordinator.port },
    groupEpoch: group.groupEpoch ?? null,
    totalLag,
    lagSeconds: lagSeconds ?? null,
    topics: lagByTopic(rows).map((sum) => ({ ...sum, lagSeconds: sum.lagSeconds ?? null })),
    offsets: rows.map(({ topic, partition, offset, leaderEpoch, logEndOffset, lag, lagSeconds: seconds, member }) => ({
      topic,
      partition,
      currentOffset: offset ?? null,
      leaderEpoch: leaderEpoch ?? null,
      logEndOffset: logEndOffset ?? null,
      lag: lag ?? null,
      lagSeconds: seconds ?? null,
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

/** What a group is, in one line. */
function groupLine({ group, rows }: GroupLagView): string {
  const { groupId, state, members, coordinator } = group
  const { lag, lagSeconds } = sumLag(rows)
  return [
    groupId,
    state,
    `${members.length} ${members.length === 1 ? 'member' : 'members'}`,
    `coordinator ${coordinator.host}:${coordinator.port} (${coordinator.id})`,
    `lag ${lag}${lagSeconds ? `, ${secondsText(lagSeconds)} s` : ''}`,
  ].join('  ')
}

/** Tenths are enough. */
const secondsText = (seconds: number | undefined): string | undefined => seconds?.toFixed(1)

type AnyLag = Pick<LagSum, 'lagSeconds'> & { readonly lag: number | undefined }

export const lagColumns: readonly Column<AnyLag>[] = [
  { title: 'LAG', value: ({ lag }) => lag },
  { title: 'LAG-SECONDS', isNumber: true, value: ({ lagSeconds }) => secondsText(lagSeconds) },
]

const offsetColumns: readonly Column<TimedLag>[] = [
  { title: 'TOPIC', value: ({ topic }) => topic },
  { title: 'PARTITION', value: ({ partition }) => partition },
  { title: 'CURRENT-OFFSET', value: ({ offset }) => offset },
  { title: 'LOG-END-OFFSET', value: ({ logEndOffset }) => logEndOffset },
  ...lagColumns,
  { title: 'CLIENT-ID', value: ({ member }) => member?.clientId, optional: true },
  { title: 'HOST', value: ({ member }) => member?.host, optional: true },
]

const memberColumns: readonly Column<MemberDescription>[] = [
  { title: 'MEMBER-ID', value: ({ memberId }) => memberId },
  { title: 'INSTANCE-ID', value: ({ groupInstanceId }) => groupInstanceId, optional: true },
  { title: 'CLIENT-ID', value: ({ clientId }) => clientId },
  { title: 'HOST', value: ({ host }) => host },
  { title: 'PARTITIONS', value: ({ assignment }) => assignmentText(assignment) },
]

const topicColumns: readonly Column<LagSum & { readonly topic: string }>[] = [
  { title: 'TOPIC', value: ({ topic }) => topic },
  { title: 'PARTITIONS', value: ({ partitions }) => partitions },
  ...lagColumns,
]

/** Prints groups with a row for each partition, topic or group. */
export function reportLag(output: Output, views: readonly GroupLagView[], by: LagLevel): Promise<void> {
  if (by === 'group') return output.report(sumsReport(views))
  if (by === 'topic') return output.report(groupsReport(output, views, ({ rows }) => lagByTopic(rows), topicColumns))
  return output.report(groupsReport(output, views, ({ rows }) => rows, offsetColumns))
}

export const reportMembers = (output: Output, views: readonly GroupLagView[]): Promise<void> =>
  output.report(groupsReport(output, views, ({ group }) => group.members, memberColumns))

const sumsReport = (views: readonly GroupLagView[]): Report<LagSum & GroupLagView> => ({
  value: { groups: views.map(groupJson) },
  rows: views.map((view) => ({ ...view, ...sumLag(view.rows) })),
  columns: [
    { title: 'GROUP', value: ({ group }) => group.groupId },
    { title: 'STATE', value: ({ group }) => group.state },
    { title: 'MEMBERS', value: ({ group }) => group.members.length },
    { title: 'PARTITIONS', value: ({ partitions }) => partitions },
    ...lagColumns,
  ],
  none: noGroups,
})

/** A line about each group and a table under it; in CSV one table for all. */
const groupsReport = <T extends object>(
  output: Output,
  views: readonly GroupLagView[],
  rowsOf: (view: GroupLagView) => readonly T[],
  columns: readonly Column<T>[],
): Report<T & { readonly groupId: string }> => ({
  value: { groups: views.map(groupJson) },
  rows: views.flatMap((view) => rowsOf(view).map((row) => ({ ...row, groupId: view.group.groupId }))),
  columns: [{ title: 'GROUP', value: ({ groupId }) => groupId }, ...columns],
  ...(views.length === 0 ? { none: noGroups } : {}),
  text: async () => {
    for (const [index, view] of views.entries()) {
      if (index > 0) output.line('')
      output.line(groupLine(view))
      const rows = rowsOf(view)
      if (rows.length > 0) await output.table(rows, columns)
    }
  },
})
