import { int } from '../../config/define.ts'
import type { ConnectorConfig, SinkConnector, SourceConnector } from '../connector.ts'
import { ConnectError } from '../data/errors.ts'
import { type Plugin, taskClass } from '../plugins/plugins.ts'
import { type Environment, sentenceOf, traceOf } from './environment.ts'
import { SinkTaskRunner } from './sink-task-runner.ts'
import { SourceTaskRunner } from './source-task-runner.ts'
import type { Task, TaskPlace } from './task.ts'

export interface ConnectorEvents {
  /** The connector wants other tasks. */
  onReconfiguration(): void
  /** It has failed; `trace` says why. */
  onFailure(trace: string): void
}

/** A connector at work, without its tasks. */
export class RunningConnector {
  private connector: SourceConnector | SinkConnector | undefined

  constructor(
    readonly name: string,
    readonly config: ConnectorConfig,
    readonly plugin: Plugin,
    private readonly environment: Environment,
    private readonly events: ConnectorEvents,
  ) {}

  get isRunning(): boolean {
    return this.connector !== undefined
  }

  /** Whether it could start; why it could not is told by `onFailure`. */
  async start(): Promise<boolean> {
    this.environment.log('INFO', `Creating connector ${this.name} of type ${this.config['connector.class']}`)
    try {
      const connector = this.plugin.create()
      connector.context = {
        requestTaskReconfiguration: () => this.events.onReconfiguration(),
        raiseError: (error) => this.fail(error),
      }
      await connector.start(this.provided())
      this.connector = connector
      return true
    } catch (error) {
      this.fail(error)
      return false
    }
  }

  async stop(): Promise<void> {
    const { connector } = this
    this.connector = undefined
    try {
      await connector?.stop()
    } catch (error) {
      this.environment.log('ERROR', `Error while shutting down connector ${this.name}: ${sentenceOf(error)}`)
    }
  }

  /** What its tasks are to do, one config for each; undefined when it does not run, or does so no more because of what it wants. */
  taskConfigs(): ConnectorConfig[] | undefined {
    const { connector, name } = this
    if (!connector) return undefined
    try {
      const config = this.provided()
      const most = int(1).parse('tasks.max', config['tasks.max'] ?? '1')
      const configs = connector.taskConfigs(most)
      if (configs.length > most && config['tasks.max.enforce']?.toLowerCase() !== 'false')
        throw new ConnectError(
          `The connector ${name} has generated ${configs.length} tasks, which is greater than ${most}, the maximum number of tasks it is configured to create.`,
        )
      return configs.map((own) => ({ 'task.class': taskClass(this.plugin), ...this.named(own, config) }))
    } catch (error) {
      this.fail(error)
      return undefined
    }
  }

  /** The config with what config providers give now. Throws `ConfigError`. */
  private provided(): ConnectorConfig {
    return this.environment.providers.resolve(this.config)
  }

  /** What a connector has handed on to its tasks, with the names of what it was given from config providers. */
  private named(own: ConnectorConfig, provided: ConnectorConfig): ConnectorConfig {
    const isGiven = (key: string) => this.config[key] !== undefined && this.config[key] !== provided[key]
    return Object.fromEntries(
      Object.entries(own).map(([key, value]) => [key, isGiven(key) ? (this.config[key] as string) : value]),
    )
  }

  makeTask(place: TaskPlace): Task {
    return makeTask(this.connector ?? this.plugin.create(), place)
  }

  /** It cannot go on. */
  fail(error: unknown): void {
    this.environment.log('ERROR', `Connector ${this.name} failed: ${sentenceOf(error)}`)
    this.events.onFailure(traceOf(error))
  }
}

/**
 * A task of a connector, which need not have started: it may run on another worker. Throws `ConfigError` for properties of converters and clients
 * that cannot be.
 */
export function makeTask(connector: SourceConnector | SinkConnector, place: TaskPlace): Task {
  place.environment.log('INFO', `Creating task ${place.connector}-${place.id}`)
  return connector.kind === 'sink'
    ? new SinkTaskRunner(connector.createTask(), place)
    : new SourceTaskRunner(connector.createTask(), place)
}
