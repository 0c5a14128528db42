import {
  type Admin,
  KafkaError,
  type ProducerState,
  parsePartitionKey,
  partitionKey,
  type TopicPartition,
  type TransactionDescription,
  type TransactionListing,
} from '../../client/index.ts'

export interface HangingSearch {
  readonly topic?: string | undefined
  readonly partition?: number | undefined
  /** Partitions that have a replica there, as that broker knows them. */
  readonly broker?: number | undefined
  /** Transactions that wrote within this time are left alone, in milliseconds. */
  readonly olderThanMs: number
}

export interface HangingTransaction extends TopicPartition, ProducerState {}

/**
 * Transactions that are open in a partition and that no coordinator would end: it does not know the producer, or does not know that the
 * partition belongs to the producer's transaction (KIP-664). `now` is milliseconds since 1970.
 */
export async function findHanging(admin: Admin, search: HangingSearch, now: number): Promise<HangingTransaction[]> {
  const partitions = await candidates(admin, search)
  if (partitions.length === 0) return []
  const old: HangingTransaction[] = []
  for (const [key, producers] of await admin.describeProducers(partitions, search.broker)) {
    if (producers instanceof KafkaError) throw producers
    for (const producer of producers)
      if (producer.currentTxnStartOffset !== undefined && now - producer.lastTimestamp > search.olderThanMs)
        old.push({ ...parsePartitionKey(key), ...producer })
  }
  if (old.length === 0) return []
  const listings = await admin.listTransactions({ producerIds: [...new Set(old.map(({ producerId }) => producerId))] })
  const known = await partitionsByProducer(admin, listings)
  return old.filter(({ producerId, topic, partition }) => !known.get(producerId)?.has(partitionKey(topic, partition)))
}

async function candidates(admin: Admin, { topic, partition, broker }: HangingSearch): Promise<TopicPartition[]> {
  const names =
    topic === undefined ? (await admin.listTopics({ includeInternal: true })).map(({ name }) => name) : [topic]
  const found = await admin.partitions(names)
  return found.filter(
    (row) =>
      (partition === undefined || row.partition === partition) &&
      (broker === undefined || row.replicas.some(({ id }) => id === broker)),
  )
}

/** Partitions of open transactions, by producer id. */
async function partitionsByProducer(
  admin: Admin,
  listings: readonly TransactionListing[],
): Promise<Map<number, ReadonlySet<string>>> {
  const known = new Map<number, ReadonlySet<string>>()
  const described = await admin.describeTransactions(listings.map(({ transactionalId }) => transactionalId))
  for (const transaction of described.values()) {
    if (transaction instanceof KafkaError) continue
    const keys = transaction.partitions.map(({ topic, partition }) => partitionKey(topic, partition))
    known.set(transaction.producerId, new Set(keys))
  }
  return known
}

/** The producer whose transaction in a partition begins at an offset; undefined when there is none. */
export async function producerAt(
  admin: Admin,
  where: TopicPartition,
  startOffset: number,
): Promise<ProducerState | undefined> {
  const found = await admin.describeProducers([where])
  const producers = found.get(partitionKey(where.topic, where.partition))
  if (producers instanceof KafkaError) throw producers
  return producers?.find(({ currentTxnStartOffset }) => currentTxnStartOffset === startOffset)
}

/** One transactional id; throws when its coordinator does not know it. */
export async function describeTransaction(admin: Admin, id: string): Promise<TransactionDescription> {
  const found = (await admin.describeTransactions([id])).get(id)
  if (found && !(found instanceof KafkaError)) return found
  if (found?.error !== 'TRANSACTIONAL_ID_NOT_FOUND') throw found
  throw new KafkaError(
    found.code,
    `DescribeTransactions request for transactionalId \`${id}\` failed because the ID could not be found`,
  )
}
