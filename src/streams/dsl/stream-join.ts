import type { AnySupplier } from '../processors/processor.ts'
import { passThrough } from '../processors/stateless.ts'
import { joinWindowProcessor, streamJoinProcessor } from '../processors/stream-join.ts'
import { unpairedKeys, unpairedValues } from '../processors/unpaired.ts'
import type { Serde } from '../serde.ts'
import { keyValueStore, type StoreBuilder, type StoreOptions, windowStore } from '../state/store-builder.ts'
import type { JoinWindows } from '../windows.ts'
import type { StreamJoinOptions } from './options.ts'
import type { StreamParts } from './program-builder.ts'

/** Which sides' records go on alone where they have no partner. */
export type StreamJoinKind = 'inner' | 'left' | 'outer'

interface StreamJoin<K, V, VOther, VOut> {
  /** Both behind what brings equal keys together. */
  readonly left: StreamParts<K, V>
  readonly right: StreamParts<K, VOther>
  readonly joiner: (value: V | null, other: VOther | null, key: K) => VOut
  readonly windows: JoinWindows
  readonly kind: StreamJoinKind
  readonly options: StreamJoinOptions<K, V, VOther>
}

/** The nodes and stores of a join of two streams. */
export function addStreamJoin<K, V, VOther, VOut>(join: StreamJoin<K, V, VOther, VOut>): StreamParts<K, VOut> {
  const { left, right, windows, kind, joiner, options } = join
  const { builder } = left
  const { topology } = builder
  const { name, key } = options
  const isOuter = { left: kind !== 'inner', right: kind === 'outer' }
  const named = (suffix: string) => name && name + suffix
  const thisWindowed = builder.nameOr(named('-this-windowed'), 'KSTREAM-WINDOWED-')
  const otherWindowed = builder.nameOr(named('-other-windowed'), 'KSTREAM-WINDOWED-')
  const thisGenerated = builder.generate(isOuter.right ? 'KSTREAM-OUTERTHIS-' : 'KSTREAM-JOINTHIS-')
  const otherGenerated = builder.generate(isOuter.left ? 'KSTREAM-OUTEROTHER-' : 'KSTREAM-JOINOTHER-')
  const [thisSuffix, otherSuffix] = [
    isOuter.right ? '-outer-this-join' : '-this-join',
    isOuter.left ? '-outer-other-join' : '-other-join',
  ]
  const thisJoin = named(thisSuffix) ?? thisGenerated
  const otherJoin = named(otherSuffix) ?? otherGenerated
  const node = builder.nameOr(named('-merge'), 'KSTREAM-MERGE-')
  const { store: base, logging = true } = options
  const kept = <T>(generated: string, suffix: string, value: Serde<T> | undefined) =>
    keptRecords(`${base === undefined ? generated : base + suffix}-store`, { key, value, logging }, windows)
  const thisStore = kept(thisGenerated, thisSuffix, options.value)
  const otherStore = kept(otherGenerated, otherSuffix, options.otherValue)
  const unpaired = isOuter.left ? unpairedRecords(thisGenerated, kind, options) : undefined
  topology.addProcessor(thisWindowed, joinWindowProcessor(thisStore.name), [left.node])
  topology.addProcessor(otherWindowed, joinWindowProcessor(otherStore.name), [right.node])
  const both = { windows, joiner, unpaired: unpaired?.name }
  const thisSide = streamJoinProcessor({ ...both, isLeft: true, isOuter: isOuter.left, partners: otherStore.name })
  const otherSide = streamJoinProcessor({ ...both, isLeft: false, isOuter: isOuter.right, partners: thisStore.name })
  topology.addProcessor(thisJoin, thisSide as AnySupplier, [thisWindowed])
  topology.addProcessor(otherJoin, otherSide as AnySupplier, [otherWindowed])
  topology.addProcessor(node, passThrough<K, VOut>(), [thisJoin, otherJoin])
  topology.addStateStore(thisStore, [thisWindowed, otherJoin])
  topology.addStateStore(otherStore, [otherWindowed, thisJoin])
  if (unpaired) topology.addStateStore(unpaired, [thisJoin, otherJoin])
  const sources = new Set([...left.sources, ...right.sources])
  topology.copartition([...sources])
  return { builder, node, serdes: { key }, sources, keyChanged: false }
}

/** The store of one side's records, as long as the other's may come. */
function keptRecords<K, V>(name: string, options: StoreOptions<K, V>, windows: JoinWindows): StoreBuilder {
  const sizeMs = windows.beforeMs + windows.afterMs
  return windowStore(name, options, { kind: 'time', sizeMs, retentionMs: sizeMs + windows.graceMs, keepsEqual: true })
}

/** The store of records that may go on alone. Its name has the number of the left side's node. */
function unpairedRecords<K, V, VOther>(
  thisGenerated: string,
  kind: StreamJoinKind,
  { key, value, otherValue, store, logging = true }: StreamJoinOptions<K, V, VOther>,
): StoreBuilder {
  const suffix = kind === 'outer' ? '-outer-shared-join' : '-left-shared-join'
  const name = store === undefined ? `KSTREAM-OUTERSHARED-${thisGenerated.slice(-10)}` : store + suffix
  const values = unpairedValues(value as Serde<unknown> | undefined, otherValue as Serde<unknown> | undefined)
  return keyValueStore(`${name}-store`, { key: unpairedKeys(key), value: values, logging })
}
