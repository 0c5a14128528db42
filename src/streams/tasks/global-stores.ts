import { type Consumer, type ConsumerBatch, partitionKey, type TopicPartition } from '../../client/index.ts'
import type { ReadableStore } from '../state/key-value-store.ts'
import type { TypedStore } from '../state/typed-store.ts'
import { GlobalTask } from './global-task.ts'
import type { TaskSurroundings } from './task.ts'

/** How long one wait for records takes, in milliseconds. */
const WAIT_MS = 100

/**
 * The global stores of an instance. They are read from their topics anew when it starts, before its tasks begin, and followed from there on: records of
 * tasks and of these topics are in no order to each other.
 */
export class GlobalStores {
  private readonly tasks: readonly GlobalTask[]
  private readonly byTopic = new Map<string, GlobalTask>()
  private readonly stopping = new AbortController()
  private following: Promise<void> | undefined
  private failure: unknown

  constructor(
    /** Without a group; undefined where the topology has no global stores. */
    private readonly consumer: Consumer | undefined,
    around: TaskSurroundings,
  ) {
    this.tasks = around.topology.globalSubtopologies().map((subtopology) => new GlobalTask(subtopology, around))
    for (const task of this.tasks) for (const topic of task.topics) this.byTopic.set(topic, task)
  }

  /** A store, to be read from. */
  store<K, V>(name: string): ReadableStore<K, V> | undefined {
    return this.typed(name) as ReadableStore<K, V> | undefined
  }

  typed(name: string): TypedStore<unknown, unknown> | undefined {
    for (const task of this.tasks) {
      const found = task.store(name)
      if (found) return found
    }
    return undefined
  }

  /** Reads the topics to the ends that they have now, and goes on behind them until `close`. Rejects with what fails, or the signal's reason. */
  async fill(signal: AbortSignal): Promise<void> {
    const { consumer } = this
    if (!consumer) return
    for (const task of this.tasks) task.begin()
    const partitions: TopicPartition[] = []
    for (const topic of this.byTopic.keys()) partitions.push(...(await consumer.partitionsFor(topic)))
    consumer.assign(partitions)
    consumer.seekToBeginning(partitions)
    const ends = await consumer.endOffsets(partitions)
    for (const where of partitions)
      while ((await consumer.position(where)) < (ends.get(partitionKey(where.topic, where.partition)) ?? 0))
        this.take(await consumer.poll(WAIT_MS, signal))
    this.following = this.follow(consumer).catch((error: unknown) => {
      if (!this.stopping.signal.aborted) this.failure = error
    })
  }

  /** Throws what has ended the reading. */
  check(): void {
    if (this.failure) throw this.failure
  }

  async close(): Promise<void> {
    this.stopping.abort()
    await this.following
    for (const task of this.tasks) task.close()
  }

  private async follow(consumer: Consumer): Promise<void> {
    const { signal } = this.stopping
    while (!signal.aborted) this.take(await consumer.poll(WAIT_MS, signal))
  }

  private take(batch: ConsumerBatch): void {
    for (const record of batch) this.byTopic.get(record.topic)?.process(record)
  }
}
