import {
  DescribeProducers,
  DescribeTransactions,
  InitProducerId,
  ListTransactions,
  WriteTxnMarkers,
} from '../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../protocol/errors.ts'
import type { ResponseOf } from '../../protocol/schema/index.ts'
import type { Cluster } from '../cluster.ts'
import { byBroker, byCoordinator, byLeader, itemError, single } from '../fan-out.ts'
import type { NodeClient } from '../node.ts'
import { groupByTopic, partitionKey, type TopicPartition } from '../types.ts'
import type { ProducerState, TransactionDescription, TransactionListing } from './types.ts'

export interface ListTransactionsOptions {
  /** Only those that have been open for longer, in milliseconds (KIP-994). */
  readonly longerThanMs?: number | undefined
  /** A regular expression for the transactional id (KIP-1152). */
  readonly idPattern?: string | undefined
  readonly producerIds?: readonly number[]
}

/** The transactional ids of all coordinators; throws when one of them does not answer. */
export async function listTransactions(
  cluster: Cluster,
  { longerThanMs = -1, idPattern, producerIds = [] }: ListTransactionsOptions,
): Promise<TransactionListing[]> {
  const call = 'listTransactions'
  await cluster.refreshUntil({ call })
  const brokers = cluster.metadata.allNodes().map(({ id }) => id)
  const answers = await byBroker<Omit<TransactionListing, 'coordinator'>[]>(
    cluster,
    brokers,
    { call },
    async (node) => {
      const request = { stateFilters: [], producerIdFilters: producerIds, durationFilter: longerThanMs }
      const response = await node.send(ListTransactions, { ...request, transactionalIdPattern: idPattern ?? null })
      const listings = response.transactionStates.map(({ transactionalId, producerId, transactionState }) => ({
        transactionalId,
        producerId,
        state: transactionState,
      }))
      return itemError(response.errorCode, null) ?? listings
    },
  )
  return [...answers].flatMap(([id, answer]) => {
    if (answer instanceof KafkaError) throw answer
    return answer.map((listing) => ({ coordinator: Number(id), ...listing }))
  })
}

/** By transactional id. */
export function describeTransactions(
  cluster: Cluster,
  ids: readonly string[],
): Promise<Map<string, TransactionDescription | KafkaError>> {
  const call = 'describeTransactions'
  return byCoordinator<TransactionDescription>(cluster, ids, { call, type: 'transaction' }, async (node, part) => {
    const { transactionStates } = await node.send(DescribeTransactions, { transactionalIds: part })
    return new Map(transactionStates.map((row) => [row.transactionalId, describeRow(node, row)]))
  })
}

function describeRow(
  node: NodeClient,
  row: ResponseOf<typeof DescribeTransactions>['transactionStates'][number],
): TransactionDescription | KafkaError {
  if (row.errorCode !== Errors.NONE) return new KafkaError(row.errorCode)
  return {
    coordinator: node.id,
    transactionalId: row.transactionalId,
    producerId: row.producerId,
    producerEpoch: row.producerEpoch,
    state: row.transactionState,
    timeoutMs: row.transactionTimeoutMs,
    startedAt: row.transactionStartTimeMs < 0 ? undefined : row.transactionStartTimeMs,
    partitions: row.topics.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition }))),
  }
}

/** The producers that partitions know of, as their leaders have it or as one broker does; by partition key. */
export async function describeProducers(
  cluster: Cluster,
  items: readonly TopicPartition[],
  broker?: number,
): Promise<Map<string, readonly ProducerState[] | KafkaError>> {
  const call = 'describeProducers'
  const ask = async (node: NodeClient, part: readonly TopicPartition[]) => {
    const topics = Array.from(groupByTopic(part), ([name, rows]) => ({
      name,
      partitionIndexes: rows.map(({ partition }) => partition),
    }))
    return producersOf(await node.send(DescribeProducers, { topics }))
  }
  if (broker === undefined) return byLeader<TopicPartition, readonly ProducerState[]>(cluster, items, { call }, ask)
  return single(
    await byBroker<Awaited<ReturnType<typeof ask>>>(cluster, [broker], { call }, (node) => ask(node, items)),
  )
}

function producersOf({ topics }: ResponseOf<typeof DescribeProducers>) {
  const results = new Map<string, readonly ProducerState[] | KafkaError>()
  for (const { name, partitions } of topics)
    for (const { partitionIndex, errorCode, errorMessage, activeProducers } of partitions) {
      const producers = activeProducers.map(({ currentTxnStartOffset: start, ...producer }) => ({
        ...producer,
        currentTxnStartOffset: start < 0 ? undefined : start,
      }))
      results.set(partitionKey(name, partitionIndex), itemError(errorCode, errorMessage) ?? producers)
    }
  return results
}

/** What identifies a transaction in a partition, for a marker that a coordinator does not write. */
export interface TransactionToAbort extends TopicPartition {
  readonly producerId: number
  readonly producerEpoch: number
  readonly coordinatorEpoch: number
}

/** Writes the marker of an abort into a partition (KIP-664): for a transaction that no coordinator knows of any more. */
export async function abortTransaction(
  cluster: Cluster,
  { topic, partition, ...rest }: TransactionToAbort,
): Promise<void> {
  const markers = [{ ...rest, transactionResult: false, topics: [{ name: topic, partitionIndexes: [partition] }] }]
  const options = { call: 'abortTransaction' }
  single(
    await byLeader<TopicPartition, true>(cluster, [{ topic, partition }], options, async (node) => {
      const { markers: answers } = await node.send(WriteTxnMarkers, { markers })
      const code = answers[0]?.topics[0]?.partitions[0]?.errorCode ?? Errors.UNKNOWN_SERVER_ERROR
      return new Map([[partitionKey(topic, partition), itemError(code, null) ?? true]])
    }),
  )
}

/** Fences whoever uses a transactional id, which aborts its open transaction (KIP-664, KIP-939). */
export async function fenceProducer(cluster: Cluster, transactionalId: string): Promise<void> {
  await cluster.call(
    InitProducerId,
    { transactionalId, transactionTimeoutMs: cluster.config['request.timeout.ms'] },
    { call: 'fenceProducer', to: { transactionalId }, errorOf: ({ errorCode }) => errorCode },
  )
}
