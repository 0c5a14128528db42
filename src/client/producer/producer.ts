import { ConfigError, type ProducerConfig, producerConfig } from '../../config/client.ts'
import { withProviders } from '../../config/config-providers.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { BATCH_HEADER } from '../../protocol/records/batch.ts'
import type { NewRecord } from '../../protocol/records/record.ts'
import { RECORD_OVERHEAD } from '../../protocol/records/values.ts'
import type { Runtime } from '../../runtime/index.ts'
import { Cluster } from '../cluster.ts'
import { TimeoutError } from '../errors.ts'
import { ProducerMetrics } from '../metrics/producer-metrics.ts'
import type {
  ClientHooks,
  ClientMetric,
  ClientProperties,
  CommitOffset,
  GroupMetadata,
  PartitionInfo,
  ProducerRecord,
  RecordMetadata,
} from '../types.ts'
import { Accumulator } from './accumulator.ts'
import type { Listener, OnDone, ProducerBatch, StreamListener } from './batch.ts'
import { Identity } from './identity.ts'
import { Pace } from './pace.ts'
import { BuiltInPartitioner, type Partitioner, RoundRobinPartitioner } from './partitioner.ts'
import { RecordStream } from './record-stream.ts'
import { Sender } from './sender.ts'
import { TopicWaiter } from './topic-waiter.ts'
import { Transactions } from './transactions.ts'
import { WaitingRoom } from './waiting-room.ts'

/**
 * Sends records: idempotent unless it is configured otherwise, batched, in order per partition, and with bounded memory. Every record is
 * answered exactly once.
 */
export class Producer {
  /** Names of properties that no producer has. */
  readonly unknown: readonly string[]
  private readonly config: ProducerConfig
  private readonly cluster: Cluster
  private readonly accumulator: Accumulator
  private readonly sender: Sender
  /** Set when the producer has a transactional id. */
  private readonly transactions: Transactions | undefined
  private readonly partitioner: Partitioner
  private readonly topics: TopicWaiter
  /** Records that cannot be taken in yet, by topic: no metadata, or no memory. */
  private readonly waiting: WaitingRoom
  private readonly pace: Pace
  private readonly metered: ProducerMetrics
  private unobserved: Error | undefined
  private closing = false

  /** Throws `ConfigError` for a bad property. */
  constructor(
    properties: ClientProperties,
    private readonly runtime: Runtime,
    hooks: ClientHooks = {},
  ) {
    const { values, unknown, remarks } = producerConfig(withProviders(properties, runtime, hooks.remark))
    for (const remark of remarks) hooks.remark?.(remark)
    this.unknown = unknown
    this.config = values
    this.cluster = new Cluster(values, runtime, values['max.block.ms'], hooks, 'producer')
    this.cluster.autoCreateTopics = true
    this.accumulator = new Accumulator(this.cluster, values, {
      onReady: (queue) => this.sender.drainQueue(queue),
      onWaiting: () => this.sender.schedule(),
      onRoom: () => {
        this.waiting.admit()
        this.pace.check()
      },
      onUnobservedFailure: (error) => {
        this.unobserved ??= error
      },
    })
    const identity = new Identity(this.cluster, values['enable.idempotence'])
    if (values['transactional.id'] !== undefined) this.transactions = this.makeTransactions(identity)
    this.metered = this.makeMetrics()
    this.sender = new Sender(this.cluster, values, this.accumulator, identity, this.transactions, this.metered)
    this.partitioner = makePartitioner(values, runtime, this.accumulator)
    this.topics = new TopicWaiter(this.cluster, values['max.block.ms'])
    this.waiting = new WaitingRoom(
      runtime.clock,
      values['max.block.ms'],
      (record, listener) => (this.take(record, listener) === 'later' ? 'later' : 'done'),
      (record, error, listener) => this.fail(record, error, listener),
    )
    this.pace = new Pace(this.accumulator, runtime.clock, values)
  }

  /** Sends a record and resolves when it is acknowledged. Rejects with a `KafkaError` or a `TimeoutError`. */
  send(record: ProducerRecord): Promise<RecordMetadata> {
    return new Promise((resolve, reject) => {
      this.enqueue(record, (error, metadata) => (error ? reject(error) : resolve(metadata as RecordMetadata)))
    })
  }

