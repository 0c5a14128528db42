import { type CommitOffset, type GroupMetadata, KafkaError, type ProducerRecord } from '../../client/index.ts'
import { StreamsError } from '../errors.ts'
import type { StreamsClients } from './clients.ts'

/** What tasks write, to sinks and to changelogs, and the commit of what they have read. */
export interface RecordCollector {
  /** Takes a record in; a failure is thrown by `check` and `commit`. */
  send(record: ProducerRecord): void
  /** Something to wait for before more is sent, when memory is full. */
  readonly full: Promise<void> | undefined
  /** Throws when a record was not acknowledged. */
  check(): void
  /** Once everything that was sent is acknowledged, commits offsets behind it. */
  commit(offsets: readonly CommitOffset[]): Promise<void>
  /** Gives up what was sent since the last commit, as far as that is possible. */
  abandon(): Promise<void>
}

const fenced: readonly string[] = ['PRODUCER_FENCED', 'INVALID_PRODUCER_EPOCH', 'INVALID_PRODUCER_ID_MAPPING']

/**
 * Whether what failed did so because the coordinator has ended the transaction by itself, as it does after `transaction.timeout.ms`, and lets its
 * producer do no more: records and offsets of it count for nothing, and are made again.
 */
export function wasFenced(error: unknown): boolean {
  if (error instanceof KafkaError && fenced.includes(error.error)) return true
  return error instanceof Error && error.cause !== undefined && wasFenced(error.cause)
}

/** Sends without waiting, and remembers the first failure. */
class Sending {
  full: Promise<void> | undefined
  private failure: Error | undefined

  constructor(protected readonly clients: Pick<StreamsClients, 'producer' | 'newProducer'>) {}

  send(record: ProducerRecord): void {
    const full = this.clients.producer.enqueue(record, (error) => {
      if (error)
        this.failure ??= new StreamsError(`A record could not be written to ${record.topic}: ${error.message}`, {
          cause: error,
        })
    })
    if (!full) return
    this.full = full
    void full.then(() => {
      if (this.full === full) this.full = undefined
    })
  }

  check(): void {
    if (this.failure) throw this.failure
  }

  protected forget(): void {
    this.failure = undefined
  }
}

/** At least once: offsets are committed when all records before are acknowledged. */
export class PlainCollector extends Sending implements RecordCollector {
  constructor(
    clients: Sending['clients'],
    private readonly commitOffsets: (offsets: readonly CommitOffset[]) => Promise<void>,
  ) {
    super(clients)
  }

  async commit(offsets: readonly CommitOffset[]): Promise<void> {
    await this.clients.producer.flush()
    this.check()
    if (offsets.length > 0) await this.commitOffsets(offsets)
  }

  async abandon(): Promise<void> {
    await this.clients.producer.flush().catch(() => {})
    this.forget()
  }
}

/** Exactly once: records and offsets of all tasks are one transaction. */
export class TransactionalCollector extends Sending implements RecordCollector {
  private open = false

  constructor(
    clients: Sending['clients'],
    private readonly group: () => GroupMetadata,
  ) {
    super(clients)
  }

  override send(record: ProducerRecord): void {
    this.begin()
    super.send(record)
  }

  async commit(offsets: readonly CommitOffset[]): Promise<void> {
    this.check()
    if (!this.open && offsets.length === 0) return
    this.begin()
    if (offsets.length > 0) await this.clients.producer.sendOffsetsToTransaction(offsets, this.group())
    await this.clients.producer.commitTransaction()
    this.open = false
  }

  async abandon(): Promise<void> {
    try {
      if (this.open) await this.clients.producer.abortTransaction()
    } catch (error) {
      if (!wasFenced(error)) throw error
      await this.replaceProducer()
    }
    this.open = false
    this.forget()
  }

  /** One that was fenced can do nothing more, not even abort what the coordinator has aborted. */
  private async replaceProducer(): Promise<void> {
    const { clients } = this
    await clients.producer.close({ timeoutMs: 0 })
    clients.producer = clients.newProducer()
    await clients.producer.initTransactions()
  }

  private begin(): void {
    if (!this.open) this.clients.producer.beginTransaction()
    this.open = true
  }
}
