/** Streams groups in the tables of Apache's kafka-streams-groups. */
import type { StreamsGroupDescription, StreamsMember, StreamsTasks } from '../../client/index.ts'
import type { PlannedOffset } from './reset.ts'
import type { StreamsLag } from './streams.ts'
import { orMissing, row, widest } from './text.ts'

const lines = (rows: readonly (readonly string[])[], widths: readonly number[]): string =>
  rows.map((cells) => `${row(cells, widths)}\n`).join('')

const column = (rows: readonly (readonly string[])[], index: number): string[] =>
  rows.map((cells) => cells[index] ?? '')

export function streamsOffsetsTable(groupId: string, offsets: readonly StreamsLag[], verbose: boolean): string {
  const header = verbose
    ? ['GROUP', 'TOPIC', 'PARTITION', 'CURRENT-OFFSET', 'LEADER-EPOCH', 'LOG-END-OFFSET', 'OFFSET-LAG']
    : ['GROUP', 'TOPIC', 'PARTITION', 'OFFSET-LAG']
  const rows = offsets.map(({ topic, partition, offset, leaderEpoch, logEndOffset, lag }) => {
    const where = [groupId, topic, String(partition)]
    return verbose
      ? [...where, orMissing(offset), orMissing(leaderEpoch), orMissing(logEndOffset), orMissing(lag)]
      : [...where, orMissing(lag)]
  })
  const widths = [widest(15, [groupId]), widest(15, column(rows, 1)), 10]
  return lines([header, ...rows], verbose ? [...widths, 15, 15, 15, 15] : [...widths, 0])
}

/** `ACTIVE: 0:[0,1]; 1:[2]; `; nothing where there are no tasks. */
function tasksText(tasks: StreamsTasks, prefix: string): string {
  const kinds = [
    ['ACTIVE', tasks.active],
    ['STANDBY', tasks.standby],
    ['WARMUP', tasks.warmup],
  ] as const
  return kinds
    .filter(([, ids]) => ids.length > 0)
    .map(([kind, ids]) => {
      const list = ids.map(({ subtopologyId, partitions }) => `${subtopologyId}:[${partitions.join(',')}]; `)
      return `${prefix}${kind}: ${list.join('')}`
    })
    .join('')
}

export function streamsMembersTable(group: StreamsGroupDescription, verbose: boolean): string {
  const { groupId, members, targetAssignmentEpoch } = group
  const cells = (member: StreamsMember): string[] => {
    const { memberId, processId, clientId, tasks, targetTasks } = member
    if (!verbose) return [groupId, memberId, processId, clientId, tasksText(tasks, '')]
    return [
      ...[groupId, String(targetAssignmentEpoch), String(member.topologyEpoch), memberId],
      ...[member.isClassic ? 'classic' : 'streams', String(member.memberEpoch), processId, clientId],
      tasksText(tasks, '') + tasksText(targetTasks, 'TARGET-'),
    ]
  }
  const header = verbose
    ? [
        ...['GROUP', 'TARGET-ASSIGNMENT-EPOCH', 'TOPOLOGY-EPOCH', 'MEMBER', 'MEMBER-PROTOCOL', 'MEMBER-EPOCH'],
        ...['PROCESS', 'CLIENT-ID', 'ASSIGNMENTS'],
      ]
    : ['GROUP', 'MEMBER', 'PROCESS', 'CLIENT-ID', 'ASSIGNMENTS']
  const rows = members.map(cells)
  const fitted = (index: number) => widest(15, column(rows, index))
  const widths = verbose
    ? [fitted(0), 25, 14, fitted(3), 15, 15, fitted(6), fitted(7), 0]
    : [fitted(0), fitted(1), fitted(2), fitted(3), 0]
  return lines([header, ...rows], widths)
}

export function streamsStateTable(group: StreamsGroupDescription, verbose: boolean): string {
  const { host, port, id } = group.coordinator
  const coordinator = `${host}:${port} (${id})`
  const epochs = verbose ? [String(group.groupEpoch), String(group.targetAssignmentEpoch)] : []
  const header = [
    ...['GROUP', 'COORDINATOR (ID)', 'STATE'],
    ...(verbose ? ['GROUP-EPOCH', 'TARGET-ASSIGNMENT-EPOCH'] : []),
    '#MEMBERS',
  ]
  const cells = [group.groupId, coordinator, group.state, ...epochs, String(group.members.length)]
  const widths = [widest(15, [group.groupId]), widest(25, [coordinator]), 25, ...(verbose ? [15, 25] : []), 0]
  return lines([header, cells], widths)
}

export function streamsResetTable(plans: ReadonlyMap<string, readonly PlannedOffset[]>): string {
  const rows = Array.from(plans, ([group, offsets]) =>
    offsets.map(({ topic, partition, offset }) => [group, topic, String(partition), String(offset)]),
  ).flat()
  const header = ['GROUP', 'TOPIC', 'PARTITION', 'NEW-OFFSET']
  return `${[header, ...rows].map((cells) => `\n${row(cells, [30, 30, 10, 15])}`).join('')}\n`
}
