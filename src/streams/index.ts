export type {
  BranchedKStream,
  CogroupedKStream,
  KGroupedStream,
  KGroupedTable,
  KStream,
  KTable,
  SessionWindowedCogroupedKStream,
  SessionWindowedKStream,
  TimeWindowedCogroupedKStream,
  TimeWindowedKStream,
} from './dsl/api.ts'
export type { GlobalKTable } from './dsl/global-table.ts'
export type * from './dsl/options.ts'
export { StreamsBuilder } from './dsl/streams-builder.ts'
export { EmitStrategy } from './emit-strategy.ts'
export { StreamsError, TopologyError } from './errors.ts'
export { KafkaStreams, type StreamsHooks } from './kafka-streams.ts'
export type {
  FixedKeyProcessor,
  FixedKeyProcessorContext,
  FixedKeyProcessorSupplier,
  FixedKeyRecord,
} from './processors/fixed-key.ts'
export type * from './processors/processor.ts'
export type { Serde } from './serde.ts'
export { serdes } from './serdes.ts'
export type { KeyValue, KeyValueStore, ReadableStore } from './state/key-value-store.ts'
export { keyValueStore, type StoreBuilder, type StoreOptions } from './state/store-builder.ts'
export type { StreamsState } from './state-machine.ts'
export { BufferConfig, Suppressed } from './suppressed.ts'
export { type NodeOptions, Topology } from './topology/topology.ts'
export type { Window, Windowed, WindowedSerde } from './windowed.ts'
export {
  type FixedWindows,
  JoinWindows,
  SessionWindows,
  SlidingWindows,
  TimeWindows,
  UnlimitedWindows,
} from './windows.ts'
