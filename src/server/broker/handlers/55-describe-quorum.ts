import { DescribeQuorum } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import { METADATA_TOPIC } from '../../raft/metadata-log.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

export function describeQuorum(
  broker: Pick<BrokerServices, 'raft' | 'config' | 'runtime' | 'metadataDirectoryId' | 'controllerEndpoints'>,
): Handler {
  return handler(DescribeQuorum, ({ topics }, { version, access }) => {
    access.check('DESCRIBE', 'CLUSTER')
    const asked = topics[0]?.topicName === METADATA_TOPIC && topics[0].partitions[0]?.partitionIndex === 0
    if (topics.length !== 1 || !asked) return { errorCode: Errors.INVALID_REQUEST, topics: [], nodes: [] }
    const { raft, config, runtime } = broker
    const now = runtime.clock.now()
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
      currentVoters: [self],
      observers: raft.observers
        .list()
        .map(({ replicaDirectoryId, ...observer }) => (version >= 2 ? { ...observer, replicaDirectoryId } : observer)),
    }
    const listeners = broker.controllerEndpoints.map(({ name, host, port }) => ({ name, host, port }))
    return {
      errorCode: Errors.NONE,
      topics: [{ topicName: METADATA_TOPIC, partitions: [partition] }],
      nodes: version >= 2 ? [{ nodeId: config.nodeId, listeners }] : [],
    }
  })
}
