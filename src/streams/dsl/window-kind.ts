import { TopologyError } from '../errors.ts'
import type { Change, OldValues } from '../processors/change.ts'
import type { ProcessorSupplier } from '../processors/processor.ts'
import { type Merge, sessionAggregateProcessor } from '../processors/session-aggregate.ts'
import { slidingAggregateProcessor } from '../processors/sliding-aggregate.ts'
import { type Aggregation, windowAggregateProcessor } from '../processors/window-aggregate.ts'
import type { Serde } from '../serde.ts'
import { type StoreBuilder, type StoredWindows, windowStore } from '../state/store-builder.ts'
import { sessionWindowed, timeWindowed, type Windowed, type WindowedSerde } from '../windowed.ts'
import { type FixedWindows, type SessionWindows, SlidingWindows } from '../windows.ts'
import type { WindowedOptions } from './options.ts'

/** What tables of one kind of windows have in common. */
export interface WindowKind {
  /** Retention is what it is at least: as long as a window can change. */
  readonly stored: StoredWindows
  /** How long after its end a window can change. */
  readonly closeMs: number
  keys<K>(key: Serde<K> | undefined): WindowedSerde<K>
}

/** Says how records are gathered in a store of that name. */
export type Gatherer<K, V, A> = (
  store: string,
  oldValues: OldValues,
) => ProcessorSupplier<K | null, V, Windowed<K>, Change<A>>

/** Windows by time: fixed ones, or sliding. */
export function timeKind(windows: FixedWindows | SlidingWindows): WindowKind {
  const isSliding = windows instanceof SlidingWindows
  const sizeMs = isSliding ? windows.timeDifferenceMs : windows.sizeMs
  // A record looks for windows of records that lie two differences before it.
  const retentionMs = (isSliding ? 2 * sizeMs : sizeMs) + windows.graceMs
  return {
    stored: { kind: 'time', sizeMs, retentionMs },
    closeMs: windows.graceMs,
    keys: (key) => timeWindowed(key, sizeMs),
  }
}

/** Windows that come of the records' own distances. */
export function sessionKind(windows: SessionWindows): WindowKind {
  const retentionMs = windows.gapMs + windows.graceMs
  const stored = { kind: 'session', sizeMs: 0, retentionMs } as const
  return { stored, closeMs: retentionMs, keys: (key) => sessionWindowed(key) }
}

export const timeGatherer =
  <K, V, A>(
    windows: FixedWindows | SlidingWindows,
    aggregation: Aggregation<K, V, A>,
    isFinal = false,
  ): Gatherer<K, V, A> =>
  (store, oldValues) =>
    windows instanceof SlidingWindows
      ? slidingAggregateProcessor(store, windows, aggregation, oldValues, isFinal)
      : windowAggregateProcessor(store, windows, aggregation, oldValues, isFinal)

export const sessionGatherer =
  <K, V, A>(
    windows: SessionWindows,
    aggregation: Aggregation<K, V, A>,
    merge: Merge<K, A>,
    isFinal = false,
  ): Gatherer<K, V, A> =>
  (store, oldValues) =>
    sessionAggregateProcessor({ store, windows, aggregation, merge, oldValues, isFinal })

/** The same windows where each goes on once. */
export const finalKind = (kind: WindowKind): WindowKind => ({ ...kind, stored: { ...kind.stored, emitsOnClose: true } })

/** The store of a table of such windows. Throws `TopologyError` where it would forget them too early. */
export function storeOfWindows<K, A>(
  name: string,
  { stored }: WindowKind,
  options: WindowedOptions<K, A>,
): StoreBuilder {
  const { key, value, retentionMs = stored.retentionMs, caching = true, logging = true } = options
  if (!(retentionMs >= stored.retentionMs))
    throw new TopologyError(
      `The retention of the store ${name} must be ${stored.retentionMs} ms or more, for so long its windows can change; it is ${retentionMs}.`,
    )
  return windowStore(name, { key, value, caching, logging }, { ...stored, retentionMs })
}
