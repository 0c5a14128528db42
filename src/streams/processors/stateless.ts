import type { KeyValue } from '../state/key-value-store.ts'
import type { Processor, ProcessorContext, ProcessorSupplier, StreamRecord } from './processor.ts'

/** Steps of a stream that look at one record at a time. */

type Step<K, V, KOut, VOut> = (context: ProcessorContext<KOut, VOut>, record: StreamRecord<K, V>) => void

/** A processor that is one function. */
function processorOf<K, V, KOut, VOut>(step: Step<K, V, KOut, VOut>): ProcessorSupplier<K, V, KOut, VOut> {
  return () => {
    let context: ProcessorContext<KOut, VOut>
    const processor: Processor<K, V, KOut, VOut> = {
      init: (given) => {
        context = given
      },
      process: (record) => step(context, record),
    }
    return processor
  }
}

export const passThrough = <K, V>(): ProcessorSupplier<K, V, K, V> =>
  processorOf((context, record) => context.forward(record))

export const filterProcessor = <K, V>(keeps: (key: K, value: V) => boolean): ProcessorSupplier<K, V, K, V> =>
  processorOf((context, record) => {
    if (keeps(record.key, record.value)) context.forward(record)
  })

export const mapProcessor = <K, V, KOut, VOut>(
  map: (key: K, value: V) => KeyValue<KOut, VOut>,
): ProcessorSupplier<K, V, KOut, VOut> =>
  processorOf((context, record) => {
    const { key, value } = map(record.key, record.value)
    context.forward({ key, value, timestamp: record.timestamp, headers: record.headers })
  })

export const flatMapProcessor = <K, V, KOut, VOut>(
  map: (key: K, value: V) => Iterable<KeyValue<KOut, VOut>>,
): ProcessorSupplier<K, V, KOut, VOut> =>
  processorOf((context, { key: from, value: of, timestamp, headers }) => {
    for (const { key, value } of map(from, of)) context.forward({ key, value, timestamp, headers })
  })

export const mapValuesProcessor = <K, V, VOut>(map: (value: V, key: K) => VOut): ProcessorSupplier<K, V, K, VOut> =>
  processorOf((context, { key, value, timestamp, headers }) =>
    context.forward({ key, value: map(value, key), timestamp, headers }),
  )

export const flatMapValuesProcessor = <K, V, VOut>(
  map: (value: V, key: K) => Iterable<VOut>,
): ProcessorSupplier<K, V, K, VOut> =>
  processorOf((context, { key, value: of, timestamp, headers }) => {
    for (const value of map(of, key)) context.forward({ key, value, timestamp, headers })
  })

export const peekProcessor = <K, V>(look: (key: K, value: V) => void): ProcessorSupplier<K, V, K, V> =>
  processorOf((context, record) => {
    look(record.key, record.value)
    context.forward(record)
  })

export const foreachProcessor = <K, V>(action: (key: K, value: V) => void): ProcessorSupplier<K, V, never, never> =>
  processorOf((_, record) => action(record.key, record.value))

export interface Branch<K, V> {
  readonly child: string
  readonly takes: (key: K, value: V) => boolean
}

/** A record goes to the first branch that takes it, or nowhere. The branches may grow until the program runs. */
export const branchProcessor = <K, V>(branches: readonly Branch<K, V>[]): ProcessorSupplier<K, V, K, V> =>
  processorOf((context, record) => {
    const branch = branches.find(({ takes }) => takes(record.key, record.value))
    if (branch) context.forward(record, branch.child)
  })
