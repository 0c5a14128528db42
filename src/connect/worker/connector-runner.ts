import type { ConnectorConfig } from '../connector.ts'
import type { Plugin } from '../plugins/plugins.ts'
import type { Environment } from './environment.ts'
import { RunningConnector } from './running-connector.ts'
import type { Task, TaskPlace } from './task.ts'

/** What a user wants of a connector. */
export type TargetState = 'RUNNING' | 'PAUSED' | 'STOPPED'

/** A connector with its tasks, all of them on one worker. */
export class ConnectorRunner {
  /** Why it could not start. */
  trace: string | undefined
  tasks: Task[] = []
  /** Topics that were read or written. */
  readonly topics = new Set<string>()
  private readonly connector: RunningConnector

  constructor(
    readonly name: string,
    readonly config: ConnectorConfig,
    readonly plugin: Plugin,
    public target: TargetState,
    private readonly environment: Environment,
    /** The connector wants other tasks. */
    onReconfiguration: () => void,
  ) {
    this.connector = new RunningConnector(name, config, plugin, environment, {
      onReconfiguration,
      onFailure: (trace) => {
        this.trace = trace
      },
    })
  }

  get state(): TargetState | 'FAILED' {
    return this.trace === undefined ? this.target : 'FAILED'
  }

  /** Starts the connector and its tasks, as far as the target has it. What fails is told by the state. */
  async start(): Promise<void> {
    this.trace = undefined
    if (this.target === 'STOPPED') return
    if ((await this.connector.start()) && this.tasks.length === 0) this.startTasks()
  }

  async stop(): Promise<void> {
    await this.stopTasks()
    await this.connector.stop()
  }

  /** Starts the connector anew; its tasks go on. */
  async restartConnector(): Promise<void> {
    await this.connector.stop()
    await this.start()
  }

  /** Ends the tasks and starts those that the connector wants now. */
  async reconfigure(): Promise<void> {
    if (!this.connector.isRunning) return
    await this.stopTasks()
    this.startTasks()
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
    const fresh = this.makeTask(id, task.shown)
    this.tasks[id] = fresh
    fresh.begin()
  }

  private startTasks(): void {
    const configs = this.connector.taskConfigs() ?? []
    try {
      this.tasks = configs.map((own, id) => this.makeTask(id, own))
    } catch (error) {
      this.connector.fail(error)
      return
    }
    for (const task of this.tasks) task.begin()
  }

  private makeTask(id: number, own: ConnectorConfig): Task {
    const place: TaskPlace = {
      ...{ connector: this.name, id, environment: this.environment },
      // A task that says nothing of converters and errors has the connector's.
      config: { ...this.config, ...own },
      paused: this.target === 'PAUSED',
      onTopic: (topic) => void this.topics.add(topic),
    }
    return this.connector.makeTask(place)
  }

  private async stopTasks(): Promise<void> {
    const { tasks } = this
    for (const task of tasks) this.environment.log('INFO', `Stopping task ${task.name}`)
    await Promise.all(tasks.map((task) => task.stop()))
    this.tasks = []
  }
}
