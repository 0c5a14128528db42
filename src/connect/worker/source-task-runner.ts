import { Producer, type ProducerRecord } from '../../client/index.ts'
import { producerProperties } from '../config/client-properties.ts'
import type { SourceTask } from '../connector.ts'
import { ConnectError } from '../data/errors.ts'
import type { PartitionOffset } from '../offsets/source-offsets.ts'
import type { SourceRecord } from '../records.ts'
import { asError, sentenceOf } from './environment.ts'
import { Failed, type Stage } from './error-handling.ts'
import { type Submitted, SubmittedRecords } from './submitted-records.ts'
import { Task, type TaskPlace, tryAll } from './task.ts'
import { TopicMaker } from './topic-maker.ts'
import type { TransformationChain } from './transformation-chain.ts'

/**
 * A source task at work: polls, converts, sends, and commits the offsets of what was acknowledged, in order, every
 * `offset.flush.interval.ms` and at its end.
 */
export class SourceTaskRunner extends Task {
  private readonly submitted = new SubmittedRecords()
  private readonly producer: Producer
  /** Offsets that may be committed and are not, for the disk refused. */
  private unwritten: PartitionOffset[] = []
  private committing: Promise<void> = Promise.resolve()
  /** Why the task cannot go on, found out beside its loop. */
  private failure: Error | undefined
  /** The timer of the next commit. */
  private cancelCommit = () => {}
  /** There when topics are made here. */
  private topics: TopicMaker | undefined
  private started = false

  /** Throws `ConfigError` for converters and producer properties that cannot be. */
  constructor(
    private readonly task: SourceTask,
    place: TaskPlace,
  ) {
    super(place)
    const { config, runtime, hooks } = this.environment
    this.producer = new Producer(producerProperties(config, this.config, this.name), runtime, hooks)
  }

  get version(): string {
    return this.task.version
  }

  protected async work(): Promise<void> {
    this.task.context = {
      config: this.config,
      offset: (partition) => this.environment.offsets.get(this.connector, partition),
    }
    this.topics = TopicMaker.open(this.config, this.environment)
    // Another worker may have brought the task where it is.
    await this.environment.offsets.refresh()
    await this.task.start(this.config)
    this.started = true
    this.log('INFO', `WorkerSourceTask{id=${this.name}} Source task finished initialization and start`)
    this.commitLater()
    while (!this.stopped) {
      this.show()
      this.check()
      if (this.paused) await this.rest()
      else await this.send((await this.task.poll(this.stopping.signal)) ?? [])
    }
    this.check()
  }

  protected async cleanUp(failed: boolean): Promise<void> {
    this.cancelCommit()
    const timeoutMs = this.environment.config['task.shutdown.graceful.timeout.ms']
    await tryAll(this.log, [
      // After a failure, too, what is on its way may still arrive; what does not is read again by the next task.
      [`Sending the last records of ${this.name}`, () => this.producer.close({ timeoutMs })],
      [`Committing offsets of ${this.name}`, () => this.commit()],
      [`Closing the admin client of ${this.name}`, () => this.topics?.close()],
      // Last: until here it is told of what was acknowledged and committed.
      ...(this.started ? [[`Stopping task ${this.name}`, () => this.task.stop()] as const] : []),
    ])
    if (!failed && this.failure) this.log('WARN', `Task ${this.name} ended with: ${sentenceOf(this.failure)}`)
  }

  private async rest(): Promise<void> {
    await this.producer.flush().catch(() => {})
    await this.commit()
    await this.untilSwitched()
  }

  private check(): void {
    if (this.failure)
      throw new ConnectError('Unrecoverable exception from producer send callback', { cause: this.failure })
  }

  private async send(records: readonly SourceRecord[]): Promise<void> {
    for (const record of records) {
      if (this.stopped || this.failure) return
      const submitted = this.submitted.submit(record)
      const transformed = this.chain ? await this.transform(this.chain, record) : record
      // What the end of the task cuts off stays uncommitted.
      if (!transformed && this.stopped) return
      const converted = transformed && this.convert(transformed)
      if (converted) {
        await this.topics?.ensure(converted.topic, this.stopping.signal)
        if (this.stopped) return
        await this.enqueue(record, submitted, converted)
      } else await this.leaveOut(record, submitted)
    }
  }

