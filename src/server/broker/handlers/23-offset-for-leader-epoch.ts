import { OffsetForLeaderEpoch } from '../../../protocol/apis/index.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { attempt } from './attempt.ts'

export function offsetForLeaderEpoch(broker: BrokerServices): Handler {
  return handler(OffsetForLeaderEpoch, (request, { access }) => ({
    topics: request.topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition, currentLeaderEpoch, leaderEpoch }) =>
        attempt(
          () => {
            if (!access.may('CLUSTER_ACTION', 'CLUSTER')) access.check('DESCRIBE', 'TOPIC', topic)
            const found = broker.replicas.get(topic, partition)
            found.checkLeader(currentLeaderEpoch)
            const end = found.log.endOffsetForEpoch(leaderEpoch)
            return { errorCode: 0, partition, leaderEpoch: end.epoch, endOffset: end.endOffset }
          },
          (error) => ({ errorCode: error.code, partition }),
        ),
      ),
    })),
  }))
}
