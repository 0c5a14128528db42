import { type ConsumerRecord, type ProducerRecord, partitionKey } from '../../src/client/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { serdes, type Topology } from '../../src/streams/index.ts'
import { CacheBudget } from '../../src/streams/state/record-cache.ts'
import { GlobalTask } from '../../src/streams/tasks/global-task.ts'
import { realTopic } from '../../src/streams/tasks/internal-topics.ts'
import type { RecordCollector } from '../../src/streams/tasks/record-collector.ts'
import { StreamTask } from '../../src/streams/tasks/task.ts'

const APPLICATION = 'app'

/** A record of a topic whose keys and values are bytes. */
export interface DrivenRecord {
  readonly topic: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly timestamp: number | undefined
}

/** The tasks of a topology without a cluster, as Java's TopologyTestDriver has them: each record is committed before the next. */
export class TaskDriver {
  private readonly tasks = new Map<string, StreamTask>()
  private readonly globals: readonly GlobalTask[]
  private readonly waiting: DrivenRecord[] = []
  private written: DrivenRecord[] = []
  /** On the wall's clock. */
  private now = 0
  /** What is committed beside offsets, by partition. */
  readonly metadata = new Map<string, string>()

  /** Stores begin with what the changelogs have, and global ones with their topics; `offsets` are those of the next records of topics. */
  constructor(
    topology: Topology,
    private readonly offsets: Map<string, number>,
    changelogs: readonly DrivenRecord[] = [],
    metadata: ReadonlyMap<string, string> = new Map(),
    /** Whether the clock moves on only where it is told to. */
    isSteady = false,
  ) {
    const collector: RecordCollector = {
      send: (record) => this.take(record),
      full: undefined,
      check: () => {},
      commit: async () => {},
      abandon: async () => {},
    }
    const settings = {
      applicationId: APPLICATION,
      serdes: { key: serdes.string, value: serdes.string },
      extractor: (timestamp: number) => timestamp,
      failsOnBadBytes: true,
      bufferedRecords: 1000,
      idleMs: -1,
      cacheBytes: 10_485_760,
      emitIntervalMs: 1000,
    }
    // A second goes by at each look: nothing waits for the wall's clock.
    const clock = { ...nodeRuntime.clock, now: () => (this.now += isSteady ? 0 : 1000), monotonic: () => 0 }
    const budget = new CacheBudget(settings.cacheBytes)
    const counts = () => new Map<string, number>()
    const globalStore = (name: string) => this.globals.map((task) => task.store(name)).find(Boolean)
    const told = { counts, globalStore, skipped: () => {} }
    const around = { topology, settings, defaults: settings.serdes, collector, clock, budget, ...told }
    this.globals = topology.globalSubtopologies().map((subtopology) => new GlobalTask(subtopology, around))
    for (const task of this.globals) {
      task.begin()
      for (const record of changelogs) if (task.topics.includes(record.topic)) task.process(this.consumed(record))
    }
    for (const subtopology of topology.subtopologies()) {
      const topics = subtopology.nodes.flatMap((node) => (node.kind === 'source' ? [...node.topics] : []))
      const partitions = topics.map((topic) => ({ topic: realTopic(topology, APPLICATION, topic), partition: 0 }))
      const task = new StreamTask(subtopology, 0, partitions, around)
      for (const { topic, key, value, timestamp } of changelogs)
        for (const { bytes, changelog } of task.stores)
          if (changelog === topic && key) bytes.restore(key, value, timestamp ?? -1)
      task.resume(metadata)
      task.begin()
      for (const { topic } of partitions) this.tasks.set(topic, task)
    }
  }

  /** Whether a topic is that of a global store, which is read anew in each life. */
  isGlobal(topic: string): boolean {
    return this.globals.some(({ topics }) => topics.includes(topic))
  }

  /** Processes a record, and what it led to; gives what was written, by topic. */
  pipe(record: DrivenRecord): DrivenRecord[] {
    for (const task of this.globals) if (task.topics.includes(record.topic)) task.process(this.consumed(record))
    if (this.isGlobal(record.topic)) return []
    this.waiting.push(record)
    this.goOn()
    return this.drain()
  }

  /** Moves the clock on the wall; gives what was written for that. */
  advance(ms: number): DrivenRecord[] {
    this.now += ms
    for (const task of new Set(this.tasks.values())) {
      task.punctuateWallClockTime()
      this.commit(task)
    }
    this.goOn()
    return this.drain()
  }

  private goOn(): void {
    for (let next = this.waiting.shift(); next; next = this.waiting.shift()) {
      const task = this.tasks.get(next.topic)
      if (!task) throw new Error(`nobody reads ${next.topic}`)
      task.add(this.consumed(next))
      task.processOne(() => 0)
      task.punctuateStreamTime()
      this.commit(task)
    }
  }

  private commit(task: StreamTask): void {
    task.flush()
    for (const row of task.offsets()) {
      this.metadata.set(partitionKey(row.topic, row.partition), row.metadata ?? '')
      task.noteCommitted(row)
    }
  }

  private drain(): DrivenRecord[] {
    const { written } = this
    this.written = []
    return written
  }

  private take({ topic, key, value, timestamp }: ProducerRecord): void {
    const record = { topic, key: key as Buffer | null, value: value as Buffer | null, timestamp }
    this.written.push(record)
    if (this.tasks.has(topic)) this.waiting.push(record)
  }

  private consumed(record: DrivenRecord): ConsumerRecord {
    const offset = this.offsets.get(record.topic) ?? 0
    this.offsets.set(record.topic, offset + 1)
    return { ...record, partition: 0, offset, headers: [] } as unknown as ConsumerRecord
  }
}
