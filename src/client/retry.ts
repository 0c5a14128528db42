import type { CommonConfig } from '../config/client.ts'
import { AuthenticationError } from '../network/authentication-error.ts'
import { ConnectionError } from '../network/connection-error.ts'
import type { Runtime } from '../runtime/index.ts'
import { isRetriable, TimeoutError } from './errors.ts'
import { backoff } from './node.ts'

export interface RetryOptions {
  /** The name of the call in the sentence of a time-out, such as `listTopics`. */
  readonly call: string
  /** Over all attempts; the client's default when left out. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /** The first wait, in milliseconds; `retry.backoff.ms` when left out. */
  readonly backoffMs?: number
  /** Errors of this call that may pass, beside those that always may. */
  readonly mayPass?: (error: unknown) => boolean
}

/** A moment by which something must be done. */
export class Deadline {
  readonly at: number

  constructor(
    private readonly runtime: Runtime,
    readonly timeoutMs: number,
  ) {
    this.at = runtime.clock.monotonic() + timeoutMs
  }

  /** Milliseconds left, never negative. */
  get left(): number {
    return Math.max(0, this.at - this.runtime.clock.monotonic())
  }
}

/** The one loop in which clients repeat what failed for a reason that may pass. */
export class Retrier {
  constructor(
    private readonly config: CommonConfig,
    private readonly runtime: Runtime,
    /** For calls that set no limit of their own, in milliseconds. */
    private readonly defaultTimeoutMs: number,
    /** Aborted when the client is closed: then nothing is tried again. */
    private readonly closing: AbortSignal,
    private readonly warn: (error: unknown) => void,
  ) {}

  deadline(timeoutMs = this.defaultTimeoutMs): Deadline {
    return new Deadline(this.runtime, timeoutMs)
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.runtime.clock.sleep(ms, signal ? AbortSignal.any([signal, this.closing]) : this.closing)
  }

  /**
   * Repeats an action until it succeeds, its error is final, or time is up: then a `TimeoutError` says so, with the last failure as its
   * cause. Waits grow from `retry.backoff.ms` to `retry.backoff.max.ms`.
   */
  async retry<T>(options: RetryOptions, action: (leftMs: number) => Promise<T>): Promise<T> {
    const deadline = this.deadline(options.timeoutMs)
    let last: unknown
    for (let failures = 0; ; failures++) {
      options.signal?.throwIfAborted()
      try {
        return await this.within(deadline, options, last, action(deadline.left))
      } catch (error) {
        if (error instanceof AuthenticationError) this.warn(error)
        if (this.closing.aborted || !(isRetriable(error) || options.mayPass?.(error))) throw error
        this.warn(error)
        last = error
      }
      const first = options.backoffMs ?? this.config['retry.backoff.ms']
      const wait = backoff(first, this.config['retry.backoff.max.ms'], failures, this.runtime)
      if (deadline.left <= wait) throw timedOut(options.call, last)
      await this.sleep(wait, options.signal)
    }
  }

  /** Lets go of an action at the deadline: a connection attempt may take longer than the call may. */
  private async within<T>(deadline: Deadline, options: RetryOptions, last: unknown, action: Promise<T>): Promise<T> {
    const { clock } = this.runtime
    let stop: (() => void) | undefined
    const late = new Promise<never>((_, reject) => {
      const timer = clock.timer(deadline.left, () => reject(timedOut(options.call, last)))
      const abort = () => reject(options.signal?.reason)
      options.signal?.addEventListener('abort', abort, { once: true })
      stop = () => {
        timer.cancel()
        options.signal?.removeEventListener('abort', abort)
      }
    })
    try {
      return await Promise.race([action, late])
    } finally {
      stop?.()
    }
  }
}

function timedOut(call: string, cause: unknown): TimeoutError {
  const sentence =
    cause === undefined || cause instanceof ConnectionError
      ? `Timed out waiting for a node assignment. Call: ${call}`
      : `Timed out: ${(cause as Error).message} Call: ${call}`
  return new TimeoutError(sentence, { cause })
}
