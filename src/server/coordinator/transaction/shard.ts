import * as batch from '../../../protocol/records/batch.ts'
import { decodeRecords } from '../../../protocol/records/record.ts'
import type { Decision } from '../../machine/runner.ts'
import type { Partition } from '../../replication/partition.ts'
import type { ShardPlace } from '../partition-journal.ts'
import { type Decided, ShardJournal } from '../shard-journal.ts'
import { decodeTransactionRecord, encodeTransactionRecord, type TransactionRecord } from './records.ts'
import type { Transaction } from './transaction.ts'

/** All transactional ids that fall on one partition of `__transaction_state`: the fold of that partition's records. */
export class TransactionShard {
  private readonly transactions = new Map<string, Transaction>()
  private readonly journal: ShardJournal<TransactionRecord>

  /** @param valueVersion version in which values are written, asked for at each record */
  constructor(
    private readonly place: ShardPlace,
    valueVersion: () => number,
  ) {
    this.journal = new ShardJournal(
      place,
      (record: TransactionRecord, timestamp) => encodeTransactionRecord(record, timestamp, valueVersion()),
      (records) => {
        for (const record of records) this.replay(record)
      },
    )
    this.load()
  }

  /** Resolves when what was decided so far is committed; undefined when it is. */
  get settled(): Promise<void> | undefined {
    return this.journal.settled
  }

  get partition(): Partition {
    return this.place.partition
  }

  /** The epoch that this coordinator's markers carry: a later one fences it. */
  get epoch(): number {
    return this.partition.leaderEpoch
  }

  get(id: string): Transaction | undefined {
    return this.transactions.get(id)
  }

  all(): Iterable<Transaction> {
    return this.transactions.values()
  }

  private load(): void {
    const { log } = this.partition
    for (const { buffer } of log.readBatches(log.logStartOffset)) {
      if (batch.isControl(buffer)) continue
      for (const { key, value } of decodeRecords(buffer)) {
        const record = key && decodeTransactionRecord(key, value)
        if (record) this.replay(record)
      }
    }
  }

  private replay({ id, value }: TransactionRecord): void {
    if (value) this.transactions.set(id, value)
    else this.transactions.delete(id)
  }

  /** Runs one decision; its records count at once. */
  decide<Reply>(decide: () => Decision<TransactionRecord, Reply>): Decided<Reply> {
    return this.journal.decide(decide)
  }
}