  /** Waits where the producer has no room; not beyond the end of the task. */
  private async enqueue(record: SourceRecord, submitted: Submitted, converted: ProducerRecord): Promise<void> {
    const admitted = this.producer.enqueue(converted, (error, metadata) => {
      if (error) return this.notSent(record, submitted, converted.topic, error)
      submitted.acked = true
      this.onTopic(converted.topic)
      this.told(() => this.task.commitRecord(record, metadata))
    })
    if (!admitted) return
    const stop = new AbortController()
    const ended = new Promise<void>((resolve) => {
      this.stopping.signal.addEventListener('abort', () => resolve(), { once: true, signal: stop.signal })
    })
    await Promise.race([admitted, ended])
    stop.abort()
  }

  private notSent(record: SourceRecord, submitted: Submitted, topic: string, error: Error): void {
    // What the end of the task cuts off was not refused: it stays uncommitted.
    if (this.stopped || this.failure) return
    this.log('ERROR', `WorkerSourceTask{id=${this.name}} failed to send record to ${topic}: ${error.message}`)
    try {
      this.errors.tolerate(new Failed('KAFKA_PRODUCE', error), this.describe(record))
      void this.leaveOut(record, submitted).catch((reason: unknown) => this.fail(reason))
    } catch {
      this.fail(error)
    }
  }

  private fail(error: unknown): void {
    this.failure ??= asError(error)
  }

  private async leaveOut(record: SourceRecord, submitted: Submitted): Promise<void> {
    submitted.acked = true
    await this.task.commitRecord(record, undefined)
  }

  /** Calls the task beside its loop. */
  private told(call: () => void | Promise<void>): void {
    try {
      const result = call()
      if (result) result.catch((error: unknown) => this.fail(error))
    } catch (error) {
      this.fail(error)
    }
  }

  /** Undefined for a record that is left out, by a transformation or because one failed. */
  private async transform(chain: TransformationChain, record: SourceRecord): Promise<SourceRecord | undefined> {
    const { keySchema = null, key = null, valueSchema = null, value = null } = record
    const headers = record.headers ?? []
    const result = await chain.apply({ ...record, keySchema, key, valueSchema, value, headers })
    if (!(result instanceof Failed)) return result
    if (!this.stopped) this.errors.tolerate(result, this.describe(record))
    return undefined
  }

  /** Undefined for a record that is left out. */
  private convert(record: SourceRecord): ProducerRecord | undefined {
    let stage: Stage = 'HEADER_CONVERTER'
    try {
      const { topic, partition, timestamp } = record
      const headers = (record.headers ?? []).map(({ key, schema, value }) => ({
        key,
        value: this.converters.header.fromConnectHeader(topic, key, schema, value),
      }))
      stage = 'KEY_CONVERTER'
      const key = this.converters.key.fromConnectData(topic, record.keySchema ?? null, record.key)
      stage = 'VALUE_CONVERTER'
      const value = this.converters.value.fromConnectData(topic, record.valueSchema ?? null, record.value)
      return {
        ...{ topic, key, value, headers },
        ...(partition === undefined ? {} : { partition }),
        ...(timestamp === undefined ? {} : { timestamp }),
      }
    } catch (error) {
      this.errors.tolerate(new Failed(stage, error), this.describe(record))
      return undefined
    }
  }

  private describe = ({ topic, sourcePartition, sourceOffset }: SourceRecord): string =>
    `a record for topic ${topic} from ${JSON.stringify(sourcePartition)} at ${JSON.stringify(sourceOffset)}`

  private commitLater(): void {
    const timer = this.environment.runtime.clock.timer(this.environment.config['offset.flush.interval.ms'], () => {
      void this.commit()
        .catch((error: unknown) =>
          this.log('ERROR', `WorkerSourceTask{id=${this.name}} Failed to commit offsets: ${sentenceOf(error)}`),
        )
        .finally(() => this.stopped || this.commitLater())
    })
    this.cancelCommit = () => timer.cancel()
  }

  /** One commit after the other. */
  private commit(): Promise<void> {
    const result = this.committing.then(() => this.commitNow())
    this.committing = result.catch(() => {})
    return result
  }

  private async commitNow(): Promise<void> {
    this.unwritten.push(...this.submitted.takeCommittable())
    if (this.unwritten.length === 0 || this.abandoned) return
    await this.environment.offsets.put(this.connector, this.unwritten)
    this.unwritten = []
    await this.task.commit()
  }
}
