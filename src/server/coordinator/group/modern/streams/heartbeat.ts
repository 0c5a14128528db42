import type { StreamsGroupHeartbeat } from '../../../../../protocol/apis/index.ts'
import { KafkaError } from '../../../../../protocol/errors.ts'
import type { RequestOf, ResponseInput } from '../../../../../protocol/schema/index.ts'
import type { Decision } from '../../../../machine/runner.ts'
import type { GroupRecord } from '../../records.ts'
import { isSettled, MemberEpoch } from '../member.ts'
import { metadataHash } from '../metadata-hash.ts'
import type { StreamsContext, StreamsHeartbeatRequest } from './context.ts'
import { reconcile } from './current-tasks.ts'
import { endpointPartitions } from './endpoints.ts'
import type { StreamsMember } from './member.ts'
import { identify, isSame, removeMember, sameConfigs, updated } from './membership.ts'
import type { InternalTopic } from './partition-counts.ts'
import {
  currentRecord,
  epochRecord,
  memberRecord,
  type StreamsRecord,
  type Topology,
  topologyRecord,
} from './records.ts'
import { shutdown, stale, withFailure } from './status.ts'
import type { StreamsGroup } from './streams-group.ts'
import { currentTarget } from './target.ts'
import { ownedTasks, sameTasks, taskIds, withoutEpochs } from './tasks.ts'
import { type ConfiguredTopology, configure, requiredTopics } from './topology.ts'

type Request = RequestOf<typeof StreamsGroupHeartbeat>
type Response = ResponseInput<typeof StreamsGroupHeartbeat>

/** What a heartbeat brings about beside records. */
export interface StreamsOutcome {
  readonly response: Response
  /** The member as it is now; undefined when it left. */
  readonly member: StreamsMember | undefined
  /** Its tasks were changed. */
  readonly moved: boolean
  readonly sawTopics: boolean
  /** The group begins to wait for more members. */
  readonly startsDelay: boolean
  readonly endpointEpoch: number
  /** Topics of the application's own that have to be made. */
  readonly missingTopics: readonly InternalTopic[]
}

/** One heartbeat of a member that is in the group or joins it. Throws. */
export function heartbeat(
  group: StreamsGroup,
  request: StreamsHeartbeatRequest,
  context: StreamsContext,
): Decision<GroupRecord, StreamsOutcome> {
  const isNew = group.topology === undefined
  const records: StreamsRecord[] = []
  const before = identify(group, request, context)
  const member = updated(before, request)
  const changed = !isSame(before, member)
  if (changed) records.push(memberRecord(group.id, member))
  const topology = topologyOf(group, request, records)
  const configured = configure(topology, context.image)
  checkTasks(configured, request)
  const sawTopics = isNew || group.mustLookAtTopics
  const epoch = nextEpoch(group, { topology, configured, changed, sawTopics }, context, records)
  const startsDelay = epoch !== group.epoch && group.isEmpty && context.delaysFirst
  const statuses = stale(member, topology)
  const members = () => [...[...group.members.values()].filter(({ memberId }) => memberId !== member.memberId), member]
  const delayed = { ...context, isDelayed: context.isDelayed || startsDelay }
  const situation = { member, members, epoch, configured }
  const { target, targetEpoch } = currentTarget(group, situation, delayed, records, statuses)
  const result = isSettled(member, targetEpoch)
    ? member
    : reconcile(group, member, { target, targetEpoch, owned: ownedTasks(request) })
  if (result !== member) records.push(currentRecord(group.id, result))
  if (configured.problem) statuses.push(withFailure(configured.problem, context.creationFailure))
  statuses.push(...shutdown(request.shutdownApplication ? member.memberId : group.shutdownRequestedBy))
  const tells =
    request.memberEpoch === MemberEpoch.join ||
    !sameTasks(withoutEpochs(member.assigned), withoutEpochs(result.assigned))
  const nextEndpoints = group.endpointEpoch + (tells && result.userEndpoint ? 1 : 0)
  // A group that is just being made does not count yet.
  const endpointEpoch = isNew ? 0 : nextEndpoints
  const response: Response = {
    ...{ throttleTimeMs: 0, errorCode: 0, memberId: result.memberId, memberEpoch: result.memberEpoch },
    ...{ heartbeatIntervalMs: context.heartbeatIntervalMs, acceptableRecoveryLag: 0, taskOffsetIntervalMs: 0 },
    ...{ status: statuses, endpointInformationEpoch: endpointEpoch },
    ...(tells ? responseTasks(result) : {}),
    partitionsByUserEndpoint:
      nextEndpoints === request.endpointInformationEpoch
        ? null
        : endpointPartitions([...members().slice(0, -1), result], configured, context.image),
  }
  const { missing: missingTopics } = configured
  const moved = result !== member
  return { records, reply: { response, member: result, moved, sawTopics, startsDelay, missingTopics, endpointEpoch } }
}

