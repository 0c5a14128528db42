import type { ProducerConfig } from '../../config/client.ts'
import type { NewRecord } from '../../protocol/records/record.ts'
import type { Timer } from '../../runtime/index.ts'
import { arenaBuffer, giveBack } from '../../std/arena.ts'
import type { Cluster } from '../cluster.ts'
import { type CompressionChoice, type Listener, ProducerBatch } from './batch.ts'
import { PartitionQueue } from './partition-queue.ts'

/** Buffers kept for reuse, in bytes of all together. */
const POOL_LIMIT = 8 * 1024 * 1024
/** Compression may let more than `batch.size` bytes of records into a batch, but not without bound. */
const MAX_EXPANSION = 8

/** Told of what happens in the accumulator. */
export interface AccumulatorEvents {
  /** A queue's first batch is ready to be sent. */
  onReady(queue: PartitionQueue): void
  /** Something may be sent, together with whatever else comes in this turn. */
  onWaiting(): void
  /** Memory was given back. */
  onRoom(): void
  /** A record failed for which nobody listens. */
  onUnobservedFailure(error: Error): void
}

/** Collects records into batches by partition, within `buffer.memory`. */
export class Accumulator {
  /** Queues whose first batch may be ready. */
  readonly ready = new Set<PartitionQueue>()
  /** Batches that are not done, the oldest first. */
  readonly live = new Map<ProducerBatch, PartitionQueue>()
  readonly compression: CompressionChoice
  /** Set while everything is to be sent at once. */
  flushing = false
  private readonly queues = new Map<string, PartitionQueue[]>()
  /** Open batches in the order in which their linger ends. */
  private readonly lingering = new Set<PartitionQueue>()
  private readonly pool: Buffer[] = []
  /** Compressed by uncompressed bytes, by topic. */
  private readonly ratios = new Map<string, number>()
  private used = 0
  private timer: Timer | undefined

  constructor(
    private readonly cluster: Cluster,
    private readonly config: ProducerConfig,
    private readonly events: AccumulatorEvents,
  ) {
    const codec = config['compression.type']
    const levels = {
      gzip: config['compression.gzip.level'] === -1 ? undefined : config['compression.gzip.level'],
      lz4: config['compression.lz4.level'],
      zstd: config['compression.zstd.level'],
      snappy: undefined,
      none: undefined,
    }
    this.compression = { codec, level: levels[codec] }
  }

  get oldest(): ProducerBatch | undefined {
    for (const batch of this.live.keys()) return batch
    return undefined
  }

  get usedBytes(): number {
    return this.used
  }

  queue(topic: string, partition: number): PartitionQueue {
    let partitions = this.queues.get(topic)
    if (!partitions) this.queues.set(topic, (partitions = []))
    return (partitions[partition] ??= new PartitionQueue(topic, partition))
  }

  queueLength(topic: string, partition: number): number {
    return this.queues.get(topic)?.[partition]?.waiting.length ?? 0
  }

  /** Adds a record of at most `bound` encoded bytes and gives the batch that it is in; undefined when memory is full. */
  append(queue: PartitionQueue, record: NewRecord, bound: number, listener: Listener): ProducerBatch | undefined {
    let batch = queue.last
    let growth = batch?.growthFor(bound, listener)
    let begun = false
    if (!batch || growth === undefined) {
      const fresh = this.newBatch(queue, bound, typeof listener === 'object')
      if (!fresh) return undefined
      if (batch && !batch.closed) {
        batch.closed = true
        this.lingering.delete(queue)
        this.markReady(queue)
      }
      batch = fresh
      growth = 0
      begun = true
      queue.add(batch)
      this.live.set(batch, queue)
    }
    if (growth > 0) {
      if (this.used + growth > this.config['buffer.memory'] && this.live.size > 1) {
        this.endBatch(queue, batch)
        return undefined
      }
      this.used += growth
      batch.grow(growth)
    }
    batch.append(record, listener)
    // Only now: a batch that is ready may be gone at once.
    if (begun) this.startLinger(queue)
    return batch
  }

  /** Whether the first waiting batch of a queue is to be sent. */
  isReady(queue: PartitionQueue, now: number): boolean {
    const batch = queue.head
    if (!batch) return false
    return (
      batch.closed ||
      this.flushing ||
      queue.waiting.length > 1 ||
      now - batch.createdAt >= this.config['linger.ms'] ||
      batch.attempts > 0
    )
  }

  /** Called when a batch was sealed: learns how well the topic compresses. */
  sealed(batch: ProducerBatch): void {
    if (this.compression.codec === 'none' || batch.attempts > 0) return
    const ratio = batch.size / batch.uncompressedSize
    const before = this.ratios.get(batch.topic) ?? 1
    // Slow to hope, quick to fear: a batch that comes out too large has to be split.
    this.ratios.set(batch.topic, ratio > before ? ratio : before * 0.9 + ratio * 0.1)
  }

  /** Called when a queue's first batch was taken: lets the other queues go first next time. */
  rotate(queue: PartitionQueue): void {
    this.ready.delete(queue)
    this.lingering.delete(queue)
    if (queue.waiting.length > 0) {
      this.ready.add(queue)
      if (queue.waiting.length === 1 && !queue.head?.closed) this.startLinger(queue)
    }
  }

  /** Queues with batches to send and nobody to send them to. */
  leaderless(): PartitionQueue[] {
    return [...this.ready].filter(
      ({ topic, partition, head }) => head && !this.cluster.metadata.partition(topic, partition)?.leader,
    )
  }

