import type { ConsumerRecord } from '../../client/index.ts'
import type { RecordContext } from '../state/record-context.ts'
import type { TypedStore } from '../state/typed-store.ts'
import type { Subtopology } from '../topology/subtopologies.ts'
import { RunningProcessor, RunningSource, readRecord, resolveSerdes } from './running-node.ts'
import type { TaskSurroundings } from './task.ts'
import { TaskScope } from './task-scope.ts'
import { openStores, type TaskStore } from './task-stores.ts'

/** A global store and the processor that puts into it what is read from all partitions of its topic. */
export class GlobalTask {
  readonly topics: readonly string[]
  private readonly scope: TaskScope
  private readonly stores: readonly TaskStore[]
  private readonly processors: RunningProcessor[] = []
  private readonly source: RunningSource

  constructor(
    private readonly subtopology: Subtopology,
    private readonly around: TaskSurroundings,
  ) {
    const { settings, defaults, clock } = around
    const source = subtopology.nodes.find((node) => node.kind === 'source')
    if (!source) throw new Error('A global store has a source.')
    // Java's tasks of global stores are called that.
    this.scope = new TaskScope('-1_-1', settings.applicationId, defaults, () => clock.now(), around.globalStore)
    this.stores = openStores(subtopology, -1, this.scope, around)
    this.topics = source.topics
    this.source = new RunningSource(source, resolveSerdes(source.name, source.serdes, defaults), this.processors)
  }

  /** To be called before the first record. */
  begin(): void {
    for (const node of this.subtopology.nodes)
      if (node.kind === 'processor') {
        const processor = new RunningProcessor(node, this.scope)
        processor.begin([])
        this.processors.push(processor)
      }
  }

  store(name: string): TypedStore<unknown, unknown> | undefined {
    return this.scope.store(name) as TypedStore<unknown, unknown> | undefined
  }

  /** Throws a `StreamsError` for what fails, and for bytes that cannot be read, unless they may be left out. */
  process(record: ConsumerRecord): void {
    const { topic, partition, offset, headers, timestamp } = record
    const context: RecordContext = { timestamp, headers, metadata: { topic, partition, offset } }
    this.scope.during(context, () => {
      const read = readRecord(this.source, record, timestamp, this.around)
      this.scope.streamTime = Math.max(this.scope.streamTime, timestamp)
      if (read) this.source.process(read)
    })
  }

  close(): void {
    for (const processor of this.processors) processor.close()
    for (const { bytes } of this.stores) bytes.close()
  }
}
