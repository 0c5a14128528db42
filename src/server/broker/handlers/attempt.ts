import { KafkaError } from '../../../protocol/errors.ts'

/** The value, or what becomes of a `KafkaError` thrown for one item of many. Anything else is a bug and goes on up. */
export function attempt<T>(action: () => T, onError: (error: KafkaError) => T): T {
  try {
    return action()
  } catch (error) {
    if (error instanceof KafkaError) return onError(error)
    throw error
  }
}

export async function attemptLater<T>(action: () => Promise<T>, onError: (error: KafkaError) => T): Promise<T> {
  try {
    return await action()
  } catch (error) {
    if (error instanceof KafkaError) return onError(error)
    throw error
  }
}
