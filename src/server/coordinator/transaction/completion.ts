import { type ErrorName, KafkaError } from '../../../protocol/errors.ts'
import type { Runtime } from '../../../runtime/index.ts'
import { complete } from './ending.ts'
import type { Marker } from './marker.ts'
import type { MarkerWriter } from './marker-writer.ts'
import type { TransactionShard } from './shard.ts'
import { isPrepared, type Transaction } from './transaction.ts'

export interface CompletionOptions {
  readonly runtime: Runtime
  readonly markers: MarkerWriter
  /** Whether a shard is still this coordinator's. */
  isOurs(shard: TransactionShard): boolean
  log(line: string): void
}

/** Before markers that could not be written are tried again. */
const RETRY_MS = 1000

/**
 * Why a partition needs no marker: it is gone, or a later marker is there. Everything else is tried again until it succeeds, for an outcome
 * that was decided must reach every partition.
 */
const needless: ReadonlySet<ErrorName> = new Set<ErrorName>([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'INVALID_PRODUCER_EPOCH',
  'TRANSACTION_COORDINATOR_FENCED',
])

/** Carries out what was decided about a transaction: a marker for each partition, then the record that all are there. */
export class Completion {
  constructor(private readonly options: CompletionOptions) {}

  /**
   * Without a disk that has to be waited for, it is done when this returns.
   *
   * @param again some markers may be there already
   */
  async complete(shard: TransactionShard, id: string, again = false): Promise<void> {
    const transaction = shard.get(id)
    const { runtime, isOurs, log } = this.options
    if (!transaction || !isPrepared(transaction) || !isOurs(shard)) return
    try {
      const written = this.writeMarkers(shard, transaction, again)
      if (written.length > 0) await Promise.all(written)
      if (shard.get(id) !== transaction || !isOurs(shard)) return
      const value = complete(transaction, runtime.clock.now())
      await shard.decide(() => ({ records: [{ id, value }], reply: undefined })).committed
    } catch (error) {
      if (!isOurs(shard)) return
      log(`Markers of the transaction of ${id} could not be written: ${(error as Error).message}`)
      runtime.clock.timer(RETRY_MS, () => void this.complete(shard, id, true))
    }
  }

  private writeMarkers(shard: TransactionShard, transaction: Transaction, again: boolean): Promise<void>[] {
    const { producerId, producerEpoch, state, clientVersion } = transaction
    const marker: Marker = {
      producerId,
      producerEpoch,
      committed: state === 'PrepareCommit',
      coordinatorEpoch: shard.epoch,
      transactionVersion: clientVersion,
    }
    const waiting: Promise<void>[] = []
    for (const [topic, partitions] of transaction.participants)
      for (const partition of partitions) {
        if (again && this.options.markers.isThere(topic, partition, marker)) continue
        const written = this.write(topic, partition, marker)
        if (written) waiting.push(written)
      }
    return waiting
  }

  private write(topic: string, partition: number, marker: Marker): Promise<void> | undefined {
    try {
      return this.options.markers.write(topic, partition, marker)
    } catch (error) {
      if (error instanceof KafkaError && needless.has(error.error)) return undefined
      throw error
    }
  }
}
