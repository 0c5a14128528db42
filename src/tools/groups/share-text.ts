/** Share groups in the tables of Apache's kafka-share-groups. */
import type { GroupListing, ShareGroupDescription, ShareMember, SharePartitionOffset } from '../../client/index.ts'
import { assignmentText, orMissing, row, widest } from './text.ts'

const lines = (rows: readonly (readonly string[])[], widths: readonly number[]): string =>
  `${rows.map((cells) => `\n${row(cells, widths)}`).join('')}\n`

const column = (rows: readonly (readonly string[])[], index: number): string[] =>
  rows.map((cells) => cells[index] ?? '')

export function groupStatesTable(groups: readonly GroupListing[]): string {
  const width = widest(
    15,
    groups.map(({ groupId }) => groupId),
  )
  const rows = [['GROUP', 'STATE'], ...groups.map(({ groupId, state }) => [groupId, state])]
  return rows.map((cells) => `${row(cells, [width, 0])}\n`).join('')
}

export function shareOffsetsTable(groupId: string, offsets: readonly SharePartitionOffset[], verbose: boolean): string {
  const header = ['GROUP', 'TOPIC', 'PARTITION', ...(verbose ? ['LEADER-EPOCH'] : []), 'START-OFFSET', 'LAG']
  const rows = offsets.map(({ topic, partition, leaderEpoch, startOffset, lag }) => [
    groupId,
    topic,
    String(partition),
    ...(verbose ? [orMissing(leaderEpoch)] : []),
    orMissing(startOffset),
    orMissing(lag),
  ])
  const widths = [widest(15, [groupId]), widest(15, column(rows, 1)), 10, ...(verbose ? [13] : []), 13, 0]
  return lines([header, ...rows], widths)
}

export function shareMembersTable({ groupId, members }: ShareGroupDescription, verbose: boolean): string {
  const header = [
    ...['GROUP', 'CONSUMER-ID', 'HOST', 'CLIENT-ID', '#PARTITIONS'],
    ...(verbose ? ['MEMBER-EPOCH'] : []),
    'ASSIGNMENT',
  ]
  const cells = (member: ShareMember) => [
    ...[groupId, member.memberId, member.host, member.clientId, String(member.assignment.length)],
    ...(verbose ? [String(member.memberEpoch)] : []),
    assignmentText(member.assignment),
  ]
  const rows = members.map(cells)
  const widths = [0, 1, 2, 3].map((index) => widest(15, column(rows, index)))
  return lines([header, ...rows], [...widths, 12, ...(verbose ? [13] : []), 0])
}

export function shareStateTable(group: ShareGroupDescription, verbose: boolean): string {
  const { host, port, id } = group.coordinator
  const coordinator = `${host}:${port}  (${id})`
  const epochs = verbose ? [String(group.groupEpoch), String(group.assignmentEpoch)] : []
  const header = [
    'GROUP',
    'COORDINATOR (ID)',
    'STATE',
    ...(verbose ? ['GROUP-EPOCH', 'ASSIGNMENT-EPOCH'] : []),
    '#MEMBERS',
  ]
  const cells = [group.groupId, coordinator, group.state, ...epochs, String(group.members.length)]
  const widths = [widest(15, [group.groupId]), widest(25, [coordinator]), 15, ...(verbose ? [12, 17] : []), 0]
  return lines([header, cells], widths)
}

export interface DeletedTopic {
  readonly topic: string
  /** Undefined when its offsets are gone. */
  readonly error: string | undefined
}

export function deletedTopicsTable(results: readonly DeletedTopic[]): string {
  const rows = results.map(({ topic, error }) => [topic, error === undefined ? 'Successful' : `Error: ${error}`])
  return lines([['TOPIC', 'STATUS'], ...rows], [widest(15, column(rows, 0)), 0])
}
