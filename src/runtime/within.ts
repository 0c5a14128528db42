import type { Clock } from './clock.ts'

/** Gives what the work does when it ends within so many milliseconds, else what `late` gives or throws; the work itself goes on. */
export function within<T>(clock: Clock, ms: number, work: Promise<T>, late: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    const timeUp = () => {
      try {
        resolve(late())
      } catch (error) {
        reject(error)
      }
    }
    const timer = clock.timer(ms, timeUp)
    work.then(resolve, reject).finally(() => timer.cancel())
  })
}
