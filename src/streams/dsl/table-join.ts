import { JoinedOldValues } from '../processors/change.ts'
import { viewOfStore } from '../processors/table.ts'
import { type TableJoinKind, tableJoinProcessor, tableMergeProcessor, viewOfJoin } from '../processors/table-join.ts'
import { keyValueStore } from '../state/store-builder.ts'
import type { MaterializedOptions } from './options.ts'
import type { TableParts } from './program-builder.ts'

interface TableJoin<K, V, VOther, VOut> {
  readonly left: TableParts<K, V>
  readonly right: TableParts<K, VOther>
  readonly joiner: (value: V | null, other: VOther | null, key: K) => VOut
  readonly kind: TableJoinKind
  readonly options: MaterializedOptions<K, VOut>
}

/** The nodes of a join of two tables by their keys: one for the changes of each, and one behind both. */
export function addTableJoin<K, V, VOther, VOut>({
  left,
  right,
  joiner,
  kind,
  options,
}: TableJoin<K, V, VOther, VOut>): TableParts<K, VOut> {
  const { builder } = left
  const { topology } = builder
  const { name, store, value } = options
  const node = builder.nameOr(name, 'KTABLE-MERGE-')
  const [leftView, rightView] = [left.view(), right.view()]
  // An outer partner tells of what it had, so that one can see whether there was anything.
  if (kind !== 'inner') left.oldValues.request(true)
  if (kind === 'outer') right.oldValues.request(true)
  const thisNode = builder.nameOr(name && `${name}-join-this`, 'KTABLE-JOINTHIS-')
  const otherNode = builder.nameOr(name && `${name}-join-other`, 'KTABLE-JOINOTHER-')
  const oldValues = new JoinedOldValues(left.oldValues, right.oldValues)
  const needs = { left: kind !== 'outer', right: kind === 'inner' }
  const flipped = (other: VOther | null, own: V | null, key: K) => joiner(own, other, key)
  const leftSide = { partner: rightView, pair: joiner, needs: { own: needs.left, other: needs.right }, oldValues }
  const rightSide = { partner: leftView, pair: flipped, needs: { own: needs.right, other: needs.left }, oldValues }
  topology.addProcessor(thisNode, tableJoinProcessor(leftSide), [left.node])
  topology.addProcessor(otherNode, tableJoinProcessor(rightSide), [right.node])
  topology.addProcessor(node, tableMergeProcessor<K, VOut>(store, oldValues), [thisNode, otherNode])
  topology.connectProcessorAndStateStores(thisNode, rightView.stores)
  topology.connectProcessorAndStateStores(otherNode, leftView.stores)
  const key = options.key ?? left.serdes.key
  if (store !== undefined)
    topology.addStateStore(keyValueStore(store, { ...options, key, caching: options.caching ?? true }), [node])
  const sources = new Set([...left.sources, ...right.sources])
  topology.copartition([...sources])
  const view = () => (store === undefined ? viewOfJoin(leftView, rightView, joiner, kind) : viewOfStore<K, VOut>(store))
  const closeMs = left.closeMs === undefined ? right.closeMs : Math.max(left.closeMs, right.closeMs ?? 0)
  return { builder, node, serdes: { key, value }, sources, view, oldValues, closeMs }
}
