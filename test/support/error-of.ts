/** The name of the Kafka error that something throws; undefined when it throws nothing. */
export function errorOf(action: () => unknown): unknown {
  try {
    action()
    return undefined
  } catch (error) {
    return (error as { error?: string }).error
  }
}
