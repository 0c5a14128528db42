import type { TableView } from '../processors/table.ts'

/** The newest value of each key of a topic, all of it at each instance. Streams look into it by joins. */
export class GlobalKTable<K, V> {
  constructor(
    /** The name by which `KafkaStreams.store` finds it. */
    readonly store: string,
    /** How a join looks into it. */
    readonly view: TableView<K, V>,
  ) {}
}
