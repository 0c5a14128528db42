import type { Runtime } from '../../../runtime/index.ts'
import { complete } from './ending.ts'
import type { Marker } from './marker.ts'
import type { MarkerSender } from './marker-sender.ts'
import type { TransactionShard } from './shard.ts'
import { isPrepared, type Transaction } from './transaction.ts'

export interface CompletionOptions {
  readonly runtime: Runtime
  readonly markers: MarkerSender
  /** Whether a shard is still this coordinator's. */
  isOurs(shard: TransactionShard): boolean
  log(line: string): void
}

/** Before markers that could not be written are tried again. */
const RETRY_MS = 1000

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
      // What was found in the log is carried out when it is certain to stay there.
      if (again) await shard.settled
      if (shard.get(id) !== transaction || !isOurs(shard)) return
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
    return this.options.markers.writeAll(marker, transaction.participants, again)
  }
}
