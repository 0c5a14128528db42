import { KafkaError } from '../../protocol/errors.ts'
import type { Clock, Timer } from '../../runtime/index.ts'

interface Wait {
  /** Offset after the records that are waited for. */
  readonly end: number
  resolve(): void
  reject(error: KafkaError): void
  timer: Timer | undefined
}

/** Those who wait for the high watermark to pass their records. */
export class CommitWaits {
  /** By `end`. */
  #waiting: Wait[] = []

  constructor(private readonly clock: Clock) {}

  /** Rejects with REQUEST_TIMED_OUT, where there is a time limit in milliseconds. Nobody has to listen. */
  wait(end: number, timeoutMs?: number): Promise<void> {
    const promise = new Promise<void>((resolve, reject) => {
      const wait: Wait = { end, resolve, reject, timer: undefined }
      if (timeoutMs !== undefined)
        wait.timer = this.clock.timer(timeoutMs, () => {
          this.#waiting = this.#waiting.filter((other) => other !== wait)
          reject(new KafkaError('REQUEST_TIMED_OUT'))
        })
      // Nearly always the last one; a repeated batch may lie before others.
      let at = this.#waiting.length
      while (at > 0 && (this.#waiting[at - 1] as Wait).end > end) at--
      this.#waiting.splice(at, 0, wait)
    })
    promise.catch(() => {})
    return promise
  }

  /** Settles those whose records are committed: with the refusal, where there is one. */
  reached(highWatermark: number, refusal?: () => KafkaError | undefined): void {
    let count = 0
    while (count < this.#waiting.length && (this.#waiting[count] as Wait).end <= highWatermark) count++
    if (count === 0) return
    const error = refusal?.()
    for (const wait of this.#waiting.splice(0, count)) {
      wait.timer?.cancel()
      if (error) wait.reject(error)
      else wait.resolve()
    }
  }

  /** Nobody here can say any more what becomes of the records. */
  fail(error: KafkaError): void {
    for (const wait of this.#waiting.splice(0)) {
      wait.timer?.cancel()
      wait.reject(error)
    }
  }
}
