import type { Clock } from '../../runtime/index.ts'

/** What the work gives, when it does so within some milliseconds; else what `late` gives or throws. The work itself goes on. */
export async function within<T>(work: Promise<T>, ms: number, clock: Clock, late: () => T): Promise<T> {
  const done = new AbortController()
  const timeUp = clock.sleep(ms, done.signal).then(late)
  // The one that comes second is no failure nobody looks at.
  timeUp.catch(() => {})
  try {
    return await Promise.race([work, timeUp])
  } finally {
    done.abort()
  }
}
