import { StreamsError } from '../errors.ts'
import type { SuppressBuffer } from '../state/suppress-buffer.ts'
import type { BufferConfig } from '../suppressed.ts'
import type { Windowed } from '../windowed.ts'
import type { Change } from './change.ts'
import type { ProcessorContext, ProcessorSupplier } from './processor.ts'
import type { TableView } from './table.ts'

interface Suppression {
  readonly node: string
  readonly store: string
  /** How long a change is held back, in milliseconds of stream time. */
  readonly waitMs: number
  /** Whether that is from the end of its window on; then what is gone by then was never seen. */
  readonly isFinal: boolean
  readonly config: BufferConfig
}

const bufferOf = <K, V>(context: ProcessorContext<never, never>, store: string): SuppressBuffer<K, V> =>
  context.stateStore(store) as unknown as SuppressBuffer<K, V>

/** Holds changes of a table back, and lets the newest of each key go on when its time has come. */
export function suppressProcessor<K, V>(given: Suppression): ProcessorSupplier<K, Change<V>, K, Change<V>> {
  const { node, store, waitMs, isFinal, config } = given
  return () => {
    let context: ProcessorContext<K, Change<V>>
    let buffer: SuppressBuffer<K, V>
    let observed = -1
    const isFull = () => buffer.records > config.records || buffer.bytes > config.bytes
    return {
      init: (opened) => {
        context = opened
        buffer = bufferOf(opened, store)
      },
      process: (record) => {
        const { key, timestamp } = record
        observed = Math.max(observed, timestamp)
        buffer.put(isFinal ? (key as Windowed<unknown>).window.end : timestamp, record)
        const emit = (held: typeof record) => {
          if (held.value.now !== null || !isFinal) context.forward(held)
        }
        buffer.evictWhile(() => buffer.earliest <= observed - waitMs, emit)
        if (!isFull()) return
        if (config.whenFull === 'shut-down') throw new StreamsError(tooMuch(node, buffer, config))
        buffer.evictWhile(isFull, emit)
      },
    }
  }
}

function tooMuch(
  node: string,
  held: { readonly records: number; readonly bytes: number },
  config: BufferConfig,
): string {
  const { records, bytes } = held
  const limit = (value: number) => (value === Number.POSITIVE_INFINITY ? 2n ** 63n - 1n : value)
  return `${node} buffer exceeded its max capacity. Currently [${records}/${limit(config.records)}] records and [${bytes}/${limit(config.bytes)}] bytes.`
}

/** A table behind a buffer is as those behind it have seen it. */
export const viewOfSuppressed = <K, V>(before: TableView<K, V>, store: string): TableView<K, V> => ({
  stores: [...before.stores, store],
  open: (context) => {
    const lookup = before.open(context)
    const buffer = bufferOf<K, V>(context as ProcessorContext<never, never>, store)
    return (key) => {
      const held = buffer.prior(key)
      if (!held) return lookup(key)
      return held.value === null ? undefined : { value: held.value, timestamp: -1 }
    }
  },
})
