import { type Acknowledgement, type ShareBatch, type ShareConsumer, WakeupError } from '../../client/index.ts'
import type { Console } from '../../runtime/console.ts'
import type { Runtime } from '../../runtime/index.ts'
import type { ConsumeEnd } from './consume.ts'
import type { MessageFormatter } from './formatter.ts'
import { OutputBuffer } from './output-buffer.ts'

export interface ShareConsumeOptions {
  readonly formatter: MessageFormatter
  /** What becomes of records that were printed. */
  readonly acknowledgement: Acknowledgement
  /** No end when left out. */
  readonly maxMessages?: number | undefined
  /** Milliseconds without a record after which it ends; for ever when left out. */
  readonly timeoutMs?: number | undefined
  /** Reject records that cannot be printed, instead of ending; told of them. */
  readonly onRejected?: ((error: Error) => void) | undefined
}

/** Longest wait of one poll in milliseconds. */
const POLL_MS = 60_000

/**
 * Prints records of a share consumer in explicit mode, and acknowledges each when it is printed. What comes after the last wanted one goes back
 * to the group when the consumer closes.
 */
export class ShareConsume {
  /** Records printed, or rejected. */
  count = 0
  private readonly output: OutputBuffer
  private readonly sink: ReturnType<Console['output']>
  private signal: string | undefined

  constructor(
    private readonly consumer: ShareConsumer,
    private readonly console: Console,
    private readonly runtime: Runtime,
    private readonly options: ShareConsumeOptions,
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
    } catch (error) {
      return { reason: 'fetch', error: error as Error }
    } finally {
      quiet()
      this.output.flush()
      await this.sink.flush()
    }
  }

  private async loop(): Promise<ConsumeEnd> {
    const { clock } = this.runtime
    const { timeoutMs = Number.POSITIVE_INFINITY } = this.options
    let idleSince = clock.monotonic()
    while (!this.isFull()) {
      const wait = this.output.backPressure
      if (wait) await wait
      if (this.signal !== undefined) return { reason: 'signal', signal: this.signal }
      if (this.sink.closed) return { reason: 'closed' }
      const left = timeoutMs - (clock.monotonic() - idleSince)
      const batch = await this.consumer.poll(Math.max(0, Math.min(POLL_MS, left))).catch((error: unknown) => {
        if (error instanceof WakeupError) return undefined
        throw error
      })
      if (!batch) continue
      if (batch.count === 0) {
        if (clock.monotonic() - idleSince >= timeoutMs) return { reason: 'timeout' }
        continue
      }
      const failure = this.print(batch)
      if (failure) return { reason: 'record', error: failure }
      this.output.flush()
      idleSince = clock.monotonic()
    }
    return { reason: 'count' }
  }

  private isFull(): boolean {
    return this.options.maxMessages !== undefined && this.count >= this.options.maxMessages
  }

  private print(batch: ShareBatch): Error | undefined {
    const { formatter, acknowledgement, onRejected } = this.options
    const record = batch.cursor()
    while (!this.isFull() && record.next()) {
      this.count++
      try {
        formatter.write(record, this.output)
        this.consumer.acknowledge(record, acknowledgement)
      } catch (error) {
        if (!onRejected) return error as Error
        onRejected(error as Error)
        this.consumer.acknowledge(record, 'reject')
      }
    }
    return undefined
  }
}
