import { DescribeQuorum } from '../../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../../protocol/errors.ts'
import { ZERO_UUID } from '../../../std/uuid.ts'
import { METADATA_TOPIC } from '../../raft/metadata-log.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

export function describeQuorum(
  broker: Pick<
    BrokerServices,
    'raft' | 'config' | 'runtime' | 'metadataDirectoryId' | 'controllerEndpoints' | 'quorumVoters'
  >,
): Handler {
  return handler(DescribeQuorum, ({ topics }, { version, access }) => {
    access.check('DESCRIBE', 'CLUSTER')
    const asked = topics[0]?.topicName === METADATA_TOPIC && topics[0].partitions[0]?.partitionIndex === 0
    if (topics.length !== 1 || !asked) return { errorCode: Errors.INVALID_REQUEST, topics: [], nodes: [] }
    const { raft, config, runtime } = broker
    if (!raft.leads) throw new KafkaError('NOT_LEADER_OR_FOLLOWER')
    const now = runtime.clock.now()
    const { voters, observers } = followers(raft, version)
    const self = {
      replicaId: config.nodeId,
      ...(version >= 2 && raft.isDynamic ? { replicaDirectoryId: broker.metadataDirectoryId } : {}),
      logEndOffset: raft.logEndOffset,
      lastFetchTimestamp: now,
      lastCaughtUpTimestamp: now,
    }
    const partition = {
      partitionIndex: 0,
      errorCode: Errors.NONE,
      leaderId: raft.leaderId,
      leaderEpoch: raft.epoch,
      highWatermark: raft.highWatermark,
      // One that has been removed leads until that is committed.
      currentVoters: raft.hasVote ? [self, ...voters] : voters,
      observers: raft.hasVote ? observers : [self, ...observers],
    }
    const listeners = broker.controllerEndpoints.map(({ name, host, port }) => ({ name, host, port }))
    const name = listeners[0]?.name ?? ''
    const others = broker.quorumVoters
      .filter(({ id }) => id !== config.nodeId)
      .map(({ id, host, port }) => ({ nodeId: id, listeners: [{ name, host, port }] }))
    return {
      errorCode: Errors.NONE,
      topics: [{ topicName: METADATA_TOPIC, partitions: [partition] }],
      nodes: version >= 2 ? [{ nodeId: config.nodeId, listeners }, ...others] : [],
    }
  })
}

/** The other voters, and those who follow without a vote. Of a voter that was never heard of nothing is known. */
function followers(raft: BrokerServices['raft'], version: number) {
  const rows = raft.observers.list().map(({ replicaDirectoryId, ...row }) => {
    const isVoter = raft.isVoter(row.replicaId, replicaDirectoryId)
    const isTold = version >= 2 && (raft.isDynamic || !isVoter)
    return { row: isTold ? { ...row, replicaDirectoryId } : row, isVoter }
  })
  const others = raft.voters.filter((id) => id !== raft.leaderId)
  return {
    voters: others.map((id) => rows.find((one) => one.isVoter && one.row.replicaId === id)?.row ?? unheard(raft, id)),
    observers: rows.flatMap(({ row, isVoter }) => (isVoter ? [] : [row])),
  }
}

const unheard = ({ dynamicVoters }: BrokerServices['raft'], id: number) => ({
  replicaId: id,
  replicaDirectoryId: dynamicVoters.find((voter) => voter.id === id)?.directoryId ?? ZERO_UUID,
  logEndOffset: -1,
  lastFetchTimestamp: -1,
  lastCaughtUpTimestamp: -1,
})
