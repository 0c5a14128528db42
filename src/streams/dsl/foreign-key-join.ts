import {
  answerSubscriptions,
  receiveSubscriptions,
  resolveAnswers,
  subscribeProcessor,
  tellSubscribers,
} from '../processors/foreign-key-join.ts'
import type { Serde } from '../serde.ts'
import { subscriptionStore } from '../state/store-builder.ts'
import { answerSerde, type Subscription, type SubscriptionAnswer, subscriptionSerde } from '../state/subscription.ts'
import type { ForeignKeyJoinOptions } from './options.ts'
import type { TableParts } from './program-builder.ts'

const PREFIX = 'KTABLE-FK-JOIN-'

interface ForeignKeyJoin<K, V, KOther, VOther, VOut> {
  readonly left: TableParts<K, V>
  readonly right: TableParts<KOther, VOther>
  readonly foreignKey: (value: V, key: K) => KOther | null | undefined
  readonly joiner: (value: V, other: VOther | null) => VOut
  readonly isLeft: boolean
  readonly options: ForeignKeyJoinOptions<K, KOther, VOut>
}

/** The name of a step, with what stands behind the join's own, or in front of its number. */
type Namer = (suffix: string, prefix: string) => string

/**
 * The nodes of a join of two tables by a foreign key. Subscriptions go through a topic to the tasks of the right table, and what it has of
 * them comes back through another. Gives where the results come from, and the parts of the table that they are.
 */
export function addForeignKeyJoin<K, V, KOther, VOther, VOut>(join: ForeignKeyJoin<K, V, KOther, VOther, VOut>) {
  const { left, right, options, isLeft, joiner } = join
  const { builder, serdes: own } = left
  const { topology } = builder
  right.oldValues.request(true)
  left.oldValues.request(true)
  const named: Namer = (suffix, prefix) => builder.nameOr(options.name && options.name + suffix, prefix)
  const asked = addSubscriptions(join, named)
  const store = named('-subscription-store', `${PREFIX}SUBSCRIPTION-STATE-STORE-`)
  const receive = named('-subscription-receive', `${PREFIX}SUBSCRIPTION-PROCESSOR-`)
  const answer = named('-subscription-join-foreign', `${PREFIX}SUBSCRIPTION-PROCESSOR-`)
  const tell = named('-foreign-join-subscription', `${PREFIX}SUBSCRIPTION-PROCESSOR-`)
  const rightView = right.view()
  const serdes = { keys: own.key, foreignKeys: right.serdes.key }
  topology
    .addProcessor(receive, receiveSubscriptions<K, KOther>(store, serdes), [asked])
    .addProcessor(answer, answerSubscriptions<K, KOther, VOther>(rightView), [receive])
    .addProcessor(tell, tellSubscribers<K, KOther, VOther>(store, right.serdes.key), [right.node])
    .addStateStore(subscriptionStore(store, subscriptionSerde(own.key) as Serde<unknown>), [receive, tell])
    .connectProcessorAndStateStores(answer, rightView.stores)
  const answered = addAnswers(join, named, [answer, tell])
  const resolve = named('-subscription-response-resolver', `${PREFIX}SUBSCRIPTION-RESPONSE-RESOLVER-PROCESSOR-`)
  const view = left.view()
  topology
    .addProcessor(resolve, resolveAnswers<K, V, VOther, VOut>({ view, values: own.value, joiner, isLeft }), [answered])
    .connectProcessorAndStateStores(resolve, view.stores)
  topology.copartition([...right.sources, asked])
  topology.copartition([...left.sources, answered])
  const node = named('-result', `${PREFIX}OUTPUT-`)
  const resultStore = builder.storeOr(options.store, `${PREFIX}OUTPUT-`)
  const given = { key: options.key ?? own.key, value: options.value }
  const sources = new Set([...left.sources, answered])
  return { parts: { builder, node, serdes: given, sources }, parent: resolve, store: resultStore }
}

/** From the left table to the topic of the subscriptions; gives the source that reads them. */
function addSubscriptions<K, V, KOther, VOther, VOut>(
  { left, right, foreignKey, isLeft, options }: ForeignKeyJoin<K, V, KOther, VOther, VOut>,
  named: Namer,
): string {
  const { topology } = left.builder
  const topic = `${named('-subscription-registration', `${PREFIX}SUBSCRIPTION-REGISTRATION-`)}-topic`
  const subscribe = named('-subscription-registration-processor', `${PREFIX}SUBSCRIPTION-REGISTRATION-`)
  const sink = named('-subscription-registration-sink', 'KTABLE-SINK-')
  const source = named('-subscription-registration-source', 'KTABLE-SOURCE-')
  const { otherPartitioner } = options
  const partitioner =
    otherPartitioner &&
    ((key: KOther | null, _: Subscription<K>, partitions: number) =>
      key === null ? undefined : otherPartitioner(key, partitions))
  const serdes = { key: right.serdes.key, value: subscriptionSerde(left.serdes.key) }
  const foreignKeys = right.serdes.key
  const values = left.serdes.value
  topology
    .addProcessor(subscribe, subscribeProcessor({ foreignKey, foreignKeys, values, isLeft }), [left.node])
    .addSink(sink, topic, [subscribe], { ...serdes, partitioner } as never)
    .addSource(source, [topic], serdes as never)
    .addRepartitionTopic({ name: topic, partitions: undefined })
  return source
}

/** From those who answer to the topic of the answers; gives the source that reads them. */
function addAnswers<K, V, KOther, VOther, VOut>(
  { left, right, options: { partitioner: given } }: ForeignKeyJoin<K, V, KOther, VOther, VOut>,
  named: Namer,
  from: readonly string[],
): string {
  const { topology } = left.builder
  const topic = `${named('-subscription-response', `${PREFIX}SUBSCRIPTION-RESPONSE-`)}-topic`
  const sink = named('-subscription-response-sink', 'KTABLE-SINK-')
  const source = named('-subscription-response-source', 'KTABLE-SOURCE-')
  const partitioner = (key: K, { partition }: SubscriptionAnswer<VOther>, partitions: number) =>
    given ? given(key, partitions) : partition
  const serdes = { key: left.serdes.key, value: answerSerde(right.serdes.value) }
  topology
    .addSink(sink, topic, from, { ...serdes, partitioner })
    .addSource(source, [topic], serdes)
    .addRepartitionTopic({ name: topic, partitions: undefined })
  return source
}
