import { Consumer, type ConsumerBatch } from '../../client/index.ts'
import type { CommitOffset, ConsumerRecord, TopicPartition } from '../../client/types.ts'
import { partitionKey } from '../../client/types.ts'
import { consumerProperties } from '../config/client-properties.ts'
import type { ConnectorConfig, SinkTask } from '../connector.ts'
import { ConnectError } from '../data/errors.ts'
import type { SinkRecord } from '../records.ts'
import { DeadLetterQueue } from './dead-letter-queue.ts'
import { sentenceOf } from './environment.ts'
import { Failed } from './error-handling.ts'
import { isRetriable } from './retries.ts'
import { toSinkRecord } from './sink-conversion.ts'
import { SinkOffsets } from './sink-offsets.ts'
import { Task, type TaskPlace, tryAll } from './task.ts'

/** Milliseconds after which a put that may be tried again is, when the task says nothing else. */
const RETRY_MS = 1000

/**
 * A sink task at work: reads in the connector's group, puts, and every `offset.flush.interval.ms`, and before partitions are taken away,
 * flushes and commits what was put. One thing at a time; the consumer calls back within its polls.
 */
export class SinkTaskRunner extends Task {
  private readonly consumer: Consumer
  private readonly offsets = new SinkOffsets()
  /** Records that were read and not put yet. */
  private waiting: SinkRecord[] = []
  /** The last offset of each partition that is done with when they are put, whether its record was put or left out. */
  private ends: (TopicPartition & { readonly offset: number })[] = []
  /** Records of the batch at work as they were read, for those that a task reports. */
  private originals = new Map<SinkRecord, ConsumerRecord>()
  private queue: DeadLetterQueue | undefined
  private retryMs = RETRY_MS
  private retrying = false
  /** Partitions that the task itself has paused. */
  private readonly pausedByTask = new Map<string, TopicPartition>()
  private commitRequested = false
  private nextCommit = 0
  private started = false
  private closing = false

  /** Throws `ConfigError` for converters and consumer properties that cannot be. */
  constructor(
    private readonly task: SinkTask,
    place: TaskPlace,
  ) {
    super(place)
    const { config, runtime, hooks } = this.environment
    this.consumer = new Consumer(consumerProperties(config, this.config, this.connector, this.name), runtime, hooks)
  }

  get version(): string {
    return this.task.version
  }

  protected async work(): Promise<void> {
    this.queue = await DeadLetterQueue.open(this.connector, this.id, this.config, this.environment)
    this.task.context = this.context()
    await this.task.start(this.config)
    this.started = true
    this.log('INFO', `WorkerSinkTask{id=${this.name}} Sink task finished initialization and start`)
    this.consumer.subscribe(topicsOf(this.config), {
      onPartitionsAssigned: (partitions) => this.opened(partitions),
      onPartitionsRevoked: (partitions) => this.taken(partitions, true),
      onPartitionsLost: (partitions) => this.taken(partitions, false),
    })
    this.commitLater()
    while (!this.stopped) await this.step()
  }

  private async step(): Promise<void> {
    this.show()
    this.applyPauses()
    const untilCommit = Math.max(0, this.nextCommit - this.now)
    const batch = await this.poll(this.waiting.length > 0 ? Math.min(this.retryMs, untilCommit) : untilCommit)
    if (batch && batch.count > 0) await this.take(batch)
    if (!this.stopped && !this.paused) await this.deliver()
    if (this.commitRequested || this.now >= this.nextCommit) await this.commitAll()
  }

  /** Undefined when the task was switched meanwhile. */
  private async poll(timeoutMs: number): Promise<ConsumerBatch | undefined> {
    const { signal } = this.switch
    try {
      return await this.consumer.poll(timeoutMs, signal)
    } catch (error) {
      if (signal.aborted) return undefined
      throw error
    }
  }

