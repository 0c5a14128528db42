import type { Producer } from '../../client/index.ts'

/**
 * Does something in one transaction, which is committed when the result is to be kept, and aborted otherwise or when it throws. What cannot
 * be aborted any more, because another producer has taken over, is aborted by the coordinator.
 */
export async function inTransaction<T>(
  producer: Producer,
  action: () => Promise<T>,
  isKept: (result: T) => boolean,
  onAborted: () => void,
): Promise<T> {
  await producer.initTransactions()
  producer.beginTransaction()
  try {
    const result = await action()
    if (isKept(result)) await producer.commitTransaction()
    else await producer.abortTransaction().then(onAborted)
    return result
  } catch (error) {
    await producer.abortTransaction().then(onAborted, () => {})
    throw error
  }
}
