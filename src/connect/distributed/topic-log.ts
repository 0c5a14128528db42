import { type ClientHooks, Consumer, Producer } from '../../client/index.ts'
import { type ClientProperties, type ConsumerRecord, partitionKey, type TopicPartition } from '../../client/types.ts'
import type { Runtime } from '../../runtime/index.ts'
import { within } from '../../runtime/within.ts'
import { ConnectError } from '../data/errors.ts'
import { type Log, sentenceOf } from '../worker/environment.ts'

/** Milliseconds after a failed look at the topic. */
const PAUSE = 1000
/** Milliseconds of one poll. */
const POLL = 60_000

export interface TopicLogOptions {
  readonly topic: string
  /** For clients of every kind. */
  readonly properties: ClientProperties
  readonly runtime: Runtime
  readonly hooks: ClientHooks
  readonly log: Log
  /** Told of every record from the first on; keys and values are views that live as long as the call. */
  onRecord(record: ConsumerRecord): void
}

export interface TopicRecord {
  readonly key: string | Buffer
  /** Null takes back what was said under the key. */
  readonly value: string | Buffer | null
}

interface Waiter {
  readonly ends: ReadonlyMap<string, number>
  resolve(): void
  reject(error: Error): void
}

/** A whole topic that is followed from its beginning, and written to: what workers know together. */
export class TopicLog {
  private readonly consumer: Consumer
  private readonly producer: Producer
  private partitions: TopicPartition[] = []
  private waiters: Waiter[] = []
  private readonly stopping = new AbortController()
  /** Aborted when somebody waits for the end of the topic. */
  private nudge = new AbortController()
  private loop: Promise<void> = Promise.resolve()

  constructor(private readonly options: TopicLogOptions) {
    const { properties, runtime, hooks } = options
    this.consumer = new Consumer({ ...properties, 'auto.offset.reset': 'earliest' }, runtime, hooks)
    this.producer = new Producer(
      { ...properties, acks: 'all', 'linger.ms': 0, 'delivery.timeout.ms': 2_147_483_647 },
      runtime,
      hooks,
    )
  }

  get partitionCount(): number {
    return this.partitions.length
  }

  /** Reads what there is, and goes on reading; the topic has to be there. */
  async start(): Promise<void> {
    const found = await this.consumer.partitionsFor(this.options.topic)
    this.partitions = found.map(({ topic, partition }) => ({ topic, partition }))
    this.consumer.assign(this.partitions)
    this.loop = this.follow()
    await this.readToEnd(60_000)
  }

  async stop(): Promise<void> {
    this.stopping.abort()
    this.nudge.abort()
    await this.loop
    for (const { reject } of this.waiters) reject(new ConnectError(`Topic ${this.options.topic} is followed no more.`))
    this.waiters = []
    await this.producer.close({ timeoutMs: 5000 })
    await this.consumer.close()
  }

  /** Resolves when the records are there for good; rejects with `ConnectError` when that takes too long: they may get there later. */
  async send(records: readonly TopicRecord[], timeoutMs: number): Promise<void> {
    const { topic, runtime } = this.options
    const sent = Promise.all(records.map(({ key, value }) => this.producer.send({ topic, key, value })))
    await within<unknown>(runtime.clock, timeoutMs, sent, () => {
      throw new ConnectError(`Records were not written to topic ${topic} within ${timeoutMs} ms.`)
    })
  }

  /** Resolves when all that was sent is there, or some time has passed. */
  async flush(timeoutMs: number): Promise<void> {
    const flushed = this.producer.flush().catch(() => {})
    await within(this.options.runtime.clock, timeoutMs, flushed, () => {})
  }

  /** Resolves when everything that is in the topic now has been told; rejects with `ConnectError` when that takes too long. */
  readToEnd(timeoutMs: number): Promise<void> {
    const { clock } = this.options.runtime
    return within(clock, timeoutMs, this.reachEnd(), () => {
      throw new ConnectError(`The end of topic ${this.options.topic} was not reached within ${timeoutMs} ms.`)
    })
  }

  private async reachEnd(): Promise<void> {
    const ends = await this.consumer.endOffsets(this.partitions)
    await new Promise<void>((resolve, reject) => {
      this.waiters.push({ ends, resolve, reject })
      this.nudge.abort()
    })
  }

  private async follow(): Promise<void> {
    const { clock } = this.options.runtime
    while (!this.stopping.signal.aborted) {
      try {
        await this.pollOnce()
      } catch (error) {
        if (this.stopping.signal.aborted) return
        this.options.log('WARN', `Reading topic ${this.options.topic} failed: ${sentenceOf(error)}`)
        await clock.sleep(PAUSE, this.stopping.signal).catch(() => {})
      }
    }
  }

  private async pollOnce(): Promise<void> {
    if (this.nudge.signal.aborted && !this.stopping.signal.aborted) this.nudge = new AbortController()
    await this.releaseWaiters()
    const { signal } = this.nudge
    try {
      for (const record of await this.consumer.poll(POLL, signal)) this.options.onRecord(record)
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  private async releaseWaiters(): Promise<void> {
    if (this.waiters.length === 0) return
    const positions = new Map<string, number>()
    for (const where of this.partitions)
      positions.set(partitionKey(where.topic, where.partition), await this.consumer.position(where))
    const hasReached = ({ ends }: Waiter) => [...ends].every(([key, end]) => (positions.get(key) ?? 0) >= end)
    const reached = this.waiters.filter(hasReached)
    this.waiters = this.waiters.filter((waiter) => !reached.includes(waiter))
    for (const waiter of reached) waiter.resolve()
  }
}
