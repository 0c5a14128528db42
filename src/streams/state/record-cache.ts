import type { RecordContext } from './record-context.ts'

/** An entry of a store that was changed and is not in it yet. */
export interface DirtyEntry {
  readonly key: Buffer
  /** Null for an entry that was taken out. */
  readonly value: Buffer | null
  readonly timestamp: number
  readonly context: RecordContext
}

/** What links and fields of an entry take besides its bytes, about as Java counts them. */
const OVERHEAD = 64

const sizeOf = ({ key, value, context }: DirtyEntry): number =>
  OVERHEAD + key.length + (value?.length ?? 0) + (context.metadata?.topic.length ?? 0)

/** The bytes that all caches of an application may hold together: `statestore.cache.max.bytes`. */
export class CacheBudget {
  used = 0

  constructor(readonly limit: number) {}

  get exceeded(): boolean {
    return this.used > this.limit
  }
}

/**
 * The newest changes of one store: of several changes of a key, only the last is written to the changelog and sent on. Entries leave in the
 * order in which they were changed last.
 */
export class RecordCache {
  private readonly entries = new Map<string, DirtyEntry>()

  constructor(private readonly budget: CacheBudget) {}

  get isEmpty(): boolean {
    return this.entries.size === 0
  }

  get(id: string): DirtyEntry | undefined {
    return this.entries.get(id)
  }

  /** True when there is more than the budget allows: then something has to leave. */
  put(id: string, entry: DirtyEntry): boolean {
    this.remove(id)
    this.entries.set(id, entry)
    this.budget.used += sizeOf(entry)
    return this.budget.exceeded
  }

  /** Takes out the entry that has not been changed for the longest time. */
  take(): DirtyEntry | undefined {
    const first = this.entries.entries().next()
    if (first.done) return undefined
    const [id, entry] = first.value
    this.remove(id)
    return entry
  }

  values(): Iterable<DirtyEntry> {
    return this.entries.values()
  }

  /** Forgets everything. */
  clear(): void {
    for (const id of [...this.entries.keys()]) this.remove(id)
  }

  private remove(id: string): void {
    const entry = this.entries.get(id)
    if (!entry) return
    this.entries.delete(id)
    this.budget.used -= sizeOf(entry)
  }
}
