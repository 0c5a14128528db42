import type { ConnectorConfig } from '../connector.ts'
import type { TargetState } from '../worker/connector-runner.ts'
import {
  type ConfigChange,
  type ConfigRecord,
  commitRecord,
  connectorRecord,
  isJson,
  type RestartRequest,
  readConfigRecord,
  restartRecord,
  sessionKeyRecord,
  targetRecord,
  taskRecord,
} from './config-records.ts'
import { ConfigState, type SessionKey } from './config-state.ts'
import type { TopicLog } from './topic-log.ts'
import { parseTaskKey, type TaskId, taskKey } from './units.ts'

/** Milliseconds in which something has to be written, and in which it has to be read back. */
const WRITE = 30_000

/** What a worker is told of the config topic, once it has started; the store knows it by then. */
export interface ConfigListener {
  onConnector(name: string, isThere: boolean): void
  onTarget(name: string): void
  onTasks(ids: readonly TaskId[]): void
  onRestart(request: RestartRequest): void
  onSessionKey(): void
}

/** The config topic: what was read of it, and how it is written to. Only a leader writes configs. */
export class ConfigStore {
  private readonly state = new ConfigState()
  /** Configs of tasks that no commit has made count yet, by connector and task. */
  private readonly deferred = new Map<string, Map<string, ConnectorConfig>>()
  private topic: TopicLog | undefined
  private started = false

  constructor(private readonly listenerNow: () => ConfigListener) {}

  private get listener(): ConfigListener {
    return this.listenerNow()
  }

  over(topic: TopicLog): void {
    this.topic = topic
  }

  /** From now on the listener is told. */
  begin(): void {
    this.started = true
  }

  /** What is known at any time: it changes. */
  get current(): Readonly<ConfigState> {
    return this.state
  }

  /** What is known now; it does not change. */
  snapshot(): ConfigState {
    return new ConfigState(this.state)
  }

  /** Rejects when the end of the topic is too far away. */
  async refresh(timeoutMs: number): Promise<void> {
    await this.log.readToEnd(timeoutMs)
  }

  learn(key: Buffer | null, value: Buffer | null, offset: number): void {
    // Apache's workers do not count what is no JSON, and all have to come to the same number.
    if (value && !isJson(value)) return
    this.state.offset = offset + 1
    const change = key && readConfigRecord(key.toString(), value)
    if (!change) return
    const tell = this.apply(change)
    if (this.started) tell?.()
  }

  async putConnector(name: string, config: ConnectorConfig, target: TargetState | undefined): Promise<void> {
    await this.write([...(target ? [targetRecord(name, target)] : []), connectorRecord(name, config)])
  }

  async removeConnector(name: string): Promise<void> {
    await this.write([connectorRecord(name, null), targetRecord(name, null)])
  }

  /** The tasks count when all of them are there. */
  async putTasks(connector: string, configs: readonly ConnectorConfig[]): Promise<void> {
    await this.write(configs.map((config, task) => taskRecord({ connector, task }, config)))
    await this.write([commitRecord(connector, configs.length)])
  }

  async putTarget(name: string, target: TargetState): Promise<void> {
    await this.write([targetRecord(name, target)])
  }

  async putRestart(request: RestartRequest): Promise<void> {
    await this.write([restartRecord(request)])
  }

  async putSessionKey(key: SessionKey): Promise<void> {
    await this.write([sessionKeyRecord(key)])
  }

  private get log(): TopicLog {
    return this.topic as TopicLog
  }

  /** Resolves when the records were read back. */
  private async write(records: readonly ConfigRecord[]): Promise<void> {
    await this.log.send(records, WRITE)
    await this.log.readToEnd(WRITE)
  }

  /** Gives how the listener is told. */
  private apply(change: ConfigChange): (() => void) | undefined {
    switch (change.kind) {
      case 'connector':
        return this.applyConnector(change.name, change.config)
      case 'target':
        return this.applyTarget(change.name, change.target)
      case 'task': {
        const { connector } = change.id
        const waiting = this.deferred.get(connector) ?? new Map<string, ConnectorConfig>()
        this.deferred.set(connector, waiting.set(taskKey(change.id), change.config))
        return undefined
      }
      case 'commit':
        return this.applyCommit(change.name, change.tasks)
      case 'restart':
        return () => this.listener.onRestart(change.request)
      case 'session-key':
        this.state.sessionKey = change.key
        return () => this.listener.onSessionKey()
    }
  }

  private applyConnector(name: string, config: ConnectorConfig | null): () => void {
    if (config) {
      this.state.connectors.set(name, config)
      if (!this.state.targets.has(name)) this.state.targets.set(name, 'RUNNING')
    } else this.forget(name)
    return () => this.listener.onConnector(name, config !== null)
  }

  private applyTarget(name: string, target: TargetState | null): (() => void) | undefined {
    const { targets, connectors } = this.state
    if (!target) {
      targets.delete(name)
      if (connectors.has(name)) targets.set(name, 'RUNNING')
      return undefined
    }
    const changed = targets.get(name) !== target
    targets.set(name, target)
    return changed && connectors.has(name) ? () => this.listener.onTarget(name) : undefined
  }

  private applyCommit(name: string, tasks: number): (() => void) | undefined {
    const { state } = this
    const config = state.connectors.get(name)
    // Its connector is gone, and compaction has taken what said so.
    if (!config) return void this.forget(name)
    const waiting = this.deferred.get(name) ?? new Map<string, ConnectorConfig>()
    this.deferred.delete(name)
    state.taskCounts.set(name, tasks)
    const isWhole = Array.from({ length: tasks }).every((_, task) => waiting.has(taskKey({ connector: name, task })))
    if (isWhole) {
      for (const [key, task] of waiting) state.tasks.set(key, task)
      state.inconsistent.delete(name)
      state.applied.set(name, config)
    } else state.inconsistent.add(name)
    const changed = isWhole ? Array.from(waiting.keys(), (key) => parseTaskKey(key) as TaskId) : []
    return () => this.listener.onTasks(changed)
  }

  private forget(name: string): void {
    const { connectors, taskCounts, tasks, applied, inconsistent } = this.state
    for (const of of [connectors, taskCounts, applied, this.deferred]) of.delete(name)
    inconsistent.delete(name)
    for (const key of tasks.keys()) if (parseTaskKey(key)?.connector === name) tasks.delete(key)
  }
}