  /** Reads a batch; what cannot be read is left out or ends the task. */
  private async take(batch: ConsumerBatch): Promise<void> {
    for (const record of batch) {
      this.offsets.sawRecord(record, record.offset)
      this.onTopic(record.topic)
      const converted = await this.transform(toSinkRecord(record, this.converters))
      // What the end of the task cuts off is read again.
      if (converted instanceof Failed && this.stopped) return
      if (converted instanceof Failed) await this.leaveOut(record, converted)
      else if (converted) {
        this.waiting.push(converted)
        if (this.queue) this.originals.set(converted, copyOf(record))
      }
    }
    this.ends.push(...lastOf(batch))
  }

  /** Undefined for a record that a transformation leaves out: it is done with. */
  private transform(read: SinkRecord | Failed): Promise<SinkRecord | Failed | undefined> | SinkRecord | Failed {
    return this.chain && !(read instanceof Failed) ? this.chain.apply(read) : read
  }

  private async leaveOut(record: ConsumerRecord, failed: Failed): Promise<void> {
    const where = `the record ${record.topic}-${record.partition} at offset ${record.offset}`
    this.errors.tolerate(failed, where)
    await this.queue?.add(record, failed)
  }

  /** Puts what waits, also when nothing does: some tasks do by then what time asks for. Records go on waiting where the task wants that. */
  private async deliver(): Promise<void> {
    try {
      this.retryMs = RETRY_MS
      await this.task.put(this.waiting)
    } catch (error) {
      if (!isRetriable(error))
        throw new ConnectError('Exiting WorkerSinkTask due to unrecoverable exception.', { cause: error })
      this.log('WARN', `WorkerSinkTask{id=${this.name}} RetriableException from SinkTask: ${sentenceOf(error)}`)
      this.retrying = true
      return
    }
    const done = this.ends
    this.nothingWaits()
    for (const end of done) this.offsets.putUpTo(end, end.offset)
  }

  private nothingWaits(): void {
    this.retrying = false
    this.waiting = []
    this.ends = []
    this.originals.clear()
  }

  /** Nothing more is read while the task is paused, or while records wait to be put again. */
  private applyPauses(): void {
    const assigned = this.consumer.assignment()
    if (this.paused || this.retrying) return this.consumer.pause(assigned)
    const wanted = assigned.filter(({ topic, partition }) => !this.pausedByTask.has(partitionKey(topic, partition)))
    this.consumer.resume(wanted)
    this.consumer.pause(assigned.filter((partition) => !wanted.includes(partition)))
  }

  private commitLater(): void {
    this.commitRequested = false
    this.nextCommit = this.now + this.environment.config['offset.flush.interval.ms']
  }

  private async commitAll(): Promise<void> {
    this.commitLater()
    await this.commit(this.offsets.committable())
  }

  /** Has the task flush, then commits. Where it cannot flush, the records are read and put again. */
  private async commit(offsets: readonly CommitOffset[]): Promise<void> {
    if (offsets.length === 0) return
    let safe: readonly CommitOffset[]
    try {
      safe = await this.task.preCommit(offsets)
    } catch (error) {
      this.log(
        'ERROR',
        `WorkerSinkTask{id=${this.name}} Offset commit failed, rewinding to last committed offsets: ${sentenceOf(error)}`,
      )
      if (this.closing) throw error
      return this.rewind()
    }
    const put = new Map(offsets.map((item) => [partitionKey(item.topic, item.partition), item.offset]))
    const sound = safe.filter((item) => item.offset <= (put.get(partitionKey(item.topic, item.partition)) ?? -1))
    if (sound.length < safe.length)
      this.log(
        'WARN',
        `WorkerSinkTask{id=${this.name}} Ignoring offsets from the task that are beyond what was put, or of other partitions`,
      )
    if (sound.length === 0) return
    try {
      await this.consumer.commit(sound)
      this.offsets.committed(sound)
    } catch (error) {
      // The next commit brings them again; a member that was thrown out finds its records with others.
      this.log('ERROR', `WorkerSinkTask{id=${this.name}} Commit of offsets failed: ${sentenceOf(error)}`)
    }
  }

