import { Admin, type ClientHooks } from '../../client/index.ts'
import { ConfigProviders } from '../../config/config-providers.ts'
import type { Runtime } from '../../runtime/index.ts'
import { adminProperties } from '../config/client-properties.ts'
import { type ConfigKeyView, ownKey } from '../config/connector-keys.ts'
import { connectorRemarks } from '../config/connector-remarks.ts'
import type { CheckedKey } from '../config/stage-keys.ts'
import { topicGroups, wantsTopics } from '../config/topic-creation.ts'
import { checkConfig, complaintOf, keysOf } from '../config/validate.ts'
import { type WorkerConfig, workerConfig } from '../config/worker-config.ts'
import type { ConnectorConfig } from '../connector.ts'
import type { Surroundings } from '../connectors/surroundings.ts'
import { OffsetStore, type PartitionOffset } from '../offsets/offset-store.ts'
import { type LoadModule, loadPlugins } from '../plugins/plugin-path.ts'
import { builtInPlugins, type Plugin, Plugins } from '../plugins/plugins.ts'
import { builtInStages, type Stages } from '../plugins/stage-plugins.ts'
import { ConnectorOffsets } from './connector-offsets.ts'
import { ConnectorRunner, type TargetState } from './connector-runner.ts'
import type { Environment, Log } from './environment.ts'
import { provided, unresolved } from './provided-values.ts'
import { badRequest, notFound, RequestError } from './request-error.ts'

export interface StandaloneWorkerOptions {
  /** As in connect-standalone.properties. */
  readonly properties: Readonly<Record<string, string>>
  readonly runtime: Runtime
  /** Standard input and output, for file connectors without a file. */
  readonly console?: Surroundings['console']
  /** Loads modules of `plugin.path`. */
  readonly load?: LoadModule
  readonly hooks?: ClientHooks
  readonly log?: Log
}

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
  readonly config: WorkerConfig
  readonly log: Log
  /** Known once it has started. */
  clusterId = ''
  private readonly environment: Environment
  private readonly connectors = new Map<string, ConnectorRunner>()
  private readonly offsets: ConnectorOffsets
  private plugins: Plugins
  private stages: Stages
  /** Changes of connectors are made one after the other. */
  private last: Promise<unknown> = Promise.resolve()

  /** Throws `ConfigError` for a bad property and `ConnectError` for an offset file that cannot be read. */
  constructor(private readonly options: StandaloneWorkerOptions) {
    const { properties, runtime, hooks = {}, log = () => {} } = options
    const providers = new ConfigProviders(properties, runtime, (sentence) => log('WARN', sentence))
    this.config = workerConfig(providers.resolve(properties))
    this.log = log
    for (const remark of this.config.remarks) log('WARN', remark)
    const store = OffsetStore.open(this.config['offset.storage.file.filename'], runtime.disk)
    const { config } = this
    this.environment = { config, runtime, offsets: store, hooks, log, providers, stages: () => this.stages }
    this.offsets = new ConnectorOffsets(this.environment)
    this.plugins = new Plugins(builtInPlugins({ runtime, console: options.console, log }))
    this.stages = builtInStages(() => runtime.clock.now())
  }

  /** Loads the user's own plugins and looks for the cluster. Rejects when it does not answer. */
  async start(): Promise<void> {
    const { runtime, load } = this.options
    if (load) await this.loadOwn(load)
    const admin = new Admin(adminProperties(this.config), runtime, this.environment.hooks)
    try {
      this.clusterId = (await admin.describeCluster()).clusterId
    } finally {
      await admin.close()
    }
  }

  private async loadOwn(load: LoadModule): Promise<void> {
    const own = await loadPlugins(this.config['plugin.path'], this.options.runtime.disk, load)
    this.plugins = new Plugins([...this.plugins.all, ...own.connectors])
    this.stages = {
      transformations: this.stages.transformations.with(own.transformations),
      predicates: this.stages.predicates.with(own.predicates),
    }
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
    const plugin = this.pluginOf(config)
    const complaint = complaintOf(this.check(plugin, config))
    if (complaint !== undefined) throw badRequest(complaint)
    if (plugin.kind === 'source' && this.config['topic.creation.enable'] && wantsTopics(config))
      topicGroups(provided(this.environment.providers, config))
    for (const remark of connectorRemarks(config, this.config)) this.log('WARN', `Connector ${name}: ${remark}`)
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

  listPlugins(): readonly Plugin[] {
    return this.plugins.all
  }

  listStages(): Stages {
    return this.stages
  }

  /** The properties that a class of connectors, transformations or predicates takes. */
  pluginKeys(className: string): ConfigKeyView[] {
    const plugin = this.plugins.find(className)
    if (plugin) return keysOf(plugin.create(), true)
    const stage = this.stages.transformations.find(className) ?? this.stages.predicates.find(className)
    if (!stage) throw notFound(`Unknown plugin ${className}.`)
    return stage.create().config().map(ownKey)
  }

  /** Looks at a config without using it. */
  validate(config: ConnectorConfig): CheckedKey[] {
    return this.check(this.pluginOf(config), config)
  }

  private check(plugin: Plugin, config: ConnectorConfig): CheckedKey[] {
    const resolved = provided(this.environment.providers, config)
    const plugins = { stages: this.stages, connectors: this.plugins }
    const checked = checkConfig(plugin.create(), resolved, this.config, plugins)
    return resolved === config ? checked : checked.map((one) => unresolved(one, config, resolved))
  }

  private pluginOf(config: ConnectorConfig): Plugin {
    const className = config['connector.class']
    if (className === undefined) {
      const shown = Object.entries(config).map(([key, value]) => `${key}=${value}`)
      throw badRequest(`Connector config {${shown.join(', ')}} contains no connector type`)
    }
    const plugin = this.plugins.find(className)
    if (!plugin) throw badRequest(this.plugins.notFound(className))
    return plugin
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
  throw badRequest(
    `Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified connector by issuing a 'PUT' request to the '/connectors/${runner.name}/stop' endpoint`,
  )
}
