import type { Admin, Consumer, ConsumerBatch, Producer, ProducerRecord } from '../../client/index.ts'
import type { Runtime } from '../../runtime/index.ts'

/** Longest wait for a record to come back, in milliseconds. */
const POLL_MS = 60_000

export interface LatencyOptions {
  readonly topic: string
  readonly records: number
  /** Bytes. */
  readonly keySize: number
  readonly valueSize: number
  readonly headers: number
  readonly headerKeySize: number
  /** Bytes; -1 for null. */
  readonly headerValueSize: number
  /** Takes the time of every thousandth record, in milliseconds. */
  readonly onProgress: (record: number, ms: number) => void
  /** Told before the topic is made, and when that failed. */
  readonly onTopic: (event: 'missing' | 'failed') => void
}

export interface LatencyResult {
  /** Milliseconds. */
  readonly avg: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

interface Clients {
  readonly producer: Producer
  readonly consumer: Consumer
  /** Called only when the topic is missing. */
  readonly admin: () => Admin
}

/** Sends one record at a time and waits until it has come back. */
export class EndToEnd {
  /** Milliseconds of every record, sorted when the run is over. */
  times: Float64Array = new Float64Array()

  constructor(
    private readonly clients: Clients,
    private readonly runtime: Runtime,
    private readonly options: LatencyOptions,
  ) {}

  async run(): Promise<LatencyResult> {
    const { records, onProgress } = this.options
    await this.prepare()
    const times = new Float64Array(records)
    this.times = times
    let total = 0
    for (let i = 0; i < records; i++) {
      const elapsed = await this.once()
      if (i % 1000 === 0) onProgress(i, elapsed)
      total += elapsed
      times[i] = elapsed
    }
    times.sort()
    const at = (share: number): number => times[Math.floor(records * share)] as number
    const max = times[records - 1] as number
    return { avg: total / records, p50: at(0.5), p95: at(0.95), p99: at(0.99), p999: at(0.999), max }
  }

  /** Makes the topic if need be, and puts the consumer at its end. */
  private async prepare(): Promise<void> {
    const { consumer } = this.clients
    const { topic } = this.options
    if (!(await consumer.listTopics()).has(topic)) await this.createTopic()
    const partitions = (await consumer.partitionsFor(topic)).map(({ partition }) => ({ topic, partition }))
    consumer.assign(partitions)
    consumer.seekToEnd(partitions)
    for (const where of partitions) await consumer.position(where)
  }

  private async createTopic(): Promise<void> {
    const { topic, onTopic } = this.options
    onTopic('missing')
    const admin = this.clients.admin()
    try {
      const result = (await admin.createTopics([{ name: topic, partitions: 1, replicationFactor: 1 }])).get(topic)
      if (result instanceof Error) throw result
    } catch (error) {
      onTopic('failed')
      throw error
    } finally {
      await admin.close()
    }
  }

  /** Gives the milliseconds from before the send until after the poll. */
  private async once(): Promise<number> {
    const { producer, consumer } = this.clients
    const { clock } = this.runtime
    const record = this.record()
    const start = clock.monotonic()
    await producer.send(record)
    const batch = await consumer.poll(POLL_MS)
    const elapsed = clock.monotonic() - start
    this.check(record, batch)
    return elapsed
  }

  private record(): ProducerRecord {
    const { topic, keySize, valueSize, headers, headerKeySize, headerValueSize } = this.options
    return {
      topic,
      key: this.letters(keySize),
      value: this.letters(valueSize),
      headers: Array.from({ length: headers }, () => ({
        key: this.letters(headerKeySize).toString(),
        value: headerValueSize < 0 ? null : this.letters(headerValueSize),
      })),
    }
  }

  private letters(length: number): Buffer {
    const bytes = this.runtime.random.bytes(length)
    for (let i = 0; i < length; i++) bytes[i] = 65 + ((bytes[i] as number) % 26)
    return bytes
  }

  /** Throws unless the batch is exactly what was sent. */
  private check(sent: ProducerRecord, batch: ConsumerBatch): void {
    if (batch.count === 0) throw new Error(`poll() timed out before finding a result (timeout:[${POLL_MS}ms])`)
    const [read] = batch
    if (!read) return
    const same = (a: unknown, b: unknown): boolean => text(a) === text(b)
    if (!same(read.value, sent.value))
      throw new Error(
        `The message value read [${text(read.value)}] did not match the message value sent [${text(sent.value)}]`,
      )
    if (!same(read.key, sent.key))
      throw new Error(`The message key read [${text(read.key)}] did not match the message key sent [${text(sent.key)}]`)
    for (const [index, header] of (sent.headers ?? []).entries()) {
      const other = read.headers[index]
      if (!other || other.key !== header.key || !same(other.value, header.value))
        throw new Error(
          `The message header read [${other?.key}:${text(other?.value)}] did not match the message header sent [${header.key}:${text(header.value)}]`,
        )
    }
    if (batch.count !== 1) throw new Error(`Only one result was expected during this test. We found [${batch.count}]`)
  }
}

const text = (value: unknown): string => (value === null || value === undefined ? 'null' : String(value))
