/** Something is wrong in Kafka Connect; the task that throws it fails. */
export class ConnectError extends Error {
  override name = 'ConnectException'
}

/** Data and schema do not go together. */
export class DataError extends ConnectError {
  override name = 'DataException'
}

/** Thrown by `SinkTask.put`: the same records are given again, after `SinkTaskContext.timeout` milliseconds. */
export class RetriableError extends ConnectError {
  override name = 'RetriableException'
}
