import { ByteStore } from '../state/byte-store.ts'
import { type CacheBudget, RecordCache } from '../state/record-cache.ts'
import type { StoreBuilder } from '../state/store-builder.ts'
import { TypedStore } from '../state/typed-store.ts'
import { WindowIndex } from '../state/window-index.ts'
import { WindowedStore } from '../state/windowed-store.ts'
import type { NodeSerdes } from '../topology/nodes.ts'
import type { Subtopology } from '../topology/subtopologies.ts'
import type { Topology } from '../topology/topology.ts'
import { sessionWindowed, storedTimeWindowed } from '../windowed.ts'
import { changelogTopic, storesOf } from './internal-topics.ts'
import type { RecordCollector } from './record-collector.ts'
import { resolveSerdes } from './running-node.ts'
import type { TaskScope } from './task-scope.ts'

export interface StoreSurroundings {
  readonly topology: Topology
  readonly defaults: NodeSerdes
  readonly budget: CacheBudget
  readonly collector: RecordCollector
}

/** A store of a task, and where its changelog is. */
export interface TaskStore {
  readonly bytes: ByteStore
  /** Undefined without a changelog. */
  readonly changelog: string | undefined
}

/** Makes a task's stores, in the order in which records go through them. */
export function openStores(
  subtopology: Subtopology,
  partition: number,
  scope: TaskScope,
  { topology, defaults, budget, collector }: StoreSurroundings,
): TaskStore[] {
  return storesOf(subtopology).map((name) => {
    const builder = topology.storeBuilder(name)
    const changelog = builder.logging ? changelogTopic(scope.applicationId, name) : undefined
    const log =
      changelog === undefined
        ? undefined
        : (key: Buffer, value: Buffer | null, timestamp: number) =>
            collector.send({ topic: changelog, partition, key, value, timestamp })
    const cache = builder.caching && budget.limit > 0 ? new RecordCache(budget) : undefined
    const bytes = new ByteStore(name, log, cache, builder.windows && new WindowIndex(builder.windows))
    scope.stores.set(name, typedStore(builder, bytes, defaults, scope))
    return { bytes, changelog }
  })
}

function typedStore(builder: StoreBuilder, bytes: ByteStore, defaults: NodeSerdes, scope: TaskScope) {
  const { key, value } = resolveSerdes(`The store ${builder.name}`, builder, defaults)
  const current = () => scope.current
  const { windows } = builder
  if (!windows) return new TypedStore(bytes, key, value, current)
  const windowed = windows.kind === 'session' ? sessionWindowed(key) : storedTimeWindowed(key, windows.sizeMs)
  return new WindowedStore(bytes, windowed, value, current) as unknown as TypedStore<unknown, unknown>
}

/** Empties the caches until none has anything: what leaves one may come into another. What goes on does so for the record that made it. */
export function flushStores(stores: readonly TaskStore[]): void {
  while (stores.some(({ bytes }) => bytes.isDirty)) for (const { bytes } of stores) bytes.flush()
}
