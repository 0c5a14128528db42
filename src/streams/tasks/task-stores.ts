import type { Serde, SerdePair } from '../serde.ts'
import { serdes } from '../serdes.ts'
import { ByteStore, type TaskBytes } from '../state/byte-store.ts'
import { EmitProgress } from '../state/emit-progress.ts'
import { PrefixIndex } from '../state/prefix-index.ts'
import { type CacheBudget, RecordCache } from '../state/record-cache.ts'
import type { StoreBuilder } from '../state/store-builder.ts'
import { foreignPart, type Subscription } from '../state/subscription.ts'
import { SubscriptionStore } from '../state/subscription-store.ts'
import { SuppressBuffer } from '../state/suppress-buffer.ts'
import { TypedStore } from '../state/typed-store.ts'
import { WindowIndex } from '../state/window-index.ts'
import { WindowedStore } from '../state/windowed-store.ts'
import type { Subtopology } from '../topology/subtopologies.ts'
import type { Topology } from '../topology/topology.ts'
import { sessionWindowed, storedTimeWindowed } from '../windowed.ts'
import { changelogTopic, storesOf } from './internal-topics.ts'
import type { RecordCollector } from './record-collector.ts'
import { resolveSerdes } from './running-node.ts'
import type { TaskSettings } from './settings.ts'
import type { TaskScope } from './task-scope.ts'

export interface StoreSurroundings {
  readonly topology: Topology
  readonly defaults: SerdePair
  readonly settings: TaskSettings
  readonly budget: CacheBudget
  readonly collector: RecordCollector
}

/** A store of a task, and where its changelog is. */
export interface TaskStore {
  readonly bytes: TaskBytes
  /** Undefined without a changelog. */
  readonly changelog: string | undefined
}

/** Says in which form changes that are held back are written. */
const bufferHeaders = [{ key: 'v', value: Buffer.of(3) }]

/** Makes a task's stores, in the order in which records go through them. */
export function openStores(
  subtopology: Subtopology,
  partition: number,
  scope: TaskScope,
  { topology, defaults, budget, collector, settings }: StoreSurroundings,
): TaskStore[] {
  return storesOf(subtopology).map((name) => {
    const builder = topology.storeBuilder(name)
    const changelog = builder.logging ? changelogTopic(scope.applicationId, name) : undefined
    const { key: keys, value: values } = resolveSerdes(`The store ${name}`, builder, defaults)
    if (builder.isBuffer) {
      const log = (key: Buffer, value: Buffer | null) =>
        collector.send({ topic: changelog ?? '', partition, key, value, headers: bufferHeaders })
      const bytes = new SuppressBuffer(keys, values, scope, changelog === undefined ? undefined : log)
      scope.stores.set(name, bytes)
      return { bytes, changelog }
    }
    const log = (key: Buffer, value: Buffer | null, timestamp: number) =>
      collector.send({ topic: changelog ?? '', partition, key, value, timestamp })
    const cache = builder.caching && budget.limit > 0 ? new RecordCache(budget) : undefined
    const index = builder.windows && new WindowIndex(builder.windows)
    const prefixes = builder.isSubscriptions ? new PrefixIndex(foreignPart) : undefined
    const bytes = new ByteStore(name, changelog === undefined ? undefined : log, cache, index, prefixes)
    scope.stores.set(name, typedStore(builder, bytes, keys, values, scope, settings.emitIntervalMs))
    return { bytes, changelog }
  })
}

function typedStore(
  { windows, isSubscriptions }: StoreBuilder,
  bytes: ByteStore,
  key: Serde<unknown>,
  value: Serde<unknown>,
  scope: TaskScope,
  emitIntervalMs: number,
): TypedStore<unknown, unknown> | WindowedStore<unknown, unknown> | SubscriptionStore<unknown> {
  const current = () => scope.current
  if (isSubscriptions) return new SubscriptionStore(bytes, serdes.bytes, value as Serde<Subscription<unknown>>, current)
  if (!windows) return new TypedStore(bytes, key, value, current)
  const windowed = windows.kind === 'session' ? sessionWindowed(key) : storedTimeWindowed(key, windows.sizeMs)
  const progress = windows.emitsOnClose ? new EmitProgress(emitIntervalMs) : undefined
  return new WindowedStore(bytes, windowed, value, current, progress)
}

/**
 * Empties the caches until none has anything: what leaves one may come into another. What goes on does so for the record that made it. What is held
 * back is written when nothing more can come.
 */
export function flushStores(stores: readonly TaskStore[]): void {
  const caches = stores.flatMap(({ bytes }) => (bytes instanceof ByteStore ? [bytes] : []))
  while (caches.some(({ isDirty }) => isDirty)) for (const cache of caches) cache.flush()
  for (const { bytes } of stores) if (!(bytes instanceof ByteStore)) bytes.flush()
}
