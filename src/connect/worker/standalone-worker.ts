import { type StandaloneConfig, standaloneConfig, standaloneRules } from '../config/standalone-config.ts'
import type { ConnectorConfig } from '../connector.ts'
import { OffsetStore } from '../offsets/offset-store.ts'
import type { PartitionOffset } from '../offsets/source-offsets.ts'
import { ConnectorOffsets } from './connector-offsets.ts'
import { ConnectorRunner, type TargetState } from './connector-runner.ts'
import type { Environment } from './environment.ts'
import { mustBeStopped, notFound, RequestError } from './request-error.ts'
import { providersOf, Toolbox, type WorkerOptions } from './toolbox.ts'

/** The properties are as in connect-standalone.properties. */
export type StandaloneWorkerOptions = WorkerOptions

interface Putting {
  /** Whether one of that name may be there; true when left out. */
  readonly replace?: boolean
  readonly target?: TargetState
}

interface Put {
  readonly created: boolean
  readonly runner: ConnectorRunner
}

/** Runs connectors and their tasks in this process. Connectors live as long as it does, offsets of sources in a file, those of sinks in Kafka. */
export class StandaloneWorker {
  readonly config: StandaloneConfig
  readonly toolbox: Toolbox
  private readonly environment: Environment
  private readonly connectors = new Map<string, ConnectorRunner>()
  private readonly offsets: ConnectorOffsets
  /** Changes of connectors are made one after the other. */
  private last: Promise<unknown> = Promise.resolve()

  /** Throws `ConfigError` for a bad property and `ConnectError` for an offset file that cannot be read. */
  constructor(options: StandaloneWorkerOptions) {
    const { properties, runtime } = options
    const providers = providersOf(options)
    const config = standaloneConfig(providers.resolve(properties))
    const toolbox = new Toolbox(options, config, standaloneRules, providers)
    const store = OffsetStore.open(config['offset.storage.file.filename'], runtime.disk)
    const { log, hooks } = toolbox
    this.config = config
    this.toolbox = toolbox
    this.environment = { config, runtime, offsets: store, hooks, log, providers, stages: () => toolbox.stages() }
    this.offsets = new ConnectorOffsets(this.environment)
  }

  /** Known once it has started. */
  get clusterId(): string {
    return this.toolbox.clusterId
  }

  /** Loads the user's own plugins and looks for the cluster. Rejects when it does not answer. */
  start(): Promise<void> {
    return this.toolbox.start()
  }

  /** Stops all connectors: tasks flush, and offsets are committed. */
  close(): Promise<void> {
    return this.inTurn(async () => {
      await Promise.all(Array.from(this.connectors.values(), (runner) => runner.stop()))
      this.connectors.clear()
    })
  }

  /** Makes a connector, or gives one another config. Resolves when its tasks have begun; says whether it is new. */
  put(name: string, config: ConnectorConfig, how: Putting = {}): Promise<Put> {
    return this.inTurn(() => this.putNow(name, config, how))
  }

  /** Changes some properties of a connector; null takes one out. */
  patch(name: string, changes: Readonly<Record<string, string | null>>): Promise<ConnectorRunner> {
    return this.change(name, async ({ config }) => {
      const kept = Object.entries({ ...config, ...changes }).filter((one): one is [string, string] => one[1] !== null)
      return (await this.putNow(name, Object.fromEntries(kept), {})).runner
    })
  }

  private async putNow(name: string, given: ConnectorConfig, { replace = true, target }: Putting): Promise<Put> {
    const config = { ...given, name }
    const plugin = this.toolbox.accept(name, config)
    const before = this.connectors.get(name)
    if (before && !replace) throw new RequestError(409, `Connector ${name} already exists`)
    await before?.stop()
    const state = target ?? before?.target ?? 'RUNNING'
    const runner: ConnectorRunner = new ConnectorRunner(name, config, plugin, state, this.environment, () => {
      void this.inTurn(() => (this.connectors.get(name) === runner ? runner.reconfigure() : Promise.resolve()))
    })
    this.connectors.set(name, runner)
    await runner.start()
    return { created: before === undefined, runner }
  }

  names(): string[] {
    return [...this.connectors.keys()]
  }

  /** Throws when there is none of that name. */
  get(name: string, complaint = `Connector ${name} not found`): ConnectorRunner {
    const runner = this.connectors.get(name)
    if (!runner) throw notFound(complaint)
    return runner
  }

  find(name: string): ConnectorRunner | undefined {
    return this.connectors.get(name)
  }

  delete(name: string): Promise<void> {
    return this.change(name, async (runner) => {
      await runner.stop()
      this.connectors.delete(name)
    })
  }

  /** Pauses, resumes or stops a connector; resolves when that is done. */
  setTarget(name: string, target: TargetState): Promise<void> {
    return this.change(name, async (runner) => {
      const before = runner.target
      if (target === 'STOPPED') await runner.stop()
      if (target !== 'STOPPED' && before !== 'STOPPED') return runner.setPaused(target === 'PAUSED')
      runner.target = target
      if (before !== target) await runner.start()
    })
  }

  /** Starts a connector anew; tasks too, or only what has failed, when that is asked for. */
  restart(name: string, { includeTasks = false, onlyFailed = false } = {}): Promise<void> {
    return this.change(name, async (runner) => {
      const wanted = (state: string) => !onlyFailed || state === 'FAILED'
      const tasks = includeTasks ? runner.tasks.filter(({ state }) => wanted(state)) : []
      if (wanted(runner.state)) await runner.restartConnector()
      for (const { id } of tasks) await runner.restartTask(id)
    })
  }

  restartTask(name: string, id: number): Promise<void> {
    return this.change(name, async (runner) => {
      if (!runner.tasks[id]) throw notFound(`Task ${name}-${id} not found`)
      await runner.restartTask(id)
    })
  }

  listOffsets(name: string): Promise<PartitionOffset[]> {
    return this.offsets.list(this.get(name))
  }

  /** Of a stopped connector; gives the sentence that says so. */
  alterOffsets(name: string, offsets: readonly PartitionOffset[]): Promise<string> {
    return this.change(name, (runner) => this.offsets.alter(stopped(runner), offsets))
  }

  resetOffsets(name: string): Promise<string> {
    return this.change(name, (runner) => this.offsets.reset(stopped(runner)))
  }

  private change<T>(name: string, action: (runner: ConnectorRunner) => Promise<T>): Promise<T> {
    return this.inTurn(() => action(this.get(name)))
  }

  private inTurn<T>(action: () => Promise<T>): Promise<T> {
    const result = this.last.then(action)
    this.last = result.catch(() => {})
    return result
  }
}

/** Offsets of a connector at work would be written over by it. */
function stopped(runner: ConnectorRunner): ConnectorRunner {
  if (runner.target === 'STOPPED') return runner
  throw mustBeStopped(runner.name)
}
