import { AlterReplicaLogDirs } from '../../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../../protocol/errors.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

/** Moves replicas of this broker to other log directories of it (KIP-113). The answer tells that a move has begun, not that it is over. */
export function alterReplicaLogDirs(broker: BrokerServices): Handler {
  return handler(AlterReplicaLogDirs, ({ dirs }, { access }) => {
    const isAllowed = access.may('ALTER', 'CLUSTER')
    const results = new Map<string, { partitionIndex: number; errorCode: number }[]>()
    for (const { path, topics } of dirs)
      for (const { name, partitions } of topics) {
        const rows = results.get(name) ?? []
        results.set(name, rows)
        for (const partitionIndex of partitions)
          rows.push({
            partitionIndex,
            errorCode: isAllowed ? move(broker, name, partitionIndex, path) : Errors.CLUSTER_AUTHORIZATION_FAILED,
          })
      }
    return {
      throttleTimeMs: 0,
      results: Array.from(results, ([topicName, partitions]) => ({ topicName, partitions })),
    }
  })
}

function move({ replicas }: BrokerServices, topic: string, partition: number, path: string): number {
  try {
    replicas.alterDirectory(topic, partition, path)
    return Errors.NONE
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return error.code
  }
}
