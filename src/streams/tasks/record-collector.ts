import type { CommitOffset, GroupMetadata, Producer, ProducerRecord } from '../../client/index.ts'
import { StreamsError } from '../errors.ts'

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

/** Sends without waiting, and remembers the first failure. */
class Sending {
  full: Promise<void> | undefined
  private failure: Error | undefined

  constructor(protected readonly producer: Producer) {}

  send(record: ProducerRecord): void {
    const full = this.producer.enqueue(record, (error) => {
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
    producer: Producer,
    private readonly commitOffsets: (offsets: readonly CommitOffset[]) => Promise<void>,
  ) {
    super(producer)
  }

  async commit(offsets: readonly CommitOffset[]): Promise<void> {
    await this.producer.flush()
    this.check()
    if (offsets.length > 0) await this.commitOffsets(offsets)
  }

  async abandon(): Promise<void> {
    await this.producer.flush().catch(() => {})
    this.forget()
  }
}

/** Exactly once: records and offsets of all tasks are one transaction. */
export class TransactionalCollector extends Sending implements RecordCollector {
  private open = false

  constructor(
    producer: Producer,
    private readonly group: () => GroupMetadata,
  ) {
    super(producer)
  }

  override send(record: ProducerRecord): void {
    this.begin()
    super.send(record)
  }

  async commit(offsets: readonly CommitOffset[]): Promise<void> {
    this.check()
    if (!this.open && offsets.length === 0) return
    this.begin()
    if (offsets.length > 0) await this.producer.sendOffsetsToTransaction(offsets, this.group())
    await this.producer.commitTransaction()
    this.open = false
  }

  async abandon(): Promise<void> {
    if (this.open) await this.producer.abortTransaction()
    this.open = false
    this.forget()
  }

  private begin(): void {
    if (!this.open) this.producer.beginTransaction()
    this.open = true
  }
}
