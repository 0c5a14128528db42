/** Consumer groups in the tables of Apache's kafka-consumer-groups. */
import type { ConsumerGroupDescription, GroupListing, MemberDescription } from '../../client/index.ts'
import { groupByTopic, type TopicPartition } from '../../client/types.ts'
import type { GroupOffsetsView } from './describe.ts'
import type { PlannedOffset } from './reset.ts'

const MISSING = '-'
export const orMissing = (value: string | number | undefined): string => (value === undefined ? MISSING : String(value))

export const widest = (least: number, texts: readonly string[]): number =>
  Math.max(least, ...texts.map((text) => text.length))

/** Cells padded to their columns; a width of zero leaves a cell as it is. */
export const row = (cells: readonly string[], widths: readonly number[]): string =>
  cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(' ')

export interface ListColumns {
  readonly type: boolean
  readonly state: boolean
}

export function listTable(groups: readonly GroupListing[], columns: ListColumns): string {
  const cells = ({ groupId, type, state }: Record<'groupId' | 'type' | 'state', string>) => [
    groupId,
    ...(columns.type ? [type] : []),
    ...(columns.state ? [state] : []),
  ]
  const header = cells({ groupId: 'GROUP', type: 'TYPE', state: 'STATE' })
  const widths = [
    widest(
      15,
      groups.map(({ groupId }) => groupId),
    ) + 10,
    20,
    20,
  ]
  const rows = groups.map((group) =>
    cells({ ...group, type: group.type || 'Unknown', state: group.state || 'Unknown' }),
  )
  return [header, ...rows].map((line) => `${row(line, widths)}\n`).join('')
}

export function offsetsTable({ group, rows }: GroupOffsetsView, verbose: boolean): string {
  const cells = rows.map(({ topic, partition, leaderEpoch, offset, logEndOffset, lag, member }) => [
    group.groupId,
    topic,
    String(partition),
    ...(verbose ? [orMissing(leaderEpoch)] : []),
    orMissing(offset),
    orMissing(logEndOffset),
    orMissing(lag),
    orMissing(member?.memberId),
    orMissing(member?.host),
    orMissing(member?.clientId),
  ])
  const header = [
    'GROUP',
    'TOPIC',
    'PARTITION',
    ...(verbose ? ['LEADER-EPOCH'] : []),
    'CURRENT-OFFSET',
    'LOG-END-OFFSET',
    'LAG',
    'CONSUMER-ID',
    'HOST',
    'CLIENT-ID',
  ]
  const column = (index: number) => cells.map((line) => line.at(index) ?? '')
  const widths = [
    widest(15, column(0)),
    widest(15, column(1)),
    10,
    ...(verbose ? [15] : []),
    15,
    15,
    15,
    widest(15, column(-3)),
    widest(15, column(-2)),
    0,
  ]
  return `${[header, ...cells].map((line) => `\n${row(line, widths)}`).join('')}\n`
}

/** `t:0,1;u:2`. */
export function assignmentText(partitions: readonly TopicPartition[]): string {
  return Array.from(groupByTopic(partitions), ([topic, list]) => {
    const numbers = list.map(({ partition }) => partition).sort((a, b) => a - b)
    return `${topic}:${numbers.join(',')}`
  })
    .sort()
    .join(';')
}

const assignmentOrMissing = (partitions: readonly TopicPartition[] | undefined): string =>
  partitions && partitions.length > 0 ? assignmentText(partitions) : MISSING

