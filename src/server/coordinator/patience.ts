import { type ErrorName, KafkaError } from '../../protocol/errors.ts'
import type { Clock } from '../../runtime/index.ts'

/** Waits so many milliseconds for an answer, and then rejects with an error; what was begun goes on. */
export function within<T>(clock: Clock, ms: number, answer: Promise<T>, error: ErrorName): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.timer(ms, () => reject(new KafkaError(error)))
    answer.then(resolve, reject).finally(() => timer.cancel())
  })
}
