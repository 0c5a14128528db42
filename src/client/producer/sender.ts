import type { ProducerConfig } from '../../config/client.ts'
import { AuthenticationError } from '../../network/authentication-error.ts'
import { Produce } from '../../protocol/apis/index.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { RequestInput, ResponseOf } from '../../protocol/schema/index.ts'
import type { Timer } from '../../runtime/index.ts'
import { type Uuid, ZERO_UUID } from '../../std/uuid.ts'
import type { Cluster } from '../cluster.ts'
import type { ProducerMetrics } from '../metrics/producer-metrics.ts'
import { backoff, type NodeClient } from '../node.ts'
import type { Accumulator } from './accumulator.ts'
import type { ProducerBatch } from './batch.ts'
import { Fate, type PartitionAnswer } from './fate.ts'
import type { Identity } from './identity.ts'
import type { PartitionQueue } from './partition-queue.ts'
import type { Transactions } from './transactions.ts'

/** One batch in a request, with the queue that it came from. */
interface Load {
  readonly queue: PartitionQueue
  readonly batch: ProducerBatch
  readonly bytes: Buffer
}

/** Bytes of a request besides its batches, generously. */
const REQUEST_OVERHEAD = 512
/** The first version of Produce that names topics by id (KIP-516). */
const TOPIC_IDS = 13

/**
 * Takes batches that are ready to the leaders of their partitions, a bounded number of requests at a time to each broker, and deals with
 * what they answer. Woken whenever something may have become possible; it never polls.
 */
export class Sender {
  private readonly fate: Fate
  private readonly inFlight = new Map<number, number>()
  private readonly connecting = new Set<number>()
  private refreshing = false
  private scheduled = false
  private draining = false
  private expiry: Timer | undefined
  private readonly acks: number

  constructor(
    private readonly cluster: Cluster,
    private readonly config: ProducerConfig,
    private readonly accumulator: Accumulator,
    private readonly identity: Identity,
    private readonly transactions: Transactions | undefined,
    private readonly metrics: ProducerMetrics,
  ) {
    this.acks = config.acks === 'all' ? -1 : Number(config.acks)
    this.fate = new Fate(cluster, config, accumulator, identity, transactions, metrics, {
      onStaleMetadata: () => this.refreshMetadata(),
      onRetry: () => this.drain(),
    })
  }

  /** Sends soon, with whatever else comes in this turn. */
  schedule(): void {
    if (this.scheduled) return
    this.scheduled = true
    queueMicrotask(() => {
      this.scheduled = false
      this.drain()
    })
  }

  /** Sends what can be sent now. */
  drain(): void {
    if (this.cluster.closed || this.accumulator.ready.size === 0) return
    this.watchExpiry()
    if (this.cluster.stale) this.refreshMetadata()
    if (!this.prepare()) return
    // Taking a batch may make the next one ready, which calls here again.
    if (this.draining) return this.schedule()
    this.draining = true
    try {
      this.drainReady()
    } finally {
      this.draining = false
    }
  }

  private drainReady(): void {
    const now = this.cluster.runtime.clock.monotonic()
    const byNode = new Map<NodeClient, PartitionQueue[]>()
    for (const queue of this.accumulator.ready) {
      const batch = queue.head
      if (!batch) this.accumulator.ready.delete(queue)
      else if (batch.retryAt <= now) this.place(queue, byNode)
    }
    for (const [node, queues] of byNode) this.drainTo(node, queues)
  }

  /** Sends of one queue, when its leader is known and has room: the short way for a batch that has just filled. */
  drainQueue(queue: PartitionQueue): void {
    const leader = this.cluster.metadata.partition(queue.topic, queue.partition)?.leader
    const busy = leader && this.inFlightTo(leader.id) >= this.config['max.in.flight.requests.per.connection']
    if (!busy) this.drain()
  }

  stop(): void {
    this.expiry?.cancel()
  }

  get requestsInFlight(): number {
    let sum = 0
    for (const count of this.inFlight.values()) sum += count
    return sum
  }

  private inFlightTo(id: number): number {
    return this.inFlight.get(id) ?? 0
  }

  private prepare(): boolean {
    if (this.identity.ready) return true
    this.identity.obtain().then(
      () => {
        for (const queue of new Set(this.accumulator.live.values())) queue.adopt(this.identity.current)
        this.drain()
      },
      (error: Error) => this.accumulator.failAll(error),
    )
    return false
  }

