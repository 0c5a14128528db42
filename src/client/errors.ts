import { ConnectionError } from '../network/connection-error.ts'
import { type ErrorName, Errors, KafkaError } from '../protocol/errors.ts'

/** A call took longer than it may; `cause` is the last failure, when there was one. */
export class TimeoutError extends Error {
  override name = 'TimeoutError'
  /** The name of the class in Apache's clients. */
  readonly exception = 'TimeoutException'
}

/** `Consumer.wakeup()` was called while the consumer waited. */
export class WakeupError extends Error {
  override name = 'WakeupError'
}

/** The error of an answer about a topic. Whoever may not use it is told which, in the words of Java's clients. */
export function topicError(error: ErrorName | number, topic: string, sentence?: string): KafkaError {
  const { code } = new KafkaError(error)
  if (code === Errors.TOPIC_AUTHORIZATION_FAILED) return notAuthorized([topic])
  return new KafkaError(code, sentence)
}

export const notAuthorized = (topics: readonly string[]): KafkaError =>
  new KafkaError('TOPIC_AUTHORIZATION_FAILED', `Not authorized to access topics: [${topics.join(', ')}]`)

/** The same for a group. */
export const groupError = (code: number, groupId: string, sentence?: string | null): KafkaError =>
  code === Errors.GROUP_AUTHORIZATION_FAILED
    ? new KafkaError(code, `Not authorized to access group: ${groupId}`)
    : new KafkaError(code, sentence ?? undefined)

/** Whether the same call may succeed later. */
export const isRetriable = (error: unknown): boolean =>
  error instanceof KafkaError ? error.retriable : error instanceof ConnectionError

const staleMetadata: ReadonlySet<ErrorName> = new Set<ErrorName>([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'UNKNOWN_TOPIC_ID',
  'INCONSISTENT_TOPIC_ID',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_OR_FOLLOWER',
  'REPLICA_NOT_AVAILABLE',
  'KAFKA_STORAGE_ERROR',
  'LISTENER_NOT_FOUND',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'OFFSET_NOT_AVAILABLE',
])

/** Whether the error says that what is known about partitions and leaders is out of date. */
export const meansStaleMetadata = (error: unknown): boolean =>
  error instanceof ConnectionError || (error instanceof KafkaError && staleMetadata.has(error.error))

/** Whether the coordinator has to be looked up again. */
export const meansLostCoordinator = (error: unknown): boolean =>
  error instanceof ConnectionError ||
  (error instanceof KafkaError && (error.error === 'NOT_COORDINATOR' || error.error === 'COORDINATOR_NOT_AVAILABLE'))
