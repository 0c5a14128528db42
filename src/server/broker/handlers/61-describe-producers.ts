import { DescribeProducers } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { attempt } from './attempt.ts'

export function describeProducers(broker: BrokerServices): Handler {
  return handler(DescribeProducers, (request, { access }) => ({
    throttleTimeMs: 0,
    topics: request.topics.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partitionIndex) =>
        attempt(
          () => {
            access.check('READ', 'TOPIC', name)
            const activeProducers = broker.replicas.get(name, partitionIndex).log.activeProducers()
            return { partitionIndex, errorCode: 0, errorMessage: null as string | null, activeProducers }
          },
          ({ code, message }) => {
            // Of a topic that is there a partition that is not is told by the code alone.
            const isSaid = code !== Errors.UNKNOWN_TOPIC_OR_PARTITION || !broker.image.topics.has(name)
            return { partitionIndex, errorCode: code, errorMessage: isSaid ? message : null, activeProducers: [] }
          },
        ),
      ),
    })),
  }))
}
