import { murmur3 } from '../../std/murmur3.ts'
import { resolveSerde, type Serde } from '../serde.ts'
import { asBuffer } from '../serdes.ts'
import { Ask, foreignPart, type Subscription, type SubscriptionAnswer, subscriptionKey } from '../state/subscription.ts'
import type { SubscriptionStore } from '../state/subscription-store.ts'
import type { ValueAndTimestamp } from '../state/typed-store.ts'
import type { Change } from './change.ts'
import type { ProcessorContext, ProcessorSupplier } from './processor.ts'
import type { Lookup, TableView } from './table.ts'

/** Steps of a join by foreign keys (KIP-213). Entries subscribe to theirs by a topic, and hear of its values by another one. */

const NAME = 'A join by foreign keys'

interface Subscribing<K, V, KOther> {
  readonly foreignKey: (value: V, key: K) => KOther | null | undefined
  readonly foreignKeys: Serde<KOther> | undefined
  readonly values: Serde<V> | undefined
  readonly isLeft: boolean
}

/** Changes of a table as subscriptions to foreign keys: to the new one, and an end of that to the old one. */
export function subscribeProcessor<K, V, KOther>({
  foreignKey,
  foreignKeys,
  values,
  isLeft,
}: Subscribing<K, V, KOther>): ProcessorSupplier<K, Change<V>, KOther | null, Subscription<K>> {
  return () => {
    let context: ProcessorContext<KOther | null, Subscription<K>>
    let keys: Serde<KOther>
    let valueSerde: Serde<V>
    const foreign = (key: K, value: V | null): KOther | null =>
      value === null ? null : (foreignKey(value, key) ?? null)
    const areEqual = (one: KOther, other: KOther | null) =>
      other !== null && asBuffer(keys.serialize(one)).equals(keys.serialize(other))
    return {
      init: (given) => {
        context = given
        const defaults = { key: given.keySerde, value: given.valueSerde }
        keys = resolveSerde(NAME, 'key', foreignKeys, defaults)
        valueSerde = resolveSerde(NAME, 'value', values, defaults)
      },
      process: ({ key, value: { now, before }, timestamp, headers }) => {
        const [old, fresh] = [foreign(key, before), foreign(key, now)]
        const asks = isLeft ? leftAsks(old, fresh, now ?? before) : innerAsks(old, fresh)
        const hash = now === null || asks.length === 0 ? null : murmur3(valueSerde.serialize(now))
        const partition = context.recordMetadata?.partition
        for (const [to, ask] of asks)
          context.forward({ key: to, value: { ask, hash, key, partition }, timestamp, headers })
      },
    }

    /** What was without a foreign key has nothing to be taken back. */
    function innerAsks(old: KOther | null, fresh: KOther | null): [KOther, number][] {
      if (old === null) return fresh === null ? [] : [[fresh, Ask.answerIfFound]]
      if (fresh === null) return [[old, Ask.forgetAndAnswer]]
      if (areEqual(old, fresh)) return [[fresh, Ask.answerIfFound]]
      return [
        [old, Ask.forget],
        [fresh, Ask.answer],
      ]
    }

    /** There is always an answer, for there is always a result: without a foreign key one that says that there is nothing. */
    function leftAsks(old: KOther | null, fresh: KOther | null, value: V | null): [KOther | null, number][] {
      if (value === null) return []
      const asks: [KOther | null, number][] = old === null || areEqual(old, fresh) ? [] : [[old, Ask.forget]]
      return [...asks, [fresh, Ask.answer]]
    }
  }
}

interface Serdes<K, KOther> {
  readonly keys: Serde<K> | undefined
  readonly foreignKeys: Serde<KOther> | undefined
}

/** The bytes by which subscriptions are kept. */
function subscriptionKeys<K, KOther>(
  context: ProcessorContext<never, never>,
  { keys, foreignKeys }: Serdes<K, KOther>,
) {
  const defaults = { key: context.keySerde, value: undefined }
  const own = resolveSerde(NAME, 'key', keys, defaults)
  const foreign = resolveSerde(NAME, 'key', foreignKeys, defaults)
  return (to: KOther, key: K): Buffer => subscriptionKey(foreign.serialize(to), own.serialize(key))
}

