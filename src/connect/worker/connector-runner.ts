import { int } from '../../config/define.ts'
import type { ConnectorConfig, SinkConnector, SourceConnector } from '../connector.ts'
import { ConnectError } from '../data/errors.ts'
import { type Plugin, taskClass } from '../plugins/plugins.ts'
import { type Environment, sentenceOf, traceOf } from './environment.ts'
import { SinkTaskRunner } from './sink-task-runner.ts'
import { SourceTaskRunner } from './source-task-runner.ts'
import type { Task, TaskPlace } from './task.ts'

/** What a user wants of a connector. */
export type TargetState = 'RUNNING' | 'PAUSED' | 'STOPPED'

/** A connector with its tasks. */
export class ConnectorRunner {
  /** Why it could not start. */
  trace: string | undefined
  tasks: Task[] = []
  private connector: SourceConnector | SinkConnector | undefined
  /** Topics that were read or written. */
  readonly topics = new Set<string>()
  /** Of each task, as it is shown: what config providers give is named and not written out. */
  readonly taskConfigs: ConnectorConfig[] = []

  constructor(
    readonly name: string,
    readonly config: ConnectorConfig,
    readonly plugin: Plugin,
    public target: TargetState,
    private readonly environment: Environment,
    /** The connector wants other tasks. */
    private readonly onReconfiguration: () => void,
  ) {}

  get state(): TargetState | 'FAILED' {
    return this.trace === undefined ? this.target : 'FAILED'
  }

  /** Starts the connector and its tasks, as far as the target has it. What fails is told by the state. */
  async start(): Promise<void> {
    this.trace = undefined
    if (this.target === 'STOPPED') return
    this.environment.log('INFO', `Creating connector ${this.name} of type ${this.config['connector.class']}`)
    try {
      const connector = this.plugin.create()
      connector.context = {
        requestTaskReconfiguration: () => this.onReconfiguration(),
        raiseError: (error) => this.fail(error),
      }
      await connector.start(this.resolved())
      this.connector = connector
      if (this.tasks.length === 0) this.startTasks()
    } catch (error) {
      this.fail(error)
    }
  }

  async stop(): Promise<void> {
    await this.stopTasks()
    await this.stopConnector()
  }

  /** Starts the connector anew; its tasks go on. */
  async restartConnector(): Promise<void> {
    await this.stopConnector()
    await this.start()
  }

  private async stopConnector(): Promise<void> {
    const { connector } = this
    this.connector = undefined
    try {
      await connector?.stop()
    } catch (error) {
      this.environment.log('ERROR', `Error while shutting down connector ${this.name}: ${sentenceOf(error)}`)
    }
  }

  /** Ends the tasks and starts those that the connector wants now. */
  async reconfigure(): Promise<void> {
    if (!this.connector) return
    await this.stopTasks()
    try {
      this.startTasks()
    } catch (error) {
      this.fail(error)
    }
  }

  /** Of a connector that is not stopped. */
  setPaused(paused: boolean): void {
    this.target = paused ? 'PAUSED' : 'RUNNING'
    for (const task of this.tasks) paused ? task.pause() : task.resume()
  }

  async restartTask(id: number): Promise<void> {
    const task = this.tasks[id]
    if (!task) return
    await task.stop()
    const fresh = this.makeTask(id)
    this.tasks[id] = fresh
    fresh.begin()
  }

  private fail(error: unknown): void {
    this.trace = traceOf(error)
    this.environment.log('ERROR', `Connector ${this.name} failed: ${sentenceOf(error)}`)
  }

  private startTasks(): void {
    const { connector } = this
    if (!connector) return
    const config = this.resolved()
    const most = int(1).parse('tasks.max', config['tasks.max'] ?? '1')
    const configs = connector.taskConfigs(most)
    if (configs.length > most && config['tasks.max.enforce']?.toLowerCase() !== 'false')
      throw new ConnectError(
        `The connector ${this.name} has generated ${configs.length} tasks, which is greater than ${most}, the maximum number of tasks it is configured to create.`,
      )
    const taskClassName = taskClass(this.plugin)
    // A task that says nothing of converters and errors has the connector's.
    const shown = configs.map((own) => ({ ...this.config, 'task.class': taskClassName, ...this.named(own, config) }))
    this.taskConfigs.splice(0, Number.POSITIVE_INFINITY, ...shown)
    this.tasks = shown.map((_, id) => this.makeTask(id))
    for (const task of this.tasks) task.begin()
  }

  /** The config with what config providers give now. Throws `ConfigError`. */
  resolved(): ConnectorConfig {
    return this.environment.providers.resolve(this.config)
  }

  /** What a connector has handed on to its tasks, with the names of what it was given from config providers. */
  private named(own: ConnectorConfig, resolved: ConnectorConfig): ConnectorConfig {
    const isGiven = (key: string) => this.config[key] !== undefined && this.config[key] !== resolved[key]
    return Object.fromEntries(
      Object.entries(own).map(([key, value]) => [key, isGiven(key) ? (this.config[key] as string) : value]),
    )
  }

  private makeTask(id: number): Task {
    const { connector, environment, name } = this
    const place: TaskPlace = {
      ...{ connector: name, id, environment },
      config: environment.providers.resolve(this.taskConfigs[id] as ConnectorConfig),
      paused: this.target === 'PAUSED',
      onTopic: (topic) => void this.topics.add(topic),
    }
    environment.log('INFO', `Creating task ${name}-${id}`)
    return connector?.kind === 'sink'
      ? new SinkTaskRunner(connector.createTask(), place)
      : new SourceTaskRunner((connector as SourceConnector).createTask(), place)
  }

  private async stopTasks(): Promise<void> {
    const { tasks } = this
    for (const task of tasks) this.environment.log('INFO', `Stopping task ${task.name}`)
    await Promise.all(tasks.map((task) => task.stop()))
    this.tasks = []
  }
}
