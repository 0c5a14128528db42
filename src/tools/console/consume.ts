import type { RecordCursor } from '../../client/consumer/record-cursor.ts'
import { type Consumer, type ConsumerBatch, WakeupError } from '../../client/index.ts'
import { partitionKey } from '../../client/types.ts'
import type { Console } from '../../runtime/console.ts'
import type { Runtime } from '../../runtime/index.ts'
import type { MessageFormatter } from './formatter.ts'
import { OutputBuffer } from './output-buffer.ts'
import type { PrintableRecord } from './record.ts'

export interface ConsumeOptions {
  readonly formatter: MessageFormatter
  /** No end when left out. */
  readonly maxMessages?: number
  /** Milliseconds without a record after which it ends; for ever when left out. */
  readonly timeoutMs?: number
  readonly skipMessageOnError: boolean
  readonly onSkipped: (error: Error) => void
  /** Which records are printed and counted; all when left out. */
  readonly accepts?: (record: PrintableRecord) => boolean
  /** Has what it takes to read the records of a batch. */
  readonly prepare?: (batch: ConsumerBatch) => Promise<void>
  /** Looked at between polls: whether all there was to read has been read. */
  readonly isDone?: () => Promise<boolean>
}

export type ConsumeEnd =
  | { readonly reason: 'count' | 'timeout' | 'closed' | 'done' }
  | { readonly reason: 'signal'; readonly signal: string }
  /** A record that could not be read, or a fetch that failed. */
  | { readonly reason: 'record' | 'fetch'; readonly error: Error }

/** Records printed in one go, at most. */
const MOST = 0x7fff_ffff
/** Longest wait of one poll in milliseconds. */
const POLL_MS = 60_000
/** The same where something else than a record may end it. */
const SHORT_POLL_MS = 100

/** Prints records until one of the ends. Positions stay at the first record that was not printed, so that a commit on close is right. */
export class ConsoleConsume {
  /** Records handed to the formatter. */
  count = 0
  private readonly output: OutputBuffer
  private readonly sink: ReturnType<Console['output']>
  private signal: string | undefined

  constructor(
    private readonly consumer: Consumer,
    private readonly console: Console,
    private readonly runtime: Runtime,
    private readonly options: ConsumeOptions,
  ) {
    this.sink = console.output()
    this.output = new OutputBuffer(this.sink)
  }

  async run(): Promise<ConsumeEnd> {
    const quiet = this.console.onSignal((signal) => {
      this.signal = signal
      this.consumer.wakeup()
    })
    try {
      return await this.loop()
    } finally {
      quiet()
      this.output.flush()
      await this.sink.flush()
    }
  }

  private async loop(): Promise<ConsumeEnd> {
    const { clock } = this.runtime
    const { timeoutMs = Number.POSITIVE_INFINITY, isDone, prepare } = this.options
    const longest = isDone ? SHORT_POLL_MS : POLL_MS
    let idleSince = clock.monotonic()
    while (!this.isFull()) {
      const left = timeoutMs - (clock.monotonic() - idleSince)
      const wait = this.output.backPressure
      if (wait) await wait
      if (this.signal !== undefined) return { reason: 'signal', signal: this.signal }
      if (this.sink.closed) return { reason: 'closed' }
      if (isDone && (await isDone())) return { reason: 'done' }
      try {
        const batch = await this.consumer.poll(Math.max(0, Math.min(longest, left)))
        if (batch.count === 0) {
          if (clock.monotonic() - idleSince > timeoutMs) return { reason: 'timeout' }
          continue
        }
        if (prepare) await prepare(batch)
        const failure = this.print(batch)
        if (failure) return { reason: 'record', error: failure }
        this.output.flush()
      } catch (error) {
        if (error instanceof WakeupError) continue
        return { reason: 'fetch', error: error as Error }
      }
      idleSince = clock.monotonic()
    }
    return { reason: 'count' }
  }

  private isFull(): boolean {
    return this.options.maxMessages !== undefined && this.count >= this.options.maxMessages
  }

  /** Prints a batch; what is left of it after the last wanted record, or after a failure, is given back to the consumer. */
  private print(batch: ConsumerBatch): Error | undefined {
    const { formatter, skipMessageOnError, onSkipped, accepts } = this.options
    const returned = new Set<string>()
    let failure: Error | undefined
    const record = batch.cursor()
    for (;;) {
      if (!failure && !accepts) this.count += this.printPlain(record)
      if (!record.next()) break
      if (failure || this.isFull()) {
        this.giveBack(record, returned)
        continue
      }
      if (accepts && !accepts(record)) continue
      this.count++
      try {
        formatter.write(record, this.output)
      } catch (error) {
        if (skipMessageOnError) onSkipped(error as Error)
        else failure = error as Error
      }
    }
    return failure
  }

  /** Prints records that need no look, up to the first that does. */
  private printPlain(records: RecordCursor): number {
    const { formatter, maxMessages = MOST } = this.options
    if (formatter.valueSeparator === undefined) return 0
    return this.output.values(records, Math.min(MOST, maxMessages - this.count), formatter.valueSeparator)
  }

  private giveBack({ topic, partition, offset }: PrintableRecord, returned: Set<string>): void {
    const key = partitionKey(topic, partition)
    if (returned.has(key)) return
    returned.add(key)
    this.consumer.seek({ topic, partition }, offset)
  }
}