  private place(queue: PartitionQueue, byNode: Map<NodeClient, PartitionQueue[]>): void {
    const leader = this.cluster.metadata.partition(queue.topic, queue.partition)?.leader
    const node = leader && this.cluster.node(leader.id)
    if (!node) return this.refreshMetadata()
    if (!node.connected) return this.connect(node)
    const queues = byNode.get(node)
    if (queues) queues.push(queue)
    else byNode.set(node, [queue])
  }

  private connect(node: NodeClient): void {
    if (this.connecting.has(node.id)) return
    this.connecting.add(node.id)
    const done = () => {
      this.connecting.delete(node.id)
      this.drain()
    }
    node.connect().then(done, (error: unknown) => {
      this.cluster.warn(error)
      if (error instanceof AuthenticationError) this.accumulator.failAll(error)
      // The leader may have moved; until metadata says so, the node waits before it connects again.
      void this.cluster.refresh().then(done, done)
    })
  }

  /** Asks until it is answered; whoever waits for a leader is tried again after each answer. */
  private refreshMetadata(): void {
    if (this.refreshing) return
    this.refreshing = true
    const { cluster } = this
    void (async () => {
      for (let round = 0; !cluster.closed; round++) {
        await cluster.refresh().catch((error: unknown) => cluster.warn(error))
        if (this.accumulator.leaderless().length === 0) break
        await cluster.sleep(
          backoff(this.config['retry.backoff.ms'], this.config['retry.backoff.max.ms'], round, cluster.runtime),
        )
      }
    })()
      .catch(() => {})
      .finally(() => {
        this.refreshing = false
        this.drain()
      })
  }

  private drainTo(node: NodeClient, queues: readonly PartitionQueue[]): void {
    while (this.inFlightTo(node.id) < this.config['max.in.flight.requests.per.connection']) {
      const loads = this.collect(queues)
      if (loads.length === 0) return
      this.send(node, loads)
    }
  }

  /** At most one batch of each partition, up to `max.request.size`. */
  private collect(queues: readonly PartitionQueue[]): Load[] {
    const loads: Load[] = []
    const now = this.cluster.runtime.clock.monotonic()
    let size = REQUEST_OVERHEAD
    for (const queue of queues) {
      const batch = queue.head
      if (!batch || batch.retryAt > now || !this.accumulator.isReady(queue, now) || !this.mayGo(queue, batch)) continue
      if (loads.length > 0 && size + batch.size > this.config['max.request.size']) break
      if (this.identity.enabled) queue.assign(batch, this.identity.current)
      const bytes = batch.seal(this.accumulator.compression, this.transactions !== undefined)
      this.accumulator.sealed(batch)
      queue.waiting.shift()
      this.accumulator.rotate(queue)
      if (batch.attempts === 0) this.metrics.sent(batch, now)
      size += bytes.length
      loads.push({ queue, batch, bytes })
    }
    return loads
  }

  private mayGo(queue: PartitionQueue, batch: ProducerBatch): boolean {
    if (this.transactions && !this.transactions.admits(queue)) return false
    if (this.identity.enabled) return queue.mayGo(batch, this.identity.current)
    return this.config['max.in.flight.requests.per.connection'] > 1 || queue.onWire === 0
  }

  private send(node: NodeClient, loads: readonly Load[]): void {
    for (const { batch, queue } of loads) {
      batch.attempts++
      batch.onWire = true
      queue.onWire++
    }
    const { request, maxVersion } = this.request(loads)
    if (this.acks === 0) return this.sendUnanswered(node, loads, request)
    this.inFlight.set(node.id, this.inFlightTo(node.id) + 1)
    const { clock } = this.cluster.runtime
    const sentAt = clock.monotonic()
    node.send(Produce, request, { maxVersion, timeoutMs: this.config['request.timeout.ms'] }).then(
      (response) => {
        node.traffic?.answeredIn(clock.monotonic() - sentAt)
        this.metrics.throttled(response.throttleTimeMs)
        this.onResponse(node, loads, response)
      },
      (error: Error) => this.onFailure(node, loads, error),
    )
  }