  /**
   * Sends a record without a promise of its own. Undefined when it was taken in (or has failed already); otherwise memory is full or the
   * topic is not known yet, and the caller should wait for the promise, which never rejects, before it goes on. Without `onDone` a
   * failure is thrown by the next `flush` or `close`.
   */
  enqueue(record: ProducerRecord, onDone?: OnDone): Promise<void> | undefined {
    this.checkOpen()
    if (!this.waiting.has(record.topic) && this.take(record, onDone) !== 'later') return undefined
    return this.lineUp(record, onDone)
  }

  /** The cheapest way to send many values without keys to one topic; one writer at a time. */
  stream(topic: string, listener: StreamListener): RecordStream {
    const owner = {
      place: (value: Uint8Array, timestamp: number) => this.place({ topic, value, timestamp }, listener),
      pace: () => this.pace.wait(),
      wrote: (bytes: number) => this.partitioner.appended(topic, bytes, false),
    }
    // Without a partition to stay with, each record has to be placed by itself.
    return new RecordStream(owner, this.partitioner.sticks ? this.largestValue() : -1)
  }

  /** Sends everything at once and resolves when all of it is acknowledged or has failed. */
  async flush(): Promise<void> {
    await this.metered.calls.time('flush', this.drainAll())
    const { unobserved } = this
    this.unobserved = undefined
    if (unobserved) throw unobserved
  }

  /**
   * Gets the transactional id for this producer: others that use it are fenced, and what they left open is aborted (KIP-98). To be called
   * once, before anything else. This and the following methods need `transactional.id`; they reject with a `TransactionError` that says
   * whether an abort helps, or with a `TimeoutError` after `max.block.ms`, after which the same call may be made again.
   */
  async initTransactions(): Promise<void> {
    await this.metered.calls.time('txn-init', this.transactional().initialize())
  }

  /** Begins a transaction: all records that follow belong to it. */
  beginTransaction(): void {
    this.transactional().begin()
  }

  /**
   * Makes offsets of a consumer group part of the transaction: they are committed with it, or not at all. `group` is what the consumer's
   * `groupMetadata` gives, by which a consumer that was thrown out of its group is fenced (KIP-447); `offsets` are those of the next records.
   */
  async sendOffsetsToTransaction(offsets: readonly CommitOffset[], group: GroupMetadata): Promise<void> {
    await this.metered.calls.time('txn-send-offsets', this.transactional().sendOffsets(offsets, group))
  }

  /** Sends what is left and commits; rejects with a `TransactionError` when a record of the transaction has failed. */
  async commitTransaction(): Promise<void> {
    await this.metered.calls.time('txn-commit', this.transactional().end(true))
  }

  /** Gives up the transaction: records that were not sent fail, those that were are never seen by readers of committed data. */
  async abortTransaction(): Promise<void> {
    await this.metered.calls.time('txn-abort', this.transactional().end(false))
    this.unobserved = undefined
  }

  /** The partitions of a topic; waits for metadata up to `max.block.ms`. */
  async partitionsFor(topic: string): Promise<PartitionInfo[]> {
    const { partitions } = await this.topics.find(topic)
    return partitions.filter((partition) => partition !== undefined)
  }

  /** What the producer has done and is doing, under the names of Apache's producer; those of its threads and selectors are not among them. */
  metrics(): ClientMetric[] {
    return this.cluster.metrics.list()
  }

  /** Sends what is left, for at most `timeoutMs`, and closes; what was not acknowledged by then fails. An open transaction is aborted. */
  async close({ timeoutMs = Number.POSITIVE_INFINITY }: { readonly timeoutMs?: number } = {}): Promise<void> {
    if (this.cluster.closed) return
    this.closing = true
    await this.limited(this.lastWords(), timeoutMs)
    const error = new KafkaError('UNKNOWN_SERVER_ERROR', 'Producer is closed forcefully.')
    this.waiting.failAll(error)
    this.accumulator.failAll(error)
    this.accumulator.stop()
    this.sender.stop()
    this.cluster.close()
    const { unobserved } = this
    this.unobserved = undefined
    if (unobserved) throw unobserved
  }

