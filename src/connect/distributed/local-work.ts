import { within } from '../../runtime/within.ts'
import type { ConnectorConfig } from '../connector.ts'
import type { TargetState } from '../worker/connector-runner.ts'
import { asError, type Environment, sentenceOf, traceOf } from '../worker/environment.ts'
import { makeTask, RunningConnector } from '../worker/running-connector.ts'
import type { Task, TaskPlace } from '../worker/task.ts'
import type { Toolbox } from '../worker/toolbox.ts'
import type { Status } from './status-records.ts'
import type { StatusStore } from './status-store.ts'
import { parseTaskKey, type TaskId, taskKey, type Units } from './units.ts'

export interface LocalWorkPlace {
  readonly environment: Environment
  readonly toolbox: Toolbox
  readonly statuses: StatusStore
  /** `host:port` of this worker. */
  workerId(): string
  /** The group's generation, as far as this worker knows it. */
  generation(): number
  /** A connector that runs here wants other tasks. */
  onReconfiguration(name: string): void
}

interface Local {
  readonly running: RunningConnector
  failed: boolean
}

/** The connectors and tasks that run on this worker, and what is told of them. */
export class LocalWork {
  private readonly connectors = new Map<string, Local>()
  private readonly tasks = new Map<string, Task>()

  constructor(private readonly place: LocalWorkPlace) {}

  runs(name: string): boolean {
    return this.connectors.get(name)?.running.isRunning ?? false
  }

  /** Whether it runs now; what fails is told as its status. A paused one is known here, and not started. */
  async startConnector(name: string, config: ConnectorConfig, target: TargetState): Promise<boolean> {
    const { environment, toolbox, statuses } = this.place
    try {
      const plugin = toolbox.pluginOf(config)
      const local: Local = {
        failed: false,
        running: new RunningConnector(name, config, plugin, environment, {
          onReconfiguration: () => this.place.onReconfiguration(name),
          onFailure: (trace) => {
            local.failed = true
            statuses.putSafe(name, this.status('FAILED', { trace }))
          },
        }),
      }
      this.connectors.set(name, local)
      return await this.follow(name, local, target)
    } catch (error) {
      environment.log('ERROR', `Failed to start connector ${name}: ${sentenceOf(error)}`)
      statuses.putSafe(name, this.status('FAILED', { trace: traceOf(error) }))
      return false
    }
  }

  async stopConnector(name: string): Promise<void> {
    const local = this.connectors.get(name)
    if (!local) return
    this.connectors.delete(name)
    const version = local.running.isRunning ? local.running.plugin.version : null
    await local.running.stop()
    if (!local.failed) this.place.statuses.putSafe(name, this.status('UNASSIGNED', { version }))
  }

  /** Starts a task; what fails is told as its status. */
  startTask(id: TaskId, connector: ConnectorConfig, own: ConnectorConfig | undefined, target: TargetState): void {
    const { environment, toolbox, statuses } = this.place
    try {
      if (!own) throw new Error(`There is no config of task ${taskKey(id)}.`)
      const place: TaskPlace = {
        ...{ connector: id.connector, id: id.task, environment },
        // A task that says nothing of converters and errors has the connector's.
        config: { ...connector, ...own },
        paused: target === 'PAUSED',
        onTopic: (topic) => this.sawTopic(topic, id),
        onState: (task) => this.tell(id, task),
      }
      const task = makeTask(toolbox.pluginOf(connector).create(), place)
      this.tasks.set(taskKey(id), task)
      task.begin()
    } catch (error) {
      environment.log('ERROR', `Couldn't instantiate task ${taskKey(id)}: ${sentenceOf(error)}`)
      statuses.putSafe(id, this.status('FAILED', { trace: traceOf(asError(error)) }))
    }
  }

  /** Resolves when it has ended, or the time for that is over. */
  async stopTask(id: TaskId): Promise<void> {
    const key = taskKey(id)
    const task = this.tasks.get(key)
    if (!task) return
    this.tasks.delete(key)
    this.place.environment.log('INFO', `Stopping task ${key}`)
    await this.endOf(task, key)
    if (task.state !== 'FAILED') this.place.statuses.putSafe(id, this.status('UNASSIGNED'))
  }

  async stop(units: Units): Promise<void> {
    await Promise.all([
      ...Array.from(units.connectors, (name) => this.stopConnector(name)),
      ...units.taskIds().map((id) => this.stopTask(id)),
    ])
  }

  async stopAll(): Promise<void> {
    await Promise.all([
      ...Array.from(this.connectors.keys(), (name) => this.stopConnector(name)),
      ...Array.from(this.tasks.keys(), (key) => this.stopTask(parseTaskKey(key) as TaskId)),
    ])
  }

  /** Has what runs here of a connector go on, or rest. Whether the connector itself runs here now. */
  async setTarget(name: string, target: TargetState): Promise<boolean> {
    for (const task of this.tasks.values()) {
      if (task.connector !== name || target === 'STOPPED') continue
      target === 'PAUSED' ? task.pause() : task.resume()
    }
    const local = this.connectors.get(name)
    return local ? this.follow(name, local, target) : false
  }

  /** What the tasks of a connector that runs here are to do; undefined when it does not run. */
  taskConfigs(name: string): ConnectorConfig[] | undefined {
    const running = this.connectors.get(name)?.running
    const topics = Object.entries(running?.config ?? {}).filter(([key]) => key === 'topics' || key === 'topics.regex')
    return running?.taskConfigs()?.map((config) => ({ ...config, ...Object.fromEntries(topics) }))
  }

  restarting(of: string | TaskId): void {
    this.place.statuses.put(of, this.status('RESTARTING'))
  }

  private async follow(name: string, local: Local, target: TargetState): Promise<boolean> {
    const { running } = local
    if (target !== 'RUNNING') await running.stop()
    else if (!running.isRunning) {
      local.failed = false
      if (!(await running.start())) return false
    }
    this.place.statuses.put(name, this.status(target, { version: running.plugin.version }))
    return target === 'RUNNING'
  }

  private async endOf(task: Task, key: string): Promise<void> {
    const { clock } = this.place.environment.runtime
    const timeoutMs = this.place.environment.config['task.shutdown.graceful.timeout.ms']
    await within(clock, timeoutMs, task.stop(), () => {
      this.place.environment.log('ERROR', `Graceful stop of task ${key} failed.`)
      task.abandon()
    })
  }

  private tell(id: TaskId, task: Task): void {
    const current = this.tasks.get(taskKey(id))
    // Of one that was stopped only a failure counts, and not when there is another already.
    if (current !== task && (current || task.state !== 'FAILED')) return
    const { state, trace, version } = task
    const { statuses } = this.place
    if (state === 'FAILED') statuses.putSafe(id, this.status(state, { trace: trace ?? null, version }))
    else statuses.put(id, this.status(state, { version }))
  }

  private sawTopic(topic: string, id: TaskId): void {
    const { environment, statuses } = this.place
    if (environment.config['topic.tracking.enable']) statuses.putTopic(topic, id, environment.runtime.clock.now())
  }

  private status(state: string, more: Partial<Status> = {}): Status {
    const { workerId, generation } = this.place
    return { state, trace: null, workerId: workerId(), generation: generation(), version: null, ...more }
  }
}
