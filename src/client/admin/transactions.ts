import {
  DescribeTransactions,
  FindCoordinator,
  InitProducerId,
  ListTransactions,
  WriteTxnMarkers,
} from '../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../protocol/errors.ts'
import type { Cluster } from '../cluster.ts'
import { byBroker, byLeader, itemError, single } from '../fan-out.ts'
import type { NodeClient } from '../node.ts'
import { partitionKey, type TopicPartition } from '../types.ts'

export interface TransactionListing {
  readonly coordinator: number
  readonly transactionalId: string
  readonly producerId: number
  readonly state: string
}

export interface ListTransactionsOptions {
  /** Only those that have been going on for longer; milliseconds. */
  readonly longerThanMs?: number
  /** A regular expression. */
  readonly idPattern?: string
  readonly producerIds?: readonly number[]
}

/** Every broker lists the transactions that it coordinates. */
export async function listTransactions(
  cluster: Cluster,
  options: ListTransactionsOptions,
): Promise<TransactionListing[]> {
  const call = 'listTransactions'
  await cluster.refreshUntil({ call })
  const ids = cluster.metadata.allNodes().map(({ id }) => id)
  const answers = await byBroker<TransactionListing[]>(cluster, ids, { call }, async (node) => {
    const response = await node.send(ListTransactions, {
      stateFilters: [],
      producerIdFilters: [...(options.producerIds ?? [])],
      ...(options.longerThanMs === undefined ? {} : { durationFilter: options.longerThanMs }),
      ...(options.idPattern === undefined ? {} : { transactionalIdPattern: options.idPattern }),
    })
    if (response.errorCode !== Errors.NONE) return new KafkaError(response.errorCode)
    return response.transactionStates.map(({ transactionalId, producerId, transactionState }) => ({
      coordinator: node.id,
      transactionalId,
      producerId,
      state: transactionState,
    }))
  })
  return [...answers.values()].flatMap((listed) => {
    if (listed instanceof KafkaError) throw listed
    return listed
  })
}

export interface TransactionDescription {
  readonly coordinator: number
  readonly state: string
  readonly producerId: number
  readonly producerEpoch: number
  readonly timeoutMs: number
  /** Milliseconds since 1970; undefined when none was ever begun. */
  readonly startTime: number | undefined
  readonly partitions: readonly TopicPartition[]
}

const TRANSACTION = 1

async function coordinatorOf(cluster: Cluster, id: string): Promise<NodeClient> {
  const response = await cluster.call(
    FindCoordinator,
    (version) => ({ keyType: TRANSACTION, ...(version >= 4 ? { coordinatorKeys: [id] } : { key: id }) }),
    {
      call: 'findCoordinator',
      errorOf: (answer) => {
        const found = answer.coordinators[0] ?? answer
        return itemError(found.errorCode, found.errorMessage) ?? Errors.NONE
      },
    },
  )
  const { nodeId } = response.coordinators[0] ?? response
  if (!cluster.node(nodeId)) await cluster.refreshUntil({ call: 'findCoordinator' })
  const node = cluster.node(nodeId)
  if (!node) throw new KafkaError('COORDINATOR_NOT_AVAILABLE')
  return node
}

export async function describeTransaction(cluster: Cluster, id: string): Promise<TransactionDescription> {
  return cluster.retry({ call: 'describeTransactions' }, async () => {
    const node = await coordinatorOf(cluster, id)
    const { transactionStates } = await node.send(DescribeTransactions, { transactionalIds: [id] })
    const [row] = transactionStates
    if (!row) throw new KafkaError('TRANSACTIONAL_ID_NOT_FOUND')
    if (row.errorCode !== Errors.NONE) throw new KafkaError(row.errorCode)
    return {
      coordinator: node.id,
      state: row.transactionState,
      producerId: row.producerId,
      producerEpoch: row.producerEpoch,
      timeoutMs: row.transactionTimeoutMs,
      startTime: row.transactionStartTimeMs < 0 ? undefined : row.transactionStartTimeMs,
      partitions: row.topics.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition }))),
    }
  })
}

export interface AbortSpec extends TopicPartition {
  readonly producerId: number
  readonly producerEpoch: number
  readonly coordinatorEpoch: number
}

/** Ends a transaction that hangs at one partition by a marker, past its coordinator. */
export async function abortTransaction(cluster: Cluster, { topic, partition, ...producer }: AbortSpec): Promise<void> {
  const items = [{ topic, partition }]
  single(
    await byLeader(cluster, items, { call: 'abortTransaction' }, async (node) => {
      const topics = [{ name: topic, partitionIndexes: [partition] }]
      const { markers } = await node.send(WriteTxnMarkers, {
        markers: [{ ...producer, transactionResult: false, topics }],
      })
      const code = markers[0]?.topics[0]?.partitions[0]?.errorCode ?? Errors.UNKNOWN_SERVER_ERROR
      const result: true | KafkaError = code === Errors.NONE ? true : new KafkaError(code)
      return new Map([[partitionKey(topic, partition), result]])
    }),
  )
}

/** Ends whatever the producers of an id have open, by taking the id over from them. */
export async function forceTerminateTransaction(cluster: Cluster, id: string): Promise<void> {
  await cluster.retry({ call: 'forceTerminateTransaction' }, async () => {
    const node = await coordinatorOf(cluster, id)
    const { errorCode } = await node.send(InitProducerId, {
      transactionalId: id,
      transactionTimeoutMs: cluster.config['request.timeout.ms'],
    })
    if (errorCode !== Errors.NONE) throw new KafkaError(errorCode)
  })
}