  private async lastWords(): Promise<void> {
    if (!this.transactions?.ongoing) return this.drainAll()
    await this.transactions.close().catch((error: unknown) => this.cluster.warn(error))
    this.unobserved = undefined
  }

  private makeTransactions(identity: Identity): Transactions {
    return new Transactions(this.cluster, this.config, identity, {
      drained: () => this.drainAll(),
      failRecords: (error, which) => {
        this.waiting.failAll(error)
        if (which === 'all') this.accumulator.failAll(error)
        else this.accumulator.failUnsent(error)
      },
      onAdmitted: () => this.sender.drain(),
    })
  }

  private makeMetrics(): ProducerMetrics {
    const { cluster, config, accumulator } = this
    const bufferBytes = config['buffer.memory']
    return new ProducerMetrics(cluster.metrics, cluster.network.latency, {
      requestsInFlight: () => this.sender.requestsInFlight,
      bufferBytes,
      availableBytes: () => Math.max(0, bufferBytes - accumulator.usedBytes),
      metadataAgeMs: () => this.runtime.clock.monotonic() - cluster.metadata.updatedAt,
    })
  }

  private transactional(): Transactions {
    if (this.transactions) return this.transactions
    throw new Error('This producer has no transactions: set transactional.id.')
  }

  private async drainAll(): Promise<void> {
    this.accumulator.flushing = true
    this.accumulator.readyAll()
    this.sender.drain()
    try {
      await this.waiting.empty()
      await Promise.all(Array.from(this.accumulator.live.keys(), (batch) => batch.finished()))
    } finally {
      this.accumulator.flushing = false
    }
  }

  private async limited(action: Promise<void>, timeoutMs: number): Promise<void> {
    if (timeoutMs === Number.POSITIVE_INFINITY) return action
    let stop = () => {}
    const late = new Promise<void>((resolve) => {
      const timer = this.runtime.clock.timer(timeoutMs, resolve)
      stop = () => timer.cancel()
    })
    await Promise.race([action, late]).finally(stop)
  }

  private checkOpen(): void {
    if (this.closing) throw new Error('Cannot perform operation after producer has been closed')
    this.transactions?.checkSend()
  }

  private place(record: ProducerRecord, listener: StreamListener) {
    this.checkOpen()
    const taken = this.waiting.has(record.topic) ? 'later' : this.take(record, listener)
    if (taken === 'failed') return { batch: undefined, admitted: undefined }
    if (taken !== 'later') return { batch: taken, admitted: undefined }
    const value = record.value ? Buffer.from(record.value as Uint8Array) : record.value
    return { batch: undefined, admitted: this.lineUp({ ...record, value }, listener) }
  }

  private lineUp(record: ProducerRecord, listener: Listener): Promise<void> {
    const admitted = this.waiting.enter(record, listener, (known) => this.refusal(record, known))
    if (!this.cluster.metadata.topic(record.topic) || this.partitionMissing(record)) this.learnTopic(record)
    return admitted
  }

  /** Puts a record in a batch, or tells its listener why that will never be; `later` when it may be possible later. */
  private take(record: ProducerRecord, listener: Listener): ProducerBatch | 'failed' | 'later' {
    const topic = this.cluster.metadata.topic(record.topic)
    if (!topic || this.partitionMissing(record)) return 'later'
    const encoded = encode(record, this.runtime)
    const bound = upperBound(encoded)
    const error = this.tooLarge(bound)
    if (error) {
      this.fail(record, error, listener)
      return 'failed'
    }
    const partition =
      record.partition ?? this.partitioner.partition(record.topic, record.hashedKey ?? encoded.key, topic.partitions)
    const queue = this.accumulator.queue(record.topic, partition)
    const batch = this.accumulator.append(queue, encoded, bound, listener)
    if (!batch) return 'later'
    if (record.partition === undefined) this.partitioner.appended(record.topic, bound, batch.recordCount === 1)
    return batch
  }

