import { Errors, KafkaError } from '../protocol/errors.ts'
import type { Cluster, CoordinatorType } from './cluster.ts'
import { isRetriable, meansLostCoordinator, meansStaleMetadata, TimeoutError, topicError } from './errors.ts'
import { backoff, type NodeClient } from './node.ts'
import { partitionKey, type TopicPartition } from './types.ts'

/** The error of one item, with the broker's own sentence when it has one. */
export const itemError = (code: number, message: string | null): KafkaError | undefined =>
  code === Errors.NONE ? undefined : new KafkaError(code, message ?? undefined)

export interface FanOutOptions {
  /** For the sentence of a time-out. */
  readonly call: string
  readonly timeoutMs?: number
}

/** Items that one broker answers for. */
interface Share<I> {
  readonly node: NodeClient
  readonly items: readonly I[]
}

type Outcome<R> = R | KafkaError

/**
 * One call per broker for items that belong to different brokers; items whose error may pass are asked again, of whoever is responsible
 * then. At the end each item has a result or its own error, in the order given; only a failure of everything throws.
 */
async function fanOut<I, R>(
  cluster: Cluster,
  items: readonly I[],
  options: FanOutOptions,
  plan: {
    keyOf(item: I): string
    /** Finds who is responsible; may reject, which counts for all items. */
    share(items: readonly I[]): Promise<{ shares: Share<I>[]; homeless: [I, KafkaError][] }>
    send(node: NodeClient, items: readonly I[], leftMs: number): Promise<Map<string, Outcome<R>>>
    learn(item: I, error: unknown): void
  },
): Promise<Map<string, Outcome<R>>> {
  const deadline = cluster.deadline(options.timeoutMs)
  const results = new Map<string, Outcome<R>>(items.map((item) => [plan.keyOf(item), new KafkaError('NONE')]))
  let open = items
  for (let round = 0; open.length > 0; round++) {
    const again: I[] = []
    const failed = (item: I, error: unknown) => {
      plan.learn(item, error)
      if (!isRetriable(error) && !(error instanceof KafkaError)) throw error
      results.set(plan.keyOf(item), asKafkaError(error))
      if (isRetriable(error)) again.push(item)
    }
    const { shares, homeless } = await cluster.retry({ call: options.call, timeoutMs: deadline.left }, () =>
      plan.share(open),
    )
    for (const [item, error] of homeless) failed(item, error)
    await Promise.all(
      shares.map(async (share) => {
        try {
          const answers = await plan.send(share.node, share.items, deadline.left)
          for (const item of share.items) {
            const answer =
              answers.get(plan.keyOf(item)) ??
              new KafkaError('UNKNOWN_SERVER_ERROR', 'The broker left this item out of its answer.')
            if (answer instanceof KafkaError) failed(item, answer)
            else results.set(plan.keyOf(item), answer)
          }
        } catch (error) {
          cluster.warn(error)
          for (const item of share.items) failed(item, error)
        }
      }),
    )
    open = again
    if (open.length === 0) break
    const wait = backoff(
      cluster.config['retry.backoff.ms'],
      cluster.config['retry.backoff.max.ms'],
      round,
      cluster.runtime,
    )
    if (deadline.left <= wait) break
    await cluster.sleep(wait)
  }
  return results
}

function asKafkaError(error: unknown): KafkaError {
  if (error instanceof KafkaError) return error
  return new KafkaError('NETWORK_EXCEPTION', (error as Error).message, { cause: error })
}

/** One call per partition leader; the results are by partition key. */
export function byLeader<I extends TopicPartition, R>(
  cluster: Cluster,
  items: readonly I[],
  options: FanOutOptions,
  send: (node: NodeClient, items: readonly I[], leftMs: number) => Promise<Map<string, Outcome<R>>>,
): Promise<Map<string, Outcome<R>>> {
  let stale = false
  return fanOut<I, R>(cluster, items, options, {
    keyOf: ({ topic, partition }) => partitionKey(topic, partition),
    async share(open) {
      const unknown = open.some(({ topic, partition }) => !cluster.metadata.partition(topic, partition)?.leader)
      for (const { topic } of open) cluster.wanted.add(topic)
      if (unknown || stale) await cluster.refresh()
      stale = false
      const shares = new Map<NodeClient, I[]>()
      const homeless: [I, KafkaError][] = []
      for (const item of open) {
        const leader = cluster.metadata.partition(item.topic, item.partition)?.leader
        const node = leader && cluster.node(leader.id)
        if (node) push(shares, node, item)
        else homeless.push([item, noLeader(cluster, item)])
      }
      return { shares: Array.from(shares, ([node, part]) => ({ node, items: part })), homeless }
    },
    send,
    learn: (_, error) => {
      stale ||= meansStaleMetadata(error)
    },
  })
}

function noLeader(cluster: Cluster, { topic, partition }: TopicPartition): KafkaError {
  const error = cluster.metadata.errorOf(topic)
  if (error !== 0) return topicError(error, topic)
  return new KafkaError(
    cluster.metadata.partition(topic, partition) ? 'LEADER_NOT_AVAILABLE' : 'UNKNOWN_TOPIC_OR_PARTITION',
  )
}

/** One call per coordinator of groups, or of transactional ids; the results are by group or id. */
export function byCoordinator<R>(
  cluster: Cluster,
  keys: readonly string[],
  options: FanOutOptions & { readonly type?: CoordinatorType },
  send: (node: NodeClient, keys: readonly string[], leftMs: number) => Promise<Map<string, Outcome<R>>>,
): Promise<Map<string, Outcome<R>>> {
  const { type } = options
  return fanOut<string, R>(cluster, keys, options, {
    keyOf: (key) => key,
    async share(open) {
      const shares = new Map<NodeClient, string[]>()
      const homeless: [string, KafkaError][] = []
      await cluster.findCoordinators(open, type)
      for (const key of open) {
        try {
          push(shares, await cluster.coordinator(key, type), key)
        } catch (error) {
          if (!(error instanceof KafkaError)) throw error
          homeless.push([key, error])
        }
      }
      return { shares: Array.from(shares, ([node, part]) => ({ node, items: part })), homeless }
    },
    send,
    learn: (key, error) => {
      if (meansLostCoordinator(error)) cluster.forgetCoordinator(key, type)
    },
  })
}

/** One call per given broker; the results are by broker id. */
export function byBroker<R>(
  cluster: Cluster,
  ids: readonly number[],
  options: FanOutOptions,
  send: (node: NodeClient, leftMs: number) => Promise<Outcome<R>>,
): Promise<Map<string, Outcome<R>>> {
  return fanOut<number, R>(cluster, ids, options, {
    keyOf: String,
    async share(open) {
      if (open.some((id) => !cluster.metadata.node(id))) await cluster.refresh()
      const shares: Share<number>[] = []
      const homeless: [number, KafkaError][] = []
      for (const id of open) {
        const node = cluster.node(id)
        if (node) shares.push({ node, items: [id] })
        else homeless.push([id, new KafkaError('BROKER_NOT_AVAILABLE', `There is no broker ${id} in the cluster.`)])
      }
      return { shares, homeless }
    },
    send: async (node, [id], left) => new Map([[String(id), await send(node, left)]]),
    learn: () => {},
  })
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key)
  if (list) list.push(value)
  else map.set(key, [value])
}

/** The only result of a fan-out for one item; throws when it is an error. */
export function single<R>(results: Map<string, Outcome<R>>): R {
  for (const result of results.values()) {
    if (result instanceof KafkaError) throw result
    return result
  }
  throw new TimeoutError('Nothing was asked.')
}
