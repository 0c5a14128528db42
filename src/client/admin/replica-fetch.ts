import { Fetch } from '../../protocol/apis/index.ts'
import type { KafkaError } from '../../protocol/errors.ts'
import type { Cluster } from '../cluster.ts'
import { byBroker, itemError, single } from '../fan-out.ts'
import { groupByTopic, partitionKey, type TopicPartition } from '../types.ts'

export interface ReplicaPosition extends TopicPartition {
  /** The first offset wanted. */
  readonly offset: number
}

export interface ReplicaRecords {
  /** Whole batches, the last one perhaps cut off. */
  readonly records: Buffer
  readonly highWatermark: number
}

export interface ReplicaFetchOptions {
  /** Of each partition. */
  readonly maxBytes: number
  readonly maxWaitMs: number
}

/** A reader for debugging, whom followers answer as well as leaders. */
const DEBUGGER = -2
/** The last version that names topics. */
const BY_NAME = 12

/** What one broker has of partitions, whether it leads them or not; by partition key. */
export async function fetchFromReplica(
  cluster: Cluster,
  broker: number,
  positions: readonly ReplicaPosition[],
  { maxBytes, maxWaitMs }: ReplicaFetchOptions,
): Promise<Map<string, ReplicaRecords | KafkaError>> {
  const topics = Array.from(groupByTopic(positions), ([topic, rows]) => ({
    topic,
    partitions: rows.map(({ partition, offset }) => ({ partition, fetchOffset: offset, partitionMaxBytes: maxBytes })),
  }))
  const request = { replicaId: DEBUGGER, maxWaitMs, minBytes: 1, topics, forgottenTopicsData: [] }
  type Answers = Map<string, ReplicaRecords | KafkaError>
  const answers = await byBroker<Answers>(cluster, [broker], { call: 'fetchFromReplica' }, async (node) => {
    const response = await node.send(Fetch, request, { maxVersion: BY_NAME })
    const rows = response.responses.flatMap(({ topic, partitions }) => partitions.map((row) => ({ topic, ...row })))
    const found: Answers = new Map()
    for (const { topic, partitionIndex, errorCode, records, highWatermark } of rows) {
      const fetched = { records: records ?? Buffer.alloc(0), highWatermark }
      found.set(partitionKey(topic, partitionIndex), itemError(errorCode, null) ?? fetched)
    }
    return found
  })
  return single(answers)
}
