import { type CommitOffset, type ConsumerRecord, partitionKey, type TopicPartition } from '../../client/index.ts'
import type { Clock } from '../../runtime/index.ts'
import { StreamsError } from '../errors.ts'
import { ByteStore } from '../state/byte-store.ts'
import type { EmitProgress } from '../state/emit-progress.ts'
import type { ReadableStore } from '../state/key-value-store.ts'
import type { RecordContext } from '../state/record-context.ts'
import type { TypedStore } from '../state/typed-store.ts'
import { WindowedStore } from '../state/windowed-store.ts'
import { parentsOf, type SinkNode } from '../topology/nodes.ts'
import type { Subtopology } from '../topology/subtopologies.ts'
import { type Lag, TaskInput } from './input.ts'
import { realTopic } from './internal-topics.ts'
import { readOffsetTimes, writeOffsetTimes } from './offset-metadata.ts'
import { PunctuationQueue } from './punctuation-queue.ts'
import type { RecordCollector } from './record-collector.ts'
import { type QueuedRecord, RecordQueue } from './record-queue.ts'
import {
  type RunningNode,
  RunningProcessor,
  RunningSink,
  RunningSource,
  readRecord,
  resolveSerdes,
} from './running-node.ts'
import { TaskScope } from './task-scope.ts'
import { flushStores, openStores, type StoreSurroundings, type TaskStore } from './task-stores.ts'

export interface TaskSurroundings extends StoreSurroundings {
  readonly clock: Clock
  /** Partitions of the application's topics when it began, by their real names. */
  readonly counts: () => ReadonlyMap<string, number>
  /** Finds a global store, which all tasks may read. */
  readonly globalStore: (name: string) => TypedStore<unknown, unknown> | undefined
  /** Told of a record that was left out. */
  readonly skipped: (sentence: string) => void
}

/** A subtopology at work on one partition of each of its topics. */
export class StreamTask {
  readonly id: string
  readonly stores: readonly TaskStore[]
  private readonly scope: TaskScope
  private readonly input: TaskInput
  private readonly sources = new Map<string, RunningSource>()
  private readonly nodes: RunningNode[] = []
  private readonly committed = new Map<string, number>()

  constructor(
    private readonly subtopology: Subtopology,
    readonly partition: number,
    partitions: readonly TopicPartition[],
    private readonly around: TaskSurroundings,
  ) {
    this.id = `${subtopology.id}_${partition}`
    this.scope = new TaskScope(
      this.id,
      around.settings.applicationId,
      around.defaults,
      () => around.clock.now(),
      around.globalStore,
    )
    this.scope.punctuations = { 'stream-time': new PunctuationQueue(), 'wall-clock-time': new PunctuationQueue() }
    this.stores = openStores(subtopology, partition, this.scope, around)
    const { settings, clock } = around
    this.input = new TaskInput(partitions.map((where) => new RecordQueue(where, settings.extractor, () => clock.now())))
  }

  /** What was committed beside the offsets in an earlier life, by partition key; to be called before the task begins. */
  resume(metadata: ReadonlyMap<string, string>): void {
    for (const queue of this.input.all()) {
      const times = readOffsetTimes(metadata.get(partitionKey(queue.where.topic, queue.where.partition)) ?? '')
      queue.partitionTime = times.partitionTime
      this.scope.streamTime = Math.max(this.scope.streamTime, times.partitionTime)
      for (const [store, closedAt] of times.closedAt) {
        const progress = this.progressOf(store)
        if (progress) progress.closedAt = Math.max(progress.closedAt, closedAt)
      }
    }
  }

  /** To be called when the stores have what their changelogs have. */
  begin(): void {
    const { topology, settings, collector } = this.around
    const byName = new Map<string, RunningNode>()
    const childrenOf = (name: string): RunningNode[] =>
      this.subtopology.nodes.flatMap((node) => (parentsOf(node).includes(name) ? (byName.get(node.name) ?? []) : []))
    // Children stand behind their parents: backwards, all are there when they are asked for.
    for (const node of this.subtopology.nodes.toReversed()) {
      const serdes = () =>
        resolveSerdes(node.name, node.kind === 'processor' ? settings.serdes : node.serdes, settings.serdes)
      if (node.kind === 'source') {
        const source = new RunningSource(node, serdes(), childrenOf(node.name))
        for (const topic of node.topics) this.sources.set(realTopic(topology, settings.applicationId, topic), source)
        continue
      }
      const running =
        node.kind === 'processor' ? new RunningProcessor(node, this.scope) : this.sink(node, serdes(), collector)
      byName.set(node.name, running)
      this.nodes.push(running)
      if (running instanceof RunningProcessor) running.begin(childrenOf(node.name))
    }
    for (const { bytes } of this.stores) if (bytes instanceof ByteStore) this.flushOnBehalf(bytes)
  }