export function membersTable(group: ConsumerGroupDescription, verbose: boolean): string {
  const { members } = group
  const withInstance = members.some(({ groupInstanceId }) => groupInstanceId)
  const migrating =
    members.some(({ upgraded }) => upgraded === true) && members.some(({ upgraded }) => upgraded === false)
  const cells = (member: MemberDescription): string[] => [
    group.groupId,
    member.memberId,
    ...(withInstance ? [member.groupInstanceId ?? ''] : []),
    member.host,
    member.clientId,
    String(member.assignment.length),
  ]
  const more = (member: MemberDescription): string[] => [
    orMissing(member.memberEpoch),
    assignmentOrMissing(member.assignment),
    orMissing(group.targetAssignmentEpoch),
    member.targetAssignment ? assignmentOrMissing(member.targetAssignment) : MISSING,
    ...(migrating ? [member.upgraded === undefined ? MISSING : String(member.upgraded)] : []),
  ]
  const instance = withInstance ? ['GROUP-INSTANCE-ID'] : []
  const header = ['GROUP', 'CONSUMER-ID', ...instance, 'HOST', 'CLIENT-ID', '#PARTITIONS']
  const moreHeader = [
    'CURRENT-EPOCH',
    'CURRENT-ASSIGNMENT',
    'TARGET-EPOCH',
    'TARGET-ASSIGNMENT',
    ...(migrating ? ['UPGRADED'] : []),
  ]
  const rows = members.map(cells)
  const moreRows = members.map(more)
  const column = (lines: readonly string[][], index: number) => lines.map((line) => line[index] ?? '')
  const leasts = [15, 15, ...(withInstance ? [17] : []), 15, 15]
  const widths = [...leasts.map((least, index) => widest(least, column(rows, index))), 15]
  const moreWidths = [15, widest(20, column(moreRows, 1)), 15, widest(20, column(moreRows, 3)), 0]
  const line = (first: readonly string[], second: readonly string[]) =>
    `${row(first, widths)} ${verbose ? row(second, moreWidths) : ''}\n`
  return `\n${line(header, moreHeader)}${rows.map((cells, i) => line(cells, moreRows[i] ?? [])).join('')}`
}

export function stateTable(group: ConsumerGroupDescription, verbose: boolean): string {
  const { host, port, id } = group.coordinator
  const coordinator = `${host}:${port}  (${id})`
  const epochs = [orMissing(group.groupEpoch), orMissing(group.targetAssignmentEpoch)]
  const cells = [
    group.groupId,
    coordinator,
    group.partitionAssignor || MISSING,
    group.state,
    ...(verbose ? epochs : []),
    String(group.members.length),
  ]
  const header = [
    'GROUP',
    'COORDINATOR (ID)',
    'ASSIGNMENT-STRATEGY',
    'STATE',
    ...(verbose ? ['GROUP-EPOCH', 'TARGET-ASSIGNMENT-EPOCH'] : []),
    '#MEMBERS',
  ]
  const widths = [widest(15, [group.groupId]), widest(25, [coordinator]), 20, 20, ...(verbose ? [15, 25] : []), 0]
  return `\n${row(header, widths)}\n${row(cells, widths)}\n`
}

/** The new offsets of groups, in the given order. */
export function resetTable(plans: ReadonlyMap<string, readonly PlannedOffset[]>): string {
  const rows = Array.from(plans, ([group, offsets]) =>
    offsets.map(({ topic, partition, offset }) => [group, topic, String(partition), String(offset)]),
  ).flat()
  const topics = rows.map((cells) => cells[1] ?? '')
  const widths = [widest(15, [...plans.keys()]), widest(15, topics), 10, 0]
  const header = plans.size > 0 ? [['GROUP', 'TOPIC', 'PARTITION', 'NEW-OFFSET']] : []
  return `${[...header, ...rows].map((cells) => `\n${row(cells, widths)}`).join('')}\n`
}

export interface DeletedOffset {
  readonly topic: string
  /** -1 for a topic that is not there. */
  readonly partition: number
  /** Undefined when the offset is gone. */
  readonly error: string | undefined
}

export function deletedTable(results: readonly DeletedOffset[]): string {
  const widths = [
    widest(
      15,
      results.map(({ topic }) => topic),
    ),
    10,
    15,
  ]
  const rows = results.map(({ topic, partition, error }) => [
    topic,
    partition < 0 ? MISSING : String(partition),
    error === undefined ? 'Successful' : `Error: ${error}`,
  ])
  return `${[['TOPIC', 'PARTITION', 'STATUS'], ...rows].map((cells) => `\n${row(cells, widths)}`).join('')}\n`
}
