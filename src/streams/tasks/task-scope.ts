import type { PunctuationType, RecordPlace } from '../processors/processor.ts'
import type { SerdePair } from '../serde.ts'
import type { RecordContext } from '../state/record-context.ts'
import type { SubscriptionStore } from '../state/subscription-store.ts'
import type { SuppressBuffer } from '../state/suppress-buffer.ts'
import type { TypedStore } from '../state/typed-store.ts'
import type { WindowedStore } from '../state/windowed-store.ts'
import type { PunctuationQueue } from './punctuation-queue.ts'

/** A store as processors see it. */
type TaskStoreFace =
  | TypedStore<unknown, unknown>
  | WindowedStore<unknown, unknown>
  | SubscriptionStore<unknown>
  | SuppressBuffer<unknown, unknown>

/** What the nodes and stores of one task have in common: the record that they are at, and each other. */
export class TaskScope {
  /** The record that is being processed; while a cache is flushed, the one that changed the entry. */
  current: RecordContext | undefined
  streamTime = -1
  commitRequested = false
  /** What processors have scheduled; undefined where nothing can be. */
  punctuations: Readonly<Record<PunctuationType, PunctuationQueue>> | undefined
  readonly stores = new Map<string, TaskStoreFace>()

  constructor(
    readonly taskId: string,
    readonly applicationId: string,
    /** The application's. */
    readonly defaults: SerdePair,
    /** The time on the wall, in milliseconds since the epoch. */
    readonly now: () => number,
    /** Finds a global store; undefined for other names. */
    readonly globalStore: (name: string) => TypedStore<unknown, unknown> | undefined,
  ) {}

  get recordMetadata(): RecordPlace | undefined {
    return this.current?.metadata
  }

  store(name: string): TaskStoreFace | undefined {
    return this.stores.get(name)
  }

  requestCommit(): void {
    this.commitRequested = true
  }

  /** Runs something on behalf of a record. */
  during(context: RecordContext, action: () => void): void {
    const before = this.current
    this.current = context
    try {
      action()
    } finally {
      this.current = before
    }
  }
}