  private rewind(): void {
    this.nothingWaits()
    const assigned = new Set(this.consumer.assignment().map(({ topic, partition }) => partitionKey(topic, partition)))
    for (const { topic, partition, offset } of this.offsets.rewind())
      if (assigned.has(partitionKey(topic, partition))) this.consumer.seek({ topic, partition }, offset)
  }

  private async opened(partitions: readonly TopicPartition[]): Promise<void> {
    if (partitions.length === 0 || this.closing) return
    if (this.paused || this.retrying) this.consumer.pause(partitions)
    await this.task.open(partitions)
  }

  /** `committing`: they are still this task's for a moment. */
  private async taken(partitions: readonly TopicPartition[], committing: boolean): Promise<void> {
    if (partitions.length === 0 || this.closing) return
    const keys = new Set(partitions.map(({ topic, partition }) => partitionKey(topic, partition)))
    this.waiting = this.waiting.filter(
      (record) => !keys.has(partitionKey(record.originalTopic, record.originalPartition)),
    )
    this.ends = this.ends.filter(({ topic, partition }) => !keys.has(partitionKey(topic, partition)))
    for (const key of keys) this.pausedByTask.delete(key)
    if (committing) await this.commit(this.offsets.committable(partitions))
    this.offsets.forget(partitions)
    await this.task.close(partitions)
  }

  protected async cleanUp(): Promise<void> {
    const timeoutMs = this.environment.config['task.shutdown.graceful.timeout.ms']
    const assigned = this.consumer.assignment()
    this.closing = true
    await tryAll(this.log, [
      ...(this.started
        ? [
            // A task that failed, too, has put what was put before.
            [`Committing offsets of ${this.name}`, () => this.commit(this.offsets.committable())] as const,
            [
              `Closing partitions of ${this.name}`,
              () => (assigned.length > 0 ? this.task.close(assigned) : undefined),
            ] as const,
            [`Stopping task ${this.name}`, () => this.task.stop()] as const,
          ]
        : []),
      [`Leaving the group of ${this.name}`, () => this.consumer.close({ timeoutMs })],
      [`Closing the dead letter queue of ${this.name}`, () => this.queue?.close(timeoutMs)],
    ])
  }

  private get now(): number {
    return this.environment.runtime.clock.monotonic()
  }

  private context(): SinkTask['context'] {
    return {
      config: this.config,
      assignment: () => this.consumer.assignment(),
      pause: (partitions) => {
        for (const item of partitions) this.pausedByTask.set(partitionKey(item.topic, item.partition), item)
      },
      resume: (partitions) => {
        for (const { topic, partition } of partitions) this.pausedByTask.delete(partitionKey(topic, partition))
      },
      offset: (offsets) => {
        for (const item of offsets) {
          this.consumer.seek(item, item.offset)
          this.offsets.moved(item)
        }
      },
      timeout: (ms) => {
        this.retryMs = ms
      },
      requestCommit: () => {
        this.commitRequested = true
      },
      reportErrant: async (record, error) => {
        const original = this.originals.get(record)
        const failed = new Failed('TASK_PUT', error)
        const { originalTopic, originalPartition, originalOffset } = record
        this.errors.tolerate(failed, `the record ${originalTopic}-${originalPartition} at offset ${originalOffset}`)
        if (original) await this.queue?.add(original, failed)
      },
    }
  }
}

/** What the connector reads, by its properties. */
function topicsOf(config: ConnectorConfig): string[] | RegExp {
  const pattern = config['topics.regex']
  if (pattern !== undefined && pattern !== '') return new RegExp(pattern)
  return (config['topics'] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

/** The last record of each partition. */
function lastOf(batch: ConsumerBatch): ConsumerRecord[] {
  const last = new Map<string, ConsumerRecord>()
  for (const record of batch) last.set(partitionKey(record.topic, record.partition), record)
  return [...last.values()]
}

const copyOf = (record: ConsumerRecord): ConsumerRecord => ({
  ...record,
  key: record.key && Buffer.from(record.key),
  value: record.value && Buffer.from(record.value),
  headers: record.headers.map(({ key, value }) => ({ key, value: value && Buffer.from(value) })),
})
