/** A program that cannot be built: a name twice, a parent that is not there, topics that do not go together. */
export class TopologyError extends Error {
  override name = 'TopologyError'
}

/** What ends a running application; `cause` is the failure behind it, such as what the application's own function threw. */
export class StreamsError extends Error {
  override name = 'StreamsError'
}
