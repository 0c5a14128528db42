import type { ConsumerGroupDescription } from '../../client/index.ts'
import type { GroupLag, GroupOffsetsView } from '../../tools/groups/describe.ts'
import { assignmentText } from '../../tools/groups/text.ts'
import type { Output } from './output.ts'

/** A group in the shape of `consumer-groups describe --json`. */
export function groupJson({ group, rows }: GroupOffsetsView): object {
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
export function groupLine({ group, rows }: GroupOffsetsView): string {
  const { groupId, state, members, coordinator } = group
  const parts = [groupId, state, `${members.length} ${members.length === 1 ? 'member' : 'members'}`]
  return [
    ...parts,
    `coordinator ${coordinator.host}:${coordinator.port} (${coordinator.id})`,
    `lag ${totalLag(rows)}`,
  ].join('  ')
}

export const printOffsets = (output: Output, rows: readonly GroupLag[]): Promise<void> =>
  output.table(rows, [
    { title: 'TOPIC', value: ({ topic }) => topic },
    { title: 'PARTITION', value: ({ partition }) => partition },
    { title: 'CURRENT-OFFSET', value: ({ offset }) => offset },
    { title: 'LOG-END-OFFSET', value: ({ logEndOffset }) => logEndOffset },
    { title: 'LAG', value: ({ lag }) => lag },
    { title: 'CLIENT-ID', value: ({ member }) => member?.clientId },
    { title: 'HOST', value: ({ member }) => member?.host },
  ])

export const printMembers = (output: Output, { members }: ConsumerGroupDescription): Promise<void> =>
  output.table(members, [
    { title: 'MEMBER-ID', value: ({ memberId }) => memberId },
    { title: 'INSTANCE-ID', value: ({ groupInstanceId }) => groupInstanceId },
    { title: 'CLIENT-ID', value: ({ clientId }) => clientId },
    { title: 'HOST', value: ({ host }) => host },
    { title: 'PARTITIONS', value: ({ assignment }) => assignmentText(assignment) || undefined },
  ])
