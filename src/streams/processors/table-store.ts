import type { TypedStore, ValueAndTimestamp } from '../state/typed-store.ts'
import type { Change, OldValues } from './change.ts'
import type { ProcessorContext, StreamRecord } from './processor.ts'

/** A table's store in one task, together with sending its changes on: with a cache when they leave it, else at once. */
export class TableStore<K, V> {
  private constructor(
    private readonly context: ProcessorContext<K, Change<V>>,
    private readonly store: TypedStore<K, V>,
    private readonly oldValues: OldValues,
    private readonly timeOf: ((key: K) => number) | undefined,
    private readonly isSilent: boolean,
  ) {
    if (store.isCached && !isSilent)
      store.onFlush((key, now, before, { timestamp, context: { headers } }) =>
        this.forward({ key, value: { now, before }, timestamp, headers }),
      )
  }

  /** `timeOf` gives changes a timestamp by their key; without it they have that of the change. A silent one sends nothing on. */
  static open<K, V>(
    context: ProcessorContext<K, Change<V>>,
    name: string,
    oldValues: OldValues,
    timeOf?: (key: K) => number,
    isSilent = false,
  ): TableStore<K, V> {
    return new TableStore(context, context.stateStore<K, V>(name) as TypedStore<K, V>, oldValues, timeOf, isSilent)
  }

  get(key: K): ValueAndTimestamp<V> | undefined {
    return this.store.getWithTimestamp(key)
  }

  update(record: StreamRecord<K, Change<V>>): void {
    this.store.putWithTimestamp(record.key, record.value.now, record.timestamp)
    if (!this.store.isCached && !this.isSilent) this.forward(record)
  }

  private forward({ key, value: { now, before }, timestamp, headers }: StreamRecord<K, Change<V>>): void {
    const value = { now, before: this.oldValues.requested ? before : null }
    this.context.forward({ key, value, timestamp: this.timeOf?.(key) ?? timestamp, headers })
  }
}
