import { type Log, sentenceOf } from '../worker/environment.ts'
import {
  readStatus,
  readStatusKey,
  type Status,
  statusJson,
  topicStatusJson,
  topicStatusKey,
} from './status-records.ts'
import type { TopicLog } from './topic-log.ts'
import { byTask, type TaskId, taskKey } from './units.ts'

/** Milliseconds that a status has to be written, and those that a rebalance waits for that. */
const KEPT = 120_000
const FLUSH = 5000

/** The status topic: how all connectors and tasks of the group are. */
export class StatusStore {
  private readonly connectors = new Map<string, Status>()
  /** By connector and number. */
  private readonly tasks = new Map<string, Map<number, Status>>()
  /** Topics by connector. */
  private readonly topics = new Map<string, Set<string>>()
  private topic: TopicLog | undefined

  constructor(private readonly log: Log) {}

  over(topic: TopicLog): void {
    this.topic = topic
  }

  learn(rawKey: Buffer | null, value: Buffer | null): void {
    const key = rawKey && readStatusKey(rawKey.toString())
    if (!key) return
    if (key.kind === 'topic') this.learnTopic(key.topic, key.connector, value !== null)
    else if (value === null) this.forget(key.kind === 'connector' ? key.name : key.id)
    else {
      const status = readStatus(value)
      if (status) this.keep(key.kind === 'connector' ? key.name : key.id, status)
    }
  }

  names(): string[] {
    return [...new Set([...this.connectors.keys(), ...this.tasks.keys()])]
  }

  connector(name: string): Status | undefined {
    return this.connectors.get(name)
  }

  task({ connector, task }: TaskId): Status | undefined {
    return this.tasks.get(connector)?.get(task)
  }

  tasksOf(connector: string): (TaskId & { readonly status: Status })[] {
    const all = Array.from(this.tasks.get(connector) ?? [], ([task, status]) => ({ connector, task, status }))
    return all.sort(byTask)
  }

  topicsOf(connector: string): string[] {
    return [...(this.topics.get(connector) ?? [])]
  }

  put(of: string | TaskId, status: Status): void {
    this.send(keyOf(of), statusJson(status))
  }

  /** Unless another worker has said something in a later generation: then it is none of ours any more. */
  putSafe(of: string | TaskId, status: Status): void {
    const known = typeof of === 'string' ? this.connector(of) : this.task(of)
    if (known && known.workerId !== status.workerId && known.generation > status.generation) return
    this.put(of, status)
  }

  /** It is not there any more. */
  remove(of: string | TaskId): void {
    this.send(keyOf(of), null)
  }

  putTopic(topic: string, { connector, task }: TaskId, now: number): void {
    if (this.topics.get(connector)?.has(topic)) return
    this.learnTopic(topic, connector, true)
    this.send(topicStatusKey(topic, connector), topicStatusJson({ name: topic, connector, task, discoveredAt: now }))
  }

  removeTopics(connector: string): void {
    for (const topic of this.topicsOf(connector)) this.send(topicStatusKey(topic, connector), null)
  }

  async flush(): Promise<void> {
    await this.topic?.flush(FLUSH)
  }

  private send(key: string, value: string | null): void {
    this.topic?.send([{ key, value }], KEPT).catch((error: unknown) => {
      this.log('ERROR', `Failed to write ${key} to the status topic: ${sentenceOf(error)}`)
    })
  }

  private learnTopic(topic: string, connector: string, isThere: boolean): void {
    const known = this.topics.get(connector) ?? new Set()
    this.topics.set(connector, known)
    isThere ? known.add(topic) : known.delete(topic)
  }

  private forget(of: string | TaskId): void {
    if (typeof of !== 'string') return void this.tasks.get(of.connector)?.delete(of.task)
    this.connectors.delete(of)
    this.tasks.delete(of)
  }

  private keep(of: string | TaskId, status: Status): void {
    if (typeof of === 'string') return void this.connectors.set(of, status)
    const known = this.task(of)
    // A worker that gave a task up may say so after the next one has said that it runs.
    if (
      status.state === 'UNASSIGNED' &&
      known?.state === 'RUNNING' &&
      known.generation >= status.generation &&
      known.workerId !== status.workerId
    )
      return
    const row = this.tasks.get(of.connector) ?? new Map<number, Status>()
    this.tasks.set(of.connector, row.set(of.task, status))
  }
}

const keyOf = (of: string | TaskId): string =>
  typeof of === 'string' ? `status-connector-${of}` : `status-task-${taskKey(of)}`
