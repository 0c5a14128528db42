import type { RecordHeader } from '../../client/index.ts'
import type { TypedStore } from '../state/typed-store.ts'
import type { ProcessorContext } from './processor.ts'

/** A table's store in one task, together with sending its changes on: with a cache when they leave it, else at once. */
export class TableStore<K, V> {
  constructor(
    private readonly context: ProcessorContext<K, V | null>,
    private readonly store: TypedStore<K, V>,
  ) {
    if (store.isCached)
      store.onFlush((key, value, { timestamp, context: { headers } }) =>
        context.forward({ key, value, timestamp, headers }),
      )
  }

  static open<K, V>(context: ProcessorContext<K, V | null>, name: string): TableStore<K, V> {
    return new TableStore(context, context.stateStore<K, V>(name) as TypedStore<K, V>)
  }

  get(key: K) {
    return this.store.getWithTimestamp(key)
  }

  update(key: K, value: V | null, timestamp: number, headers: readonly RecordHeader[]): void {
    this.store.putWithTimestamp(key, value, timestamp)
    if (!this.store.isCached) this.context.forward({ key, value, timestamp, headers })
  }
}