/** Keeps a subscription, or forgets it, and lets it on. */
export function receiveSubscriptions<K, KOther>(
  store: string,
  serdes: Serdes<K, KOther>,
): ProcessorSupplier<KOther | null, Subscription<K>, KOther | null, Subscription<K>> {
  return () => {
    let context: ProcessorContext<KOther | null, Subscription<K>>
    let kept: SubscriptionStore<K>
    let keyOf: (to: KOther, key: K) => Buffer
    return {
      init: (given) => {
        context = given
        kept = given.stateStore(store) as unknown as SubscriptionStore<K>
        keyOf = subscriptionKeys(given, serdes)
      },
      process: (record) => {
        const { key, value } = record
        if (key === null && value.ask !== Ask.answer) return
        const isKept = value.ask === Ask.answer || value.ask === Ask.answerIfFound
        if (key !== null) kept.putWithTimestamp(keyOf(key, value.key), isKept ? value : null, record.timestamp)
        context.forward(record)
      },
    }
  }
}

/** Answers a subscription with what the other table has at that moment. */
export function answerSubscriptions<K, KOther, VOther>(
  view: TableView<KOther, VOther>,
): ProcessorSupplier<KOther | null, Subscription<K>, K, SubscriptionAnswer<VOther>> {
  return () => {
    let context: ProcessorContext<K, SubscriptionAnswer<VOther>>
    let lookup: Lookup<KOther, VOther>
    return {
      init: (given) => {
        context = given
        lookup = view.open(given)
      },
      process: ({ key, value: { ask, hash, key: own, partition }, timestamp, headers }) => {
        const found = key === null ? undefined : lookup(key)
        if (ask === Ask.forget || (ask === Ask.answerIfFound && !found)) return
        const value = ask === Ask.forgetAndAnswer ? null : (found?.value ?? null)
        const latest = Math.max(timestamp, found?.timestamp ?? timestamp)
        context.forward({ key: own, value: { hash, value, partition }, timestamp: latest, headers })
      },
    }
  }
}

/** Tells all that have subscribed to a key of its changes. */
export function tellSubscribers<K, KOther, VOther>(
  store: string,
  foreignKeys: Serde<KOther> | undefined,
): ProcessorSupplier<KOther | null, Change<VOther>, K, SubscriptionAnswer<VOther>> {
  return () => {
    let context: ProcessorContext<K, SubscriptionAnswer<VOther>>
    let kept: SubscriptionStore<K>
    let foreign: Serde<KOther>
    return {
      init: (given) => {
        context = given
        kept = given.stateStore(store) as unknown as SubscriptionStore<K>
        foreign = resolveSerde(NAME, 'key', foreignKeys, { key: given.keySerde, value: undefined })
      },
      process: ({ key, value: { now }, timestamp, headers }) => {
        if (key === null) return
        const prefix = foreignPart(subscriptionKey(foreign.serialize(key), Buffer.alloc(0)))
        for (const { hash, key: own, partition } of kept.of(prefix))
          context.forward({ key: own, value: { hash, value: now, partition }, timestamp, headers })
      },
    }
  }
}

interface Resolving<K, V, VOther, VOut> {
  readonly view: TableView<K, V>
  readonly values: Serde<V> | undefined
  readonly joiner: (value: V, other: VOther | null) => VOut
  readonly isLeft: boolean
}

/** Results of answers. One to a value that the entry no longer has is left out: a newer one is on its way. */
export function resolveAnswers<K, V, VOther, VOut>({
  view,
  values,
  joiner,
  isLeft,
}: Resolving<K, V, VOther, VOut>): ProcessorSupplier<K, SubscriptionAnswer<VOther>, K, VOut | null> {
  return () => {
    let context: ProcessorContext<K, VOut | null>
    let lookup: Lookup<K, V>
    let valueSerde: Serde<V>
    const isOf = (found: ValueAndTimestamp<V> | undefined, hash: Buffer | null) =>
      found && hash ? hash.equals(murmur3(valueSerde.serialize(found.value))) : !found && !hash
    return {
      init: (given) => {
        context = given
        lookup = view.open(given)
        valueSerde = resolveSerde(NAME, 'value', values, { key: given.keySerde, value: given.valueSerde })
      },
      process: ({ key, value: { hash, value: other }, timestamp, headers }) => {
        const found = lookup(key)
        if (!isOf(found, hash)) return
        const value = found && (other !== null || isLeft) ? joiner(found.value, other) : null
        context.forward({ key, value, timestamp, headers })
      },
    }
  }
}
