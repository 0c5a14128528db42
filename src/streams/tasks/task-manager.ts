import {
  type CommitOffset,
  type Consumer,
  type ConsumerBatch,
  partitionKey,
  type TopicPartition,
} from '../../client/index.ts'
import { StreamsError } from '../errors.ts'
import type { Subtopology } from '../topology/subtopologies.ts'
import { realTopic, storesOf } from './internal-topics.ts'
import type { RecordQueue } from './record-queue.ts'
import type { Restoration } from './restorer.ts'
import { StreamTask, type TaskSurroundings } from './task.ts'

/** Records that are processed before the consumer is asked for more. */
const TURN = 1000

/** The tasks of this instance: those of the partitions that its consumer has. */
export class TaskManager {
  private readonly tasks = new Map<string, StreamTask>()
  private readonly byPartition = new Map<string, StreamTask>()
  private readonly owners = new Map<string, Subtopology>()
  private readonly full = new Set<RecordQueue>()

  constructor(
    private readonly consumer: Consumer,
    private readonly around: TaskSurroundings,
  ) {
    const { topology, settings } = around
    for (const subtopology of topology.subtopologies())
      for (const node of subtopology.nodes)
        if (node.kind === 'source')
          for (const topic of node.topics)
            this.owners.set(realTopic(topology, settings.applicationId, topic), subtopology)
  }

  /** Real names of all topics that are read. */
  get topics(): string[] {
    return [...this.owners.keys()]
  }

  all(): Iterable<StreamTask> {
    return this.tasks.values()
  }

  /** Makes the tasks of these partitions, with what was committed beside their offsets; gives what their stores are to be filled from. */
  assign(partitions: readonly TopicPartition[], metadata: ReadonlyMap<string, string>): Restoration[] {
    const groups = new Map<string, TopicPartition[]>()
    for (const where of partitions) {
      const id = `${this.owner(where.topic).id}_${where.partition}`
      groups.set(id, [...(groups.get(id) ?? []), where])
    }
    for (const [id, group] of groups) this.open(id, group)?.resume(metadata)
    return [...this.tasks.values()].flatMap(({ stores, partition }) =>
      stores.flatMap(({ bytes, changelog }) => (changelog ? [{ topic: changelog, partition, store: bytes }] : [])),
    )
  }

  /** To be called when all stores are filled. */
  begin(): void {
    for (const task of this.tasks.values()) task.begin()
  }

  add(batch: ConsumerBatch): void {
    for (const record of batch) {
      const task = this.byPartition.get(partitionKey(record.topic, record.partition))
      if (!task) throw new StreamsError(`There is no task for ${record.topic}-${record.partition}.`)
      const queue = task.add(record)
      if (queue && queue.size > this.around.settings.bufferedRecords) this.full.add(queue)
    }
    this.consumer.pause([...this.full].map(({ where }) => where))
  }

  /** Processes what is there, for one turn. False when there is nothing to be done before more is fetched. */
  async process(): Promise<boolean> {
    const { collector } = this.around
    const lag = ({ where }: RecordQueue) => this.consumer.currentLag(where)
    let busy = true
    let count = 0
    while (busy && count < TURN) {
      busy = false
      for (const task of this.tasks.values()) {
        const queue = task.processOne(lag)
        if (!queue) continue
        task.punctuateStreamTime()
        busy = true
        count++
        this.resume(queue)
        if (collector.full) await collector.full
      }
    }
    await this.punctuate()
    collector.check()
    return busy
  }

  /** Runs what is due by either time: also that of a stream's time that an earlier life has come to. */
  private async punctuate(): Promise<void> {
    const { collector } = this.around
    for (const task of this.tasks.values()) {
      task.punctuateStreamTime()
      task.punctuateWallClockTime()
      if (collector.full) await collector.full
    }
  }

  get commitRequested(): boolean {
    return [...this.tasks.values()].some((task) => task.commitRequested)
  }

  /** Flushes the caches, waits until all that was sent is acknowledged, and commits behind it; gives what was committed. */
  async commit(): Promise<readonly CommitOffset[]> {
    const { collector } = this.around
    for (const task of this.tasks.values()) {
      task.flush()
      if (collector.full) await collector.full
    }
    const offsets = [...this.tasks.values()].flatMap((task) => task.offsets())
    await collector.commit(offsets)
    for (const offset of offsets)
      this.byPartition.get(partitionKey(offset.topic, offset.partition))?.noteCommitted(offset)
    return offsets
  }

  /** Ends all tasks as they are; throws the first failure of theirs when all have ended. */
  close(): void {
    const tasks = [...this.tasks.values()]
    this.tasks.clear()
    this.byPartition.clear()
    this.full.clear()
    const failures: unknown[] = []
    for (const task of tasks)
      try {
        task.close()
      } catch (error) {
        failures.push(error)
      }
    if (failures.length > 0) throw failures[0]
  }

  private open(id: string, partitions: readonly TopicPartition[]): StreamTask | undefined {
    const [first] = partitions
    if (!first) return undefined
    const subtopology = this.owner(first.topic)
    const expected = this.around.counts().get(first.topic) ?? 0
    if (first.partition >= expected && storesOf(subtopology).length > 0)
      throw new StreamsError(
        `${first.topic} has got more partitions than the ${expected} that the application's own topics were made for.`,
      )
    const task = new StreamTask(subtopology, first.partition, partitions, this.around)
    this.tasks.set(id, task)
    for (const { topic, partition } of partitions) this.byPartition.set(partitionKey(topic, partition), task)
    return task
  }

  private resume(queue: RecordQueue): void {
    if (!this.full.has(queue) || queue.size > this.around.settings.bufferedRecords / 2) return
    this.full.delete(queue)
    this.consumer.resume([queue.where])
  }

  private owner(topic: string): Subtopology {
    const subtopology = this.owners.get(topic)
    if (!subtopology) throw new StreamsError(`The group was given ${topic}, which this application does not read.`)
    return subtopology
  }
}
