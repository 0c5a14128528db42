import { DeleteRecords, DescribeProducers } from '../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../protocol/errors.ts'
import type { Cluster } from '../cluster.ts'
import { byLeader, itemError } from '../fan-out.ts'
import { groupByTopic, partitionKey, type TopicPartition } from '../types.ts'
import type { ProducerState } from './types.ts'

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

export function describeProducers(
  cluster: Cluster,
  items: readonly TopicPartition[],
): Promise<Map<string, readonly ProducerState[] | KafkaError>> {
  return byLeader<TopicPartition, readonly ProducerState[]>(
    cluster,
    items,
    { call: 'describeProducers' },
    async (node, part) => {
      const topics = Array.from(groupByTopic(part), ([name, partitions]) => ({
        name,
        partitionIndexes: partitions.map(({ partition }) => partition),
      }))
      const response = await node.send(DescribeProducers, { topics })
      const results = new Map<string, readonly ProducerState[] | KafkaError>()
      for (const { name, partitions } of response.topics)
        for (const row of partitions)
          results.set(
            partitionKey(name, row.partitionIndex),
            row.errorCode === Errors.NONE
              ? row.activeProducers.map(({ currentTxnStartOffset: start, ...producer }) => ({
                  ...producer,
                  currentTxnStartOffset: start < 0 ? undefined : start,
                }))
              : new KafkaError(row.errorCode, row.errorMessage ?? undefined),
          )
      return results
    },
  )
}
