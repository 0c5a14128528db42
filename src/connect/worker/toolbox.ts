import { Admin, type ClientHooks } from '../../client/index.ts'
import { ConfigProviders } from '../../config/config-providers.ts'
import type { Runtime } from '../../runtime/index.ts'
import { adminProperties } from '../config/client-properties.ts'
import { type ConfigKeyView, ownKey } from '../config/connector-keys.ts'
import { connectorRemarks } from '../config/connector-remarks.ts'
import type { CheckedKey } from '../config/stage-keys.ts'
import { topicGroups, wantsTopics } from '../config/topic-creation.ts'
import { checkConfig, complaintOf, keysOf, type WorkerRules } from '../config/validate.ts'
import type { WorkerConfig } from '../config/worker-config.ts'
import type { ConnectorConfig } from '../connector.ts'
import type { Surroundings } from '../connectors/surroundings.ts'
import { type LoadModule, loadPlugins } from '../plugins/plugin-path.ts'
import { builtInPlugins, type Plugin, Plugins } from '../plugins/plugins.ts'
import { builtInStages, type Stages } from '../plugins/stage-plugins.ts'
import type { Log } from './environment.ts'
import { provided, unresolved } from './provided-values.ts'
import { badRequest, notFound } from './request-error.ts'

/** What a worker is made with, besides its kind's own. */
export interface WorkerOptions {
  /** As in the worker's file. */
  readonly properties: Readonly<Record<string, string>>
  readonly runtime: Runtime
  /** Standard input and output, for file connectors without a file. */
  readonly console?: Surroundings['console']
  /** Loads modules of `plugin.path`. */
  readonly load?: LoadModule
  readonly hooks?: ClientHooks
  readonly log?: Log
}

/** What a worker's properties and its connectors' may be taken from. */
export const providersOf = ({ properties, runtime, log }: WorkerOptions): ConfigProviders =>
  new ConfigProviders(properties, runtime, (sentence) => log?.('WARN', sentence))

/** The classes that a worker has, and what it says to a connector's properties: the same for workers of both kinds. */
export class Toolbox {
  /** Known once it has started. */
  clusterId = ''
  readonly log: Log
  readonly hooks: ClientHooks
  private plugins: Plugins
  private stageClasses: Stages

  constructor(
    private readonly options: WorkerOptions,
    private readonly config: WorkerConfig,
    private readonly rules: WorkerRules,
    /** Connectors may name what these give. */
    readonly providers: ConfigProviders,
  ) {
    const { runtime, console, hooks = {}, log = () => {} } = options
    this.log = log
    this.hooks = hooks
    for (const remark of config.remarks) log('WARN', remark)
    this.plugins = new Plugins(builtInPlugins({ runtime, console, log }))
    this.stageClasses = builtInStages(() => runtime.clock.now())
  }

  /** Loads the user's own plugins and looks for the cluster. Rejects when it does not answer. */
  async start(): Promise<void> {
    const { runtime, load } = this.options
    if (load) await this.loadOwn(load)
    const admin = new Admin(adminProperties(this.config), runtime, this.hooks)
    try {
      this.clusterId = (await admin.describeCluster()).clusterId
    } finally {
      await admin.close()
    }
  }

  private async loadOwn(load: LoadModule): Promise<void> {
    const own = await loadPlugins(this.config['plugin.path'], this.options.runtime.disk, load)
    this.plugins = new Plugins([...this.plugins.all, ...own.connectors])
    this.stageClasses = {
      transformations: this.stageClasses.transformations.with(own.transformations),
      predicates: this.stageClasses.predicates.with(own.predicates),
    }
  }

  /** A connector's class when its properties can be used, of which remarks are logged. Throws `RequestError` and `ConfigError`. */
  accept(name: string, config: ConnectorConfig): Plugin {
    const plugin = this.pluginOf(config)
    const complaint = complaintOf(this.check(plugin, config))
    if (complaint !== undefined) throw badRequest(complaint)
    if (plugin.kind === 'source' && this.config['topic.creation.enable'] && wantsTopics(config))
      topicGroups(provided(this.providers, config))
    for (const remark of connectorRemarks(config, this.config, this.rules))
      this.log('WARN', `Connector ${name}: ${remark}`)
    return plugin
  }

  listPlugins(): readonly Plugin[] {
    return this.plugins.all
  }

  stages(): Stages {
    return this.stageClasses
  }

  /** The properties that a class of connectors, transformations or predicates takes. */
  pluginKeys(className: string): ConfigKeyView[] {
    const plugin = this.plugins.find(className)
    if (plugin) return keysOf(plugin.create(), true)
    const stage = this.stageClasses.transformations.find(className) ?? this.stageClasses.predicates.find(className)
    if (!stage) throw notFound(`Unknown plugin ${className}.`)
    return stage.create().config().map(ownKey)
  }

  /** Looks at a config without using it. */
  validate(config: ConnectorConfig): CheckedKey[] {
    return this.check(this.pluginOf(config), config)
  }

  findPlugin(className: string): Plugin | undefined {
    return this.plugins.find(className)
  }

  /** Throws a `RequestError` where there is none. */
  pluginOf(config: ConnectorConfig): Plugin {
    const className = config['connector.class']
    if (className === undefined) {
      const shown = Object.entries(config).map(([key, value]) => `${key}=${value}`)
      throw badRequest(`Connector config {${shown.join(', ')}} contains no connector type`)
    }
    const plugin = this.plugins.find(className)
    if (!plugin) throw badRequest(this.plugins.notFound(className))
    return plugin
  }

  private check(plugin: Plugin, config: ConnectorConfig): CheckedKey[] {
    const known = { stages: this.stageClasses, connectors: this.plugins }
    const resolved = provided(this.providers, config)
    const checked = checkConfig(plugin.create(), resolved, this.config, known, this.rules)
    return resolved === config ? checked : checked.map((one) => unresolved(one, config, resolved))
  }
}
