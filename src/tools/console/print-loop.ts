import { WakeupError } from '../../client/index.ts'
import type { Console } from '../../runtime/console.ts'
import type { Runtime } from '../../runtime/index.ts'
import { OutputBuffer } from './output-buffer.ts'

/** When printing ends by itself. */
export interface PrintLimits {
  /** No end when left out. */
  readonly maxMessages?: number | undefined
  /** Milliseconds without a record after which it ends; for ever when left out. */
  readonly timeoutMs?: number | undefined
  /** Looked at between polls: whether all there was to read has been read. */
  readonly isDone?: (() => Promise<boolean>) | undefined
}

export type ConsumeEnd =
  | { readonly reason: 'count' | 'timeout' | 'closed' | 'done' }
  | { readonly reason: 'signal'; readonly signal: string }
  /** A record that could not be read, or a fetch that failed. */
  | { readonly reason: 'record' | 'fetch'; readonly error: Error }

/** What came of one poll: how many records there were, and why it cannot go on after them. */
export interface Printed {
  readonly came: number
  readonly failure?: Error | undefined
}

/** Longest wait of one poll in milliseconds. */
const POLL_MS = 60_000
/** The same where something else than a record may end it. */
const SHORT_POLL_MS = 100

/** Polls and prints until a limit, a signal, the end of the output's reader, or a failure. */
export abstract class PrintLoop {
  /** Records handed to the formatter. */
  count = 0
  protected readonly output: OutputBuffer
  private readonly sink: ReturnType<Console['output']>
  private signal: string | undefined

  constructor(
    private readonly sleeper: { wakeup(): void },
    private readonly console: Console,
    private readonly runtime: Runtime,
    private readonly limits: PrintLimits,
  ) {
    this.sink = console.output()
    this.output = new OutputBuffer(this.sink)
  }

  /** Waits so long for records, and prints them. */
  protected abstract printNext(waitMs: number): Promise<Printed>

  async run(): Promise<ConsumeEnd> {
    const quiet = this.console.onSignal((signal) => {
      this.signal = signal
      this.sleeper.wakeup()
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
    const { timeoutMs = Number.POSITIVE_INFINITY, isDone } = this.limits
    const longest = isDone ? SHORT_POLL_MS : POLL_MS
    let idleSince = clock.monotonic()
    while (!this.isFull) {
      const wait = this.output.backPressure
      if (wait) await wait
      if (this.signal !== undefined) return { reason: 'signal', signal: this.signal }
      if (this.sink.closed) return { reason: 'closed' }
      if (isDone && (await isDone())) return { reason: 'done' }
      const left = timeoutMs - (clock.monotonic() - idleSince)
      try {
        const { came, failure } = await this.printNext(Math.max(0, Math.min(longest, left)))
        if (failure) return { reason: 'record', error: failure }
        if (came === 0) {
          if (clock.monotonic() - idleSince >= timeoutMs) return { reason: 'timeout' }
          continue
        }
      } catch (error) {
        if (error instanceof WakeupError) continue
        return { reason: 'fetch', error: error as Error }
      }
      this.output.flush()
      idleSince = clock.monotonic()
    }
    return { reason: 'count' }
  }

  protected get isFull(): boolean {
    return this.limits.maxMessages !== undefined && this.count >= this.limits.maxMessages
  }
}