  private sendUnanswered(node: NodeClient, loads: readonly Load[], request: RequestInput<typeof Produce>): void {
    try {
      node.notify(Produce, request, { maxVersion: TOPIC_IDS - 1 })
      for (const { queue, batch } of loads) {
        this.arrived(queue, batch)
        this.accumulator.finish(queue, batch, undefined, -1, -1, false)
      }
    } catch (error) {
      for (const { queue, batch } of loads) {
        this.arrived(queue, batch)
        this.fate.failed(queue, batch, error as Error)
      }
    }
  }

  private request(loads: readonly Load[]): { request: RequestInput<typeof Produce>; maxVersion: number } {
    let maxVersion = this.transactions?.produceLimit ?? TOPIC_IDS
    const topicData: { name: string; topicId: Uuid; partitionData: { index: number; records: Buffer }[] }[] = []
    for (const { batch, bytes } of loads) {
      const { topic: name } = batch
      let entry = topicData.find((one) => one.name === name)
      if (!entry) {
        const topicId = this.cluster.metadata.topic(name)?.topicId ?? ZERO_UUID
        if (topicId === ZERO_UUID) maxVersion = Math.min(maxVersion, TOPIC_IDS - 1)
        entry = { name, topicId, partitionData: [] }
        topicData.push(entry)
      }
      entry.partitionData.push({ index: batch.partition, records: bytes })
    }
    const timeoutMs = this.config['request.timeout.ms']
    const request = { transactionalId: this.transactions?.id ?? null, acks: this.acks, timeoutMs, topicData }
    return { request, maxVersion }
  }

  private arrived(queue: PartitionQueue, batch: ProducerBatch): void {
    batch.onWire = false
    queue.onWire--
  }

  private onResponse(node: NodeClient, loads: readonly Load[], response: ResponseOf<typeof Produce>): void {
    this.inFlight.set(node.id, this.inFlightTo(node.id) - 1)
    const answerTo = this.answersIn(response)
    for (const { nodeId, host, port, rack } of response.nodeEndpoints)
      this.cluster.metadata.addNode({ id: nodeId, host, port, rack: rack ?? undefined })
    for (const { queue, batch } of loads) {
      this.arrived(queue, batch)
      const answer = answerTo(batch)
      if (answer) this.fate.onAnswer(queue, batch, answer)
      else this.fate.failed(queue, batch, new KafkaError('UNKNOWN_TOPIC_OR_PARTITION'))
    }
    this.drain()
  }

  /** Finds the answer to a batch. Mostly there is but one, for which no table is made. */
  private answersIn({ responses }: ResponseOf<typeof Produce>): (batch: ProducerBatch) => PartitionAnswer | undefined {
    const nameOf = ({ name, topicId }: (typeof responses)[number]) => name || this.cluster.metadata.topicName(topicId)
    const [first] = responses
    const [only] = first?.partitionResponses ?? []
    if (first && only && responses.length === 1 && first.partitionResponses.length === 1) {
      const topic = nameOf(first)
      return (batch) => (batch.partition === only.index && batch.topic === topic ? only : undefined)
    }
    const answers = new Map<string, PartitionAnswer>()
    for (const entry of responses)
      for (const answer of entry.partitionResponses) answers.set(`${nameOf(entry)}-${answer.index}`, answer)
    return ({ topic, partition }) => answers.get(`${topic}-${partition}`)
  }

  private onFailure(node: NodeClient, loads: readonly Load[], error: Error): void {
    this.inFlight.set(node.id, this.inFlightTo(node.id) - 1)
    this.cluster.warn(error)
    for (const { queue, batch } of loads) {
      this.arrived(queue, batch)
      this.fate.failed(queue, batch, error)
    }
    this.drain()
  }

  /** Records may wait for `delivery.timeout.ms` in all, sent or not. */
  private watchExpiry(): void {
    const oldest = this.accumulator.oldest
    if (this.expiry || !oldest) return
    const { clock } = this.cluster.runtime
    const wait = oldest.createdAt + this.config['delivery.timeout.ms'] - clock.monotonic()
    this.expiry = clock.timer(Math.max(1, wait), () => {
      this.expiry = undefined
      this.fate.expire(clock.monotonic() - this.config['delivery.timeout.ms'])
      this.watchExpiry()
      this.drain()
    })
  }
}
