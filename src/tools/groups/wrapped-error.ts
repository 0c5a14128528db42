/**
 * A failure inside a larger step. Apache's tool hands such a one on inside another exception, which shows in its text; the sentence that
 * helps is the cause's.
 */
export class WrappedError extends Error {
  override name = 'WrappedError'
  override readonly cause: unknown

  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause))
    this.cause = cause
  }
}

/** Runs a step; what it throws comes out wrapped. */
export async function wrapping<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    throw error instanceof WrappedError ? error : new WrappedError(error)
  }
}