  get commitRequested(): boolean {
    return this.scope.commitRequested
  }

  /** One of the task's stores, to be read from. */
  store<K, V>(name: string): ReadableStore<K, V> | undefined {
    return this.scope.store(name) as ReadableStore<K, V> | undefined
  }

  add(record: ConsumerRecord): RecordQueue | undefined {
    return this.input.add(record)
  }

  /** Processes one record; gives its queue, or undefined when there is nothing to be done now. */
  processOne(lag: Lag): RecordQueue | undefined {
    const { settings, clock } = this.around
    const queue = this.input.next()
    const head = queue?.head
    if (!queue || !head || !this.input.isReady(lag, settings.idleMs, clock.monotonic())) return undefined
    this.process(head)
    queue.take()
    return queue
  }

  /** Runs what is due by the stream's time; nothing is before the first record. */
  punctuateStreamTime(): void {
    if (this.scope.streamTime >= 0) this.scope.punctuations?.['stream-time'].run(this.scope.streamTime)
  }

  /** Runs what is due by the clock on the wall. */
  punctuateWallClockTime(): void {
    this.scope.punctuations?.['wall-clock-time'].run(this.around.clock.now())
  }

  /** Empties the caches: all that was processed so far is handed to the collector. */
  flush(): void {
    this.scope.commitRequested = false
    flushStores(this.stores)
  }

  /** Offsets of the next records, where they have moved since the last commit. */
  offsets(): CommitOffset[] {
    const rows: CommitOffset[] = []
    const closedAt = this.closeTimes()
    for (const { where, consumed, partitionTime } of this.input.all())
      if (consumed && this.committed.get(partitionKey(where.topic, where.partition)) !== consumed.offset)
        rows.push({ ...where, ...consumed, metadata: writeOffsetTimes({ partitionTime, closedAt }) })
    return rows
  }

  noteCommitted({ topic, partition, offset }: CommitOffset): void {
    this.committed.set(partitionKey(topic, partition), offset)
  }

  /** Ends the processors and forgets the stores; nothing is written. */
  close(): void {
    for (const node of this.nodes) node.close()
    for (const { bytes } of this.stores) bytes.close()
  }

  private progressOf(store: string): EmitProgress | undefined {
    const found = this.scope.store(store)
    return found instanceof WindowedStore ? found.progress : undefined
  }

  /** By which times windows have gone on, of the stores whose windows do so when they close. */
  private closeTimes(): Map<string, number> {
    const times = new Map<string, number>()
    for (const name of this.scope.stores.keys()) {
      const { closedAt = -1 } = this.progressOf(name) ?? {}
      if (closedAt >= 0) times.set(name, closedAt)
    }
    return times
  }

  private sink(node: SinkNode, serdes: ReturnType<typeof resolveSerdes>, collector: RecordCollector): RunningSink {
    const { topology, settings, counts } = this.around
    const topic = realTopic(topology, settings.applicationId, node.topic)
    return new RunningSink(node, topic, counts().get(topic) ?? 0, serdes, this.scope, collector)
  }

  private process({ record, timestamp }: QueuedRecord): void {
    const { topic, partition, offset, headers } = record
    const source = this.sources.get(topic)
    if (!source) throw new StreamsError(`Task ${this.id} has no source for ${topic}.`)
    const context: RecordContext = { timestamp, headers, metadata: { topic, partition, offset } }
    this.scope.during(context, () => {
      const read = readRecord(source, record, timestamp, this.around)
      this.scope.streamTime = Math.max(this.scope.streamTime, timestamp)
      if (read) source.process(read)
    })
  }

  /** What leaves a cache goes on for the record that changed it. */
  private flushOnBehalf(bytes: ByteStore): void {
    const { onFlush } = bytes
    if (onFlush) bytes.onFlush = (change) => this.scope.during(change.context, () => onFlush(change))
  }
}