  private fail({ topic, partition, value, timestamp }: ProducerRecord, error: Error, listener: Listener): void {
    this.metered.failed({ topic, recordCount: 1 })
    if (typeof listener === 'function') listener(error, undefined)
    else if (!listener) this.unobserved ??= error
    else {
      const size = value ? Buffer.byteLength(value) : 0
      const timestamps = [timestamp ?? -1, 1]
      const valueSizes = () => [size]
      listener.onSent(
        { topic, partition: partition ?? -1, recordCount: 1, valueBytes: size, timestamps, valueSizes },
        error,
      )
    }
  }

  /** Bytes of a value that no limit but memory stands against. */
  private largestValue(): number {
    const { 'max.request.size': request, 'buffer.memory': memory } = this.config
    return Math.min(request, memory) - BATCH_HEADER - RECORD_OVERHEAD
  }

  private partitionMissing({ topic, partition }: ProducerRecord): boolean {
    return partition !== undefined && partition >= (this.cluster.metadata.topic(topic)?.partitions.length ?? 0)
  }

  private tooLarge(bound: number): KafkaError | undefined {
    const size = bound + BATCH_HEADER
    const sentence = (limit: string) => `The message is ${size} bytes when serialized which is larger than ${limit}`
    const { 'max.request.size': request, 'buffer.memory': memory } = this.config
    if (size > request)
      return new KafkaError(
        'MESSAGE_TOO_LARGE',
        sentence(`${request}, which is the value of the max.request.size configuration.`),
      )
    if (size > memory)
      return new KafkaError(
        'MESSAGE_TOO_LARGE',
        sentence('the total memory buffer you have configured with the buffer.memory configuration.'),
      )
    return undefined
  }

  private learnTopic(record: ProducerRecord): void {
    this.metered.calls.time('metadata-wait', this.topics.find(record.topic, record.partition)).then(
      () => this.waiting.admit(),
      (error: Error) => this.waiting.failTopic(record.topic, error),
    )
  }

  /** Why a record that waited for `max.block.ms` is given up. */
  private refusal({ topic }: ProducerRecord, timeoutMs: number): Error {
    if (!this.cluster.metadata.topic(topic))
      return new TimeoutError(`Topic ${topic} not present in metadata after ${timeoutMs} ms.`)
    const total = this.config['buffer.memory']
    const free = Math.max(0, total - this.accumulator.usedBytes)
    return new TimeoutError(
      `Failed to allocate memory within the configured max blocking time ${timeoutMs} ms. Total memory: ${total} bytes. Available memory: ${free} bytes. Poolable size: ${this.config['batch.size']} bytes`,
    )
  }
}

function makePartitioner(config: ProducerConfig, runtime: Runtime, accumulator: Accumulator): Partitioner {
  const name = config['partitioner.class']
  if (name === undefined)
    return new BuiltInPartitioner(runtime.random, {
      ignoreKeys: config['partitioner.ignore.keys'],
      stickyBytes: Math.max(1, config['batch.size']),
      queueLength: config['partitioner.adaptive.partitioning.enable']
        ? (topic, partition) => accumulator.queueLength(topic, partition)
        : undefined,
    })
  if (name === 'org.apache.kafka.clients.producer.RoundRobinPartitioner') return new RoundRobinPartitioner()
  throw new ConfigError(`Invalid value ${name} for configuration partitioner.class: Class ${name} could not be found.`)
}

const bytesOf = (value: Uint8Array | string | null | undefined): Uint8Array | null =>
  typeof value === 'string' ? Buffer.from(value) : (value ?? null)

function encode(record: ProducerRecord, runtime: Runtime): NewRecord {
  return {
    key: bytesOf(record.key),
    value: bytesOf(record.value),
    timestamp: record.timestamp ?? runtime.clock.now(),
    headers: record.headers?.map(({ key, value }) => ({ key, value: bytesOf(value) })),
  }
}

function upperBound({ key, value, headers }: NewRecord): number {
  let size = RECORD_OVERHEAD + (key?.length ?? 0) + (value?.length ?? 0)
  for (const header of headers ?? []) size += 10 + Buffer.byteLength(header.key) + (header.value?.length ?? 0)
  return size
}
