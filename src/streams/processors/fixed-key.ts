import type { RecordHeader } from '../../client/index.ts'
import type { ProcessorContext, ProcessorSupplier } from './processor.ts'

/** A record that may have another value, time and headers, and keeps its key. Processors get them, and make others of those that they got. */
export class FixedKeyRecord<K, V> {
  /** Objects that only look like one are not taken. */
  declare private readonly isFixed: true

  /** Made for what a processor is given. */
  constructor(
    readonly key: K,
    readonly value: V,
    /** Milliseconds since the epoch. */
    readonly timestamp: number,
    readonly headers: readonly RecordHeader[],
  ) {}

  withValue<VOut>(value: VOut): FixedKeyRecord<K, VOut> {
    return new FixedKeyRecord(this.key, value, this.timestamp, this.headers)
  }

  withTimestamp(timestamp: number): FixedKeyRecord<K, V> {
    return new FixedKeyRecord(this.key, this.value, timestamp, this.headers)
  }

  withHeaders(headers: readonly RecordHeader[]): FixedKeyRecord<K, V> {
    return new FixedKeyRecord(this.key, this.value, this.timestamp, headers)
  }
}

/** The surroundings of a processor that keeps keys. */
export interface FixedKeyProcessorContext<K, V> extends Omit<ProcessorContext<K, V>, 'forward'> {
  /** Hands a record to the nodes behind this one, or to the one of that name. Returns when they are done with it. */
  forward(record: FixedKeyRecord<K, V>, child?: string): void
}

/** One step of a program that keeps keys, made anew for each task. */
export interface FixedKeyProcessor<K, V, VOut> {
  init?(context: FixedKeyProcessorContext<K, VOut>): void
  process(record: FixedKeyRecord<K, V>): void
  close?(): void
}

export type FixedKeyProcessorSupplier<K, V, VOut> = () => FixedKeyProcessor<K, V, VOut>

/** One that keeps keys as one of all. */
export const withFixedKeys =
  <K, V, VOut>(supplier: FixedKeyProcessorSupplier<K, V, VOut>): ProcessorSupplier<K, V, K, VOut> =>
  () => {
    const processor = supplier()
    return {
      init: (context) => processor.init?.(context),
      process: ({ key, value, timestamp, headers }) =>
        processor.process(new FixedKeyRecord(key, value, timestamp, headers)),
      close: () => processor.close?.(),
    }
  }
