import { StreamsGroupHeartbeat } from '../../../protocol/apis/index.ts'
import { KafkaError } from '../../../protocol/errors.ts'
import type { RequestOf } from '../../../protocol/schema/index.ts'
import { MemberEpoch } from '../../coordinator/group/modern/member.ts'
import { requiredTopics } from '../../coordinator/group/modern/streams/topology.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { hostOf } from './client-host.ts'
import { checkProtocol, checkSubscription, invalid, notEmpty } from './modern-groups.ts'

type Request = RequestOf<typeof StreamsGroupHeartbeat>
type Topology = NonNullable<Request['topology']>

export function streamsGroupHeartbeat(broker: BrokerServices): Handler {
  return handler(StreamsGroupHeartbeat, async (request, { clientId, peer, access }) => {
    checkProtocol(broker, 'streams', 'streams.version')
    access.check('READ', 'GROUP', request.groupId)
    if (request.topology) checkSubscription(access, [...requiredTopics(request.topology)])
    checkSupported(request)
    check(request)
    const { groups } = broker
    const shard = groups.shard(request.groupId)
    return groups.streams.heartbeat(shard, { ...request, clientId, clientHost: hostOf(peer) })
  })
}

/** What the protocol has fields for, and Kafka does not do yet. */
function checkSupported(request: Request): void {
  if (request.instanceId !== null) throw invalid('Static membership is not yet supported.')
  if (request.taskOffsets !== null) throw invalid('TaskOffsets are not supported yet.')
  if (request.taskEndOffsets !== null) throw invalid('TaskEndOffsets are not supported yet.')
  if (request.warmupTasks?.length) throw invalid('WarmupTasks are not supported yet.')
  if (request.topology?.subtopologies.some(({ sourceTopicRegex }) => sourceTopicRegex.length > 0))
    throw invalid('Regular expressions for source topics are not supported yet.')
}

function check(request: Request): void {
  const { memberId, groupId, rackId, memberEpoch, activeTasks, standbyTasks, warmupTasks, topology } = request
  notEmpty(memberId, 'MemberId')
  notEmpty(groupId, 'GroupId')
  notEmpty(rackId, 'RackId')
  if (memberEpoch === MemberEpoch.join) checkJoin(request)
  else if (memberEpoch === MemberEpoch.leaveStatic) throw invalid("InstanceId can't be null.")
  else if (memberEpoch < MemberEpoch.leaveStatic)
    throw invalid(`MemberEpoch is ${memberEpoch}, but must be greater than or equal to -2.`)
  const said = [activeTasks, standbyTasks, warmupTasks].filter((tasks) => tasks !== null)
  if (said.length > 0 && said.length < 3) throw invalid('If one task-type is non-null, all must be non-null.')
  if (memberEpoch !== MemberEpoch.join && topology !== null)
    throw invalid('Topology can only be provided when (re-)joining.')
}

function checkJoin({ rebalanceTimeoutMs, activeTasks, standbyTasks, warmupTasks, topology }: Request): void {
  if (rebalanceTimeoutMs === -1) throw invalid('RebalanceTimeoutMs must be provided in first request.')
  if (activeTasks?.length !== 0) throw invalid('ActiveTasks must be empty when (re-)joining.')
  if (standbyTasks?.length !== 0) throw invalid('StandbyTasks must be empty when (re-)joining.')
  if (warmupTasks?.length !== 0) throw invalid('WarmupTasks must be empty when (re-)joining.')
  if (topology === null) throw invalid('Topology must be non-null when (re-)joining.')
  checkTopology(topology)
}

function checkTopology(topology: Topology): void {
  const own = [...requiredTopics(topology)].filter((name) => name.startsWith('__'))
  if (own.length > 0)
    throw new KafkaError(
      'STREAMS_INVALID_TOPOLOGY',
      `Use of Kafka internal topics ${own.join(',')} in a Kafka Streams topology is prohibited.`,
    )
  for (const { stateChangelogTopics } of topology.subtopologies)
    for (const { name, partitions } of stateChangelogTopics)
      if (partitions !== 0)
        throw new KafkaError(
          'STREAMS_INVALID_TOPOLOGY',
          `Changelog topic ${name} must have an undefined partition count, but it is set to ${partitions}.`,
        )
}
