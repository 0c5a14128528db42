import type { RecordHeader } from '../../client/index.ts'
import type { RecordPlace } from '../processors/processor.ts'

/** The record that a task is at, as stores and sinks see it. */
export interface RecordContext {
  readonly timestamp: number
  readonly headers: readonly RecordHeader[]
  /** Undefined in a punctuation. */
  readonly metadata: RecordPlace | undefined
}
