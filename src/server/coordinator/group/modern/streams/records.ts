import type { Output } from '../../../../../protocol/schema/index.ts'
import * as stored from '../../../../../protocol/stored/streams-group-records.ts'
import { type EpochAssignment, epochsOf } from '../assignment.ts'
import { MemberState } from '../member.ts'
import type { StoredRecord } from '../stored.ts'
import type { StreamsMember } from './member.ts'
import { assignmentOf, type CurrentTasks, type Tasks, taskIds } from './tasks.ts'

/** What a streams group has in `__consumer_offsets`. */
export const streamsRecords = {
  epoch: { key: stored.StreamsGroupMetadataKey, value: stored.StreamsGroupMetadataValue },
  member: { key: stored.StreamsGroupMemberMetadataKey, value: stored.StreamsGroupMemberMetadataValue },
  targetEpoch: {
    key: stored.StreamsGroupTargetAssignmentMetadataKey,
    value: stored.StreamsGroupTargetAssignmentMetadataValue,
  },
  target: { key: stored.StreamsGroupTargetAssignmentMemberKey, value: stored.StreamsGroupTargetAssignmentMemberValue },
  current: {
    key: stored.StreamsGroupCurrentMemberAssignmentKey,
    value: stored.StreamsGroupCurrentMemberAssignmentValue,
  },
  topology: { key: stored.StreamsGroupTopologyKey, value: stored.StreamsGroupTopologyValue },
}

export type StreamsRecord = StoredRecord<'streams', typeof streamsRecords>
/** The topology of an application as its members declare it. */
export type Topology = Readonly<Output<typeof stored.StreamsGroupTopologyValue.fields>>

const type = 'streams'

/** What an epoch of the group stands for. */
export interface EpochOfGroup {
  readonly epoch: number
  readonly metadataHash: bigint
  /** The topology's epoch, when all topics that it needs are there; -1 when they are not. */
  readonly validatedTopologyEpoch: number
  /** What assignors were told, which must be the same for a target to hold. */
  readonly configs: ReadonlyMap<string, string>
}

const pairs = (values: ReadonlyMap<string, string>) => Array.from(values, ([key, value]) => ({ key, value }))

export const epochRecord = (groupId: string, { configs, ...value }: EpochOfGroup): StreamsRecord => ({
  ...{ type, name: 'epoch', key: { groupId } },
  value: { ...value, lastAssignmentConfigs: pairs(configs) },
})

export const memberRecord = (groupId: string, member: StreamsMember): StreamsRecord => ({
  ...{ type, name: 'member', key: { groupId, memberId: member.memberId } },
  value: {
    instanceId: member.instanceId,
    rackId: member.rackId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    rebalanceTimeoutMs: member.rebalanceTimeoutMs,
    topologyEpoch: member.topologyEpoch,
    processId: member.processId,
    userEndpoint: member.userEndpoint && { ...member.userEndpoint },
    clientTags: pairs(member.clientTags),
  },
})

export const targetRecord = (groupId: string, memberId: string, target: Tasks): StreamsRecord => ({
  ...{ type, name: 'target', key: { groupId, memberId } },
  value: {
    activeTasks: taskIds(target.active),
    standbyTasks: taskIds(target.standby),
    warmupTasks: taskIds(target.warmup),
  },
})

export const targetEpochRecord = (groupId: string, assignmentEpoch: number, now: number): StreamsRecord => ({
  ...{ type, name: 'targetEpoch', key: { groupId } },
  value: { assignmentEpoch, assignmentTimestamp: now },
})

const withEpochs = (tasks: EpochAssignment) =>
  taskIds(tasks).map(({ subtopologyId, partitions }) => ({
    ...{ subtopologyId, partitions },
    assignmentEpochs: partitions.map((partition) => tasks.get(subtopologyId)?.get(partition) as number),
  }))
const withoutEpochs = (tasks: Tasks['standby']) => taskIds(tasks).map((ids) => ({ ...ids, assignmentEpochs: null }))

export const currentRecord = (groupId: string, member: StreamsMember): StreamsRecord => ({
  ...{ type, name: 'current', key: { groupId, memberId: member.memberId } },
  value: {
    memberEpoch: member.memberEpoch,
    previousMemberEpoch: member.previousMemberEpoch,
    state: storedState(member.state),
    activeTasks: withEpochs(member.assigned.active),
    standbyTasks: withoutEpochs(member.assigned.standby),
    warmupTasks: withoutEpochs(member.assigned.warmup),
    activeTasksPendingRevocation: withEpochs(member.pendingRevocation.active),
    standbyTasksPendingRevocation: withoutEpochs(member.pendingRevocation.standby),
    warmupTasksPendingRevocation: withoutEpochs(member.pendingRevocation.warmup),
  },
})

// Kafka counts the states of these members from 1, those of all others from 0.
const states = [MemberState.stable, MemberState.unrevoked, MemberState.unreleased] as readonly number[]
const storedState = (state: number): number => (states.includes(state) ? state + 1 : state)
const stateOf = (stored: number): number => (states.includes(stored - 1) ? stored - 1 : MemberState.unknown)

type CurrentValue = NonNullable<Extract<StreamsRecord, { name: 'current' }>['value']>

/** How far a member is by its record, with the tasks that it has, and those that it has to give up. */
export function currentTasks(value: CurrentValue): {
  readonly state: number
  readonly assigned: CurrentTasks
  readonly pendingRevocation: CurrentTasks
} {
  const active = (ids: CurrentValue['activeTasks']) =>
    epochsOf(
      ids.map(({ subtopologyId, ...rest }) => ({ topicId: subtopologyId, ...rest })),
      value.memberEpoch,
    )
  return {
    state: stateOf(value.state),
    assigned: {
      active: active(value.activeTasks),
      standby: assignmentOf(value.standbyTasks),
      warmup: assignmentOf(value.warmupTasks),
    },
    pendingRevocation: {
      active: active(value.activeTasksPendingRevocation),
      standby: assignmentOf(value.standbyTasksPendingRevocation),
      warmup: assignmentOf(value.warmupTasksPendingRevocation),
    },
  }
}

export const topologyRecord = (groupId: string, topology: Topology): StreamsRecord => ({
  ...{ type, name: 'topology', key: { groupId } },
  value: topology,
})

/** All that a member has: in the order in which Kafka takes it away. */
export const memberTombstones = (groupId: string, memberId: string): StreamsRecord[] =>
  (['current', 'target', 'member'] as const).map((name) => ({
    ...{ type, name, key: { groupId, memberId }, value: undefined },
  }))

/** What a group without members has. */
export const groupTombstones = (groupId: string): StreamsRecord[] =>
  (['targetEpoch', 'epoch', 'topology'] as const).map((name) => ({
    ...{ type, name, key: { groupId }, value: undefined },
  }))