interface News {
  readonly topology: Topology
  readonly configured: ConfiguredTopology
  /** What the member says of itself is not what it said before. */
  readonly changed: boolean
  readonly sawTopics: boolean
}

/** The epoch of the group: a new one when a member, the topics, or what assignors are told is not what it was. */
function nextEpoch(
  group: StreamsGroup,
  { topology, configured, changed, sawTopics }: News,
  { image, standbyReplicas }: StreamsContext,
  records: StreamsRecord[],
): number {
  const hash = sawTopics ? metadataHash(image, requiredTopics(topology)) : group.metadataHash
  const validatedTopologyEpoch = configured.problem ? -1 : topology.epoch
  const configs = new Map([['num.standby.replicas', String(standbyReplicas)]])
  const isSameEpoch =
    !changed &&
    hash === group.metadataHash &&
    validatedTopologyEpoch === group.validatedTopologyEpoch &&
    sameConfigs(configs, group.configs)
  if (isSameEpoch) return group.epoch
  const epoch = group.epoch + 1
  records.push(epochRecord(group.id, { epoch, metadataHash: hash, validatedTopologyEpoch, configs }))
  return epoch
}

/** The group's topology: the first one that it is told. Throws INVALID_REQUEST for another of the same or a later epoch. */
function topologyOf(group: StreamsGroup, { groupId, topology }: Request, records: StreamsRecord[]): Topology {
  if (!group.topology) {
    if (!topology) throw new KafkaError('UNKNOWN_SERVER_ERROR')
    records.push(topologyRecord(groupId, topology))
    return topology
  }
  const isOther = topology && topology.epoch >= group.topology.epoch && spelled(topology) !== spelled(group.topology)
  if (isOther) throw new KafkaError('INVALID_REQUEST', 'Topology updates are not supported yet.')
  return group.topology
}

const spelled = ({ epoch, subtopologies }: Topology): string => {
  const sorted = [...subtopologies].sort((one, other) => (one.subtopologyId < other.subtopologyId ? -1 : 1))
  return JSON.stringify({ epoch, subtopologies: sorted })
}

/** Throws INVALID_REQUEST for tasks that there are none of. */
function checkTasks({ problem, subtopologies }: ConfiguredTopology, request: Request): void {
  if (problem || !subtopologies) return
  for (const { subtopologyId, partitions } of [
    ...(request.activeTasks ?? []),
    ...(request.standbyTasks ?? []),
    ...(request.warmupTasks ?? []),
  ]) {
    const tasks = subtopologies.get(subtopologyId)?.tasks
    if (tasks === undefined)
      throw new KafkaError('INVALID_REQUEST', `Subtopology ${subtopologyId} does not exist in the topology.`)
    const wrong = partitions.find((partition) => partition < 0 || partition >= tasks)
    if (wrong !== undefined)
      throw new KafkaError(
        'INVALID_REQUEST',
        `Task ${wrong} for subtopology ${subtopologyId} is invalid. Number of tasks for this subtopology: ${tasks}`,
      )
  }
}

const responseTasks = ({ assigned }: StreamsMember) => ({
  activeTasks: taskIds(assigned.active),
  standbyTasks: taskIds(assigned.standby),
  warmupTasks: taskIds(assigned.warmup),
})

/** A member leaves. Throws UNKNOWN_MEMBER_ID. */
export function leave(group: StreamsGroup, request: StreamsHeartbeatRequest): Decision<GroupRecord, StreamsOutcome> {
  const { memberId, memberEpoch } = request
  const response: Response = {
    ...{ throttleTimeMs: 0, errorCode: 0, memberId, memberEpoch, heartbeatIntervalMs: 0 },
    ...{ acceptableRecoveryLag: 0, taskOffsetIntervalMs: 0, status: [], endpointInformationEpoch: 0 },
  }
  const rest = { moved: false, sawTopics: false, startsDelay: false, missingTopics: [] }
  const reply = { response, member: undefined, endpointEpoch: group.endpointEpoch, ...rest }
  return { records: removeMember(group, group.member(memberId)), reply }
}
