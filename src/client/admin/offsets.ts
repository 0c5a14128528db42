import { DeleteRecords } from '../../protocol/apis/index.ts'
import type { KafkaError } from '../../protocol/errors.ts'
import type { Cluster } from '../cluster.ts'
import { byLeader, itemError } from '../fan-out.ts'
import { groupByTopic, partitionKey, type TopicPartition } from '../types.ts'

export interface DeleteRecordsItem extends TopicPartition {
  /** The first offset to stay; -1 for the high watermark. */
  readonly offset: number
}

/** Gives the new log start offset of each partition. */
export function deleteRecords(
  cluster: Cluster,
  items: readonly DeleteRecordsItem[],
): Promise<Map<string, number | KafkaError>> {
  return byLeader<DeleteRecordsItem, number>(cluster, items, { call: 'deleteRecords' }, async (node, part, left) => {
    const topics = Array.from(groupByTopic(part), ([name, partitions]) => ({
      name,
      partitions: partitions.map(({ partition, offset }) => ({ partitionIndex: partition, offset })),
    }))
    const timeoutMs = Math.min(left, cluster.config['request.timeout.ms'])
    const response = await node.send(DeleteRecords, { topics, timeoutMs: Math.ceil(timeoutMs) }, { timeoutMs })
    const results = new Map<string, number | KafkaError>()
    for (const { name, partitions } of response.topics)
      for (const { partitionIndex, errorCode, lowWatermark } of partitions)
        results.set(partitionKey(name, partitionIndex), itemError(errorCode, null) ?? lowWatermark)
    return results
  })
}
