/** Time. Everything that waits or asks what time it is has been given one of these. */
export interface Clock {
  /** Wall time in milliseconds since the epoch; may jump. Only for timestamps, retention and expiry. */
  now(): number
  /** Milliseconds since some start, with fractions; never goes back. For time-outs and measuring. */
  monotonic(): number
  /** Calls back once after `ms` milliseconds, never earlier by `monotonic`: who waits for a moment may compare it then. */
  timer(ms: number, callback: () => void): Timer
  /** Calls back after the I/O of this turn of the loop; what is deferred in one turn runs in order. */
  defer(callback: () => void): void
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when that comes first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export interface Timer {
  cancel(): void
}

/** `Clock.sleep` in terms of `Clock.timer`, the same for every clock. */
export function sleepOn(clock: Pick<Clock, 'timer'>, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const onAbort = () => {
      timer.cancel()
      reject(signal?.reason)
    }
    const timer = clock.timer(ms, () => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
