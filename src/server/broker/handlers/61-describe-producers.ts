import { DescribeProducers } from '../../../protocol/apis/index.ts'
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
          (error) => ({ partitionIndex, errorCode: error.code, errorMessage: error.message, activeProducers: [] }),
        ),
      ),
    })),
  }))
}
