import { TimeoutError } from '../../client/errors.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { WrappedError } from '../../tools/groups/wrapped-error.ts'

const PACKAGE = 'org.apache.kafka.common.errors'

/** An error as Java prints it, class name first: scripts look for names such as `GroupNotEmptyException` in Apache's output. */
export function javaText(error: unknown): string {
  if (error instanceof WrappedError) return `java.util.concurrent.ExecutionException: ${javaText(error.cause)}`
  if (error instanceof KafkaError || error instanceof TimeoutError)
    return `${PACKAGE}.${error.exception}: ${error.message}`
  return error instanceof Error ? error.message : String(error)
}

/** What was wrapped, without its wrapper, as Java prints it; the bare message of anything else. */
export const javaCause = (error: unknown): string =>
  error instanceof WrappedError ? javaText(error.cause) : (error as Error).message