  /** Makes every batch ready, for a flush or a close. */
  readyAll(): void {
    for (const queue of this.live.values()) if (queue.head) this.ready.add(queue)
  }

  split(queue: PartitionQueue, batch: ProducerBatch): void {
    const halves = batch.split()
    this.live.delete(batch)
    this.give(batch, true)
    queue.replace(batch, halves)
    this.ratios.set(batch.topic, 1)
    for (const half of halves) {
      this.used += half.capacity
      this.live.set(half, queue)
      queue.requeue(half)
    }
    this.ready.add(queue)
    this.events.onReady(queue)
  }

  /** A batch is acknowledged or has failed for good. `reusable` when nothing can still be reading its bytes. */
  finish(
    queue: PartitionQueue,
    batch: ProducerBatch,
    error: Error | undefined,
    baseOffset: number,
    logAppendTime: number,
    reusable: boolean,
  ): void {
    if (!this.live.delete(batch)) return
    this.give(batch, reusable)
    if (queue.waiting.length === 0) this.lingering.delete(queue)
    if (error && batch.unobserved) this.events.onUnobservedFailure(error)
    batch.settle(error, baseOffset, logAppendTime)
    this.events.onRoom()
  }

  failAll(error: Error): void {
    for (const [batch, queue] of [...this.live]) {
      queue.waiting.length = 0
      this.finish(queue, batch, error, -1, -1, false)
    }
    this.ready.clear()
  }

  /** Fails the batches that were never sent; the others have sequences that must be accounted for. */
  failUnsent(error: Error): void {
    for (const [batch, queue] of [...this.live]) {
      if (batch.sequence >= 0) continue
      queue.waiting.splice(queue.waiting.indexOf(batch), 1)
      this.finish(queue, batch, error, -1, -1, false)
    }
  }

  stop(): void {
    this.timer?.cancel()
  }

  private newBatch(queue: PartitionQueue, bound: number, isStream: boolean): ProducerBatch | undefined {
    const limit = this.batchLimit(queue.topic)
    const isUsual = limit === this.config['batch.size'] && bound + 128 < limit
    const pooled = isUsual ? this.pool.pop() : undefined
    // A stream fills its batches for sure: they begin at their full size.
    const capacity = pooled || (isUsual && isStream) ? limit : ProducerBatch.firstCapacity(limit, bound)
    if (this.used + capacity > this.config['buffer.memory'] && this.live.size > 0) {
      if (pooled) this.pool.push(pooled)
      this.relieve()
      return undefined
    }
    this.used += capacity
    const { clock } = this.cluster.runtime
    const buffer = pooled ?? (isStream ? arenaBuffer(capacity) : Buffer.allocUnsafeSlow(capacity))
    return new ProducerBatch(queue.topic, queue.partition, clock.monotonic(), limit, buffer)
  }

  private batchLimit(topic: string): number {
    const size = this.config['batch.size']
    const ratio = this.ratios.get(topic)
    if (ratio === undefined) return size
    return Math.min(size * MAX_EXPANSION, Math.max(size, Math.floor(size / Math.max(ratio, 1 / MAX_EXPANSION))))
  }

  /** Memory is full: nothing may linger. */
  private relieve(): void {
    for (const queue of this.lingering) {
      const batch = queue.head
      if (batch) batch.closed = true
      this.ready.add(queue)
      this.events.onReady(queue)
    }
    this.lingering.clear()
  }

  private endBatch(queue: PartitionQueue, batch: ProducerBatch): void {
    batch.closed = true
    this.lingering.delete(queue)
    this.markReady(queue)
  }

  private markReady(queue: PartitionQueue): void {
    this.ready.add(queue)
    this.events.onReady(queue)
  }

  /** A batch became the first and only one of its queue. */
  private startLinger(queue: PartitionQueue): void {
    const linger = this.config['linger.ms']
    if (linger === 0 || this.flushing) {
      this.ready.add(queue)
      return this.events.onWaiting()
    }
    if (queue.waiting.length > 1) return
    this.lingering.add(queue)
    this.watchLinger()
  }

  private watchLinger(): void {
    if (this.timer) return
    for (const queue of this.lingering) {
      const { clock } = this.cluster.runtime
      const batch = queue.head as ProducerBatch
      const wait = batch.createdAt + this.config['linger.ms'] - clock.monotonic()
      this.timer = clock.timer(Math.max(0, wait), () => this.onLinger())
      return
    }
  }

  private onLinger(): void {
    this.timer = undefined
    const now = this.cluster.runtime.clock.monotonic()
    // Timers ring early by a fraction of a millisecond.
    const ended = now - this.config['linger.ms'] + 0.5
    const due: PartitionQueue[] = []
    for (const queue of this.lingering) {
      if (queue.head && queue.head.createdAt > ended) break
      due.push(queue)
    }
    for (const queue of due) {
      this.lingering.delete(queue)
      if (queue.head) queue.head.closed = true
      this.ready.add(queue)
    }
    for (const queue of due) this.events.onReady(queue)
    this.watchLinger()
  }

  private give(batch: ProducerBatch, reusable: boolean): void {
    this.used -= batch.capacity
    if (!reusable || batch.capacity !== this.config['batch.size']) return
    const buffer = batch.takeBuffer()
    if ((this.pool.length + 1) * buffer.length <= POOL_LIMIT) this.pool.push(buffer)
    else giveBack(buffer)
  }
}
