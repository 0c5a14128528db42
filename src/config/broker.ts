import { checkShareAssignors } from './assignors.ts'
import { type AuthorizerSettings, authorizerProperties, readAuthorizer } from './authorizer.ts'
import { brokerProperties } from './broker-table.ts'
import type { SecurityProtocol } from './client-security.ts'
import { isOfProviders } from './config-providers.ts'
import { cordonedDirs } from './cordoned.ts'
import { ConfigError, formatValue, type Property, type ValueOf } from './define.ts'
import {
  type ListenerConfig,
  listenerPrefix,
  listenerSuffix,
  parseListener,
  parseProtocolMap,
  withoutMechanism,
} from './listeners.ts'
import { type ControllerAddress, checkTopology, parseController, parseVoter, type Voter } from './topology.ts'
import { eraAdvertised, eraListener, retired, type ZooKeeperSettings, zooKeeperSettings } from './zookeeper-era.ts'

export type BrokerProperty = keyof typeof brokerProperties

/** Of `replica.selector.class`: nobody reads from followers, or who stands nearer to one. */
const selectors = ['', 'RackAwareReplicaSelector', 'org.apache.kafka.common.replica.RackAwareReplicaSelector']

const principalBuilder = brokerProperties['principal.builder.class'].fallback

/** Who relies on these relies on code of their own, or on a part of Java, to keep others out. */
const javaOnly = [
  'sasl.server.callback.handler.class',
  'security.providers',
  'ssl.engine.factory.class',
  'ssl.provider',
] as const

/** Which of two checks tokens go through; `tokenRules` knows both. */
const tokenHandler = '.oauthbearer.sasl.server.callback.handler.class'

/** A node's properties, checked and typed. Throws `ConfigError` with one sentence for whatever cannot work. */
export class BrokerConfig {
  private readonly values = new Map<string, unknown>()
  /** Names that Kafka does not know. */
  readonly unknown: readonly string[]
  readonly listeners: readonly ListenerConfig[]
  readonly advertised: readonly ListenerConfig[]
  readonly controllerListeners: readonly ListenerConfig[]
  private readonly protocols: ReadonlyMap<string, SecurityProtocol>
  readonly nodeId: number
  readonly voters: readonly Voter[]
  /** Where controllers are asked for the one that leads. */
  readonly bootstrapControllers: readonly ControllerAddress[]
  readonly logDirs: readonly string[]
  /** Where the node is registered besides; undefined when `zookeeper.connect` names nothing. */
  readonly zooKeeper: ZooKeeperSettings | undefined
  /** Undefined where everybody may do everything. */
  readonly authorizer: AuthorizerSettings | undefined

  /** What is only to be formatted may be what this release cannot serve: Apache's node may. */
  constructor(
    readonly properties: Readonly<Record<string, string>>,
    purpose: 'serve' | 'format' = 'serve',
  ) {
    const unknown: string[] = []
    for (const [name, text] of Object.entries(properties)) {
      const suffix = listenerSuffix(name)
      const bare = suffix === undefined ? name : withoutMechanism(suffix)
      const property = (brokerProperties as Record<string, Property<unknown>>)[bare]
      if (property) this.values.set(name, property.parse(name, text))
      else if (
        !isOfProviders(name) &&
        !retired.test(name) &&
        suffix === undefined &&
        !authorizerProperties.includes(name)
      )
        unknown.push(name)
    }
    this.unknown = unknown
    this.nodeId = this.given('node.id') ?? this.given('broker.id') ?? 1
    if (this.nodeId < 0) this.nodeId = 1
    this.logDirs = this.given('log.dirs') ?? this.get('log.dir')
    const all = this.given('listeners')?.map((text) => parseListener('listeners', text)) ?? [eraListener(properties)]
    this.protocols = parseProtocolMap(this.get('listener.security.protocol.map'))
    if (purpose === 'serve') for (const { name } of all) this.protocolOf(name)
    const controllerNames = this.get('controller.listener.names').map((name) => name.toUpperCase())
    this.controllerListeners = all.filter((listener) => controllerNames.includes(listener.name))
    this.listeners = all.filter((listener) => !controllerNames.includes(listener.name))
    this.advertised =
      this.given('advertised.listeners')?.map((text) => parseListener('advertised.listeners', text)) ??
      [eraAdvertised(properties)].filter((listener) => listener !== undefined)
    this.zooKeeper = zooKeeperSettings(properties)
    this.authorizer = purpose === 'serve' ? readAuthorizer(this.get('authorizer.class.name'), properties) : undefined
    // Until 0.11 a cluster made as many replicas of this topic as it had brokers.
    if (this.zooKeeper?.required && !this.values.has('offsets.topic.replication.factor'))
      this.values.set('offsets.topic.replication.factor', 1)
    this.voters = this.get('controller.quorum.voters').map(parseVoter)
    const controllers = this.get('controller.quorum.bootstrap.servers')
    this.bootstrapControllers =
      controllers.length > 0 && purpose === 'serve' ? controllers.map(parseController) : this.voters
    if (purpose === 'format') return
    const roles = this.get('process.roles')
    const isIdGiven = this.isGiven('node.id') || this.isGiven('broker.id')
    checkTopology({ ...this, roles, isIdGiven, controllerNames })
    if (this.isBrokerOnly) this.protocolOf(controllerNames[0] as string)
    cordonedDirs(this.get('cordoned.log.dirs'), this.logDirs)
    this.checkPromises()
  }

  /** What is spoken on the listener. */
  protocolOf(listener: string): SecurityProtocol {
    const protocol = this.protocols.get(listener) ?? (listener === 'CONTROLLER' ? 'PLAINTEXT' : undefined)
    if (protocol === undefined) throw new ConfigError(`No security protocol defined for listener ${listener}`)
    return protocol
  }

  /** What a user relies on and would not get is refused, never passed over. */
  private checkPromises(): void {
    const refuse = (name: BrokerProperty, what: string) => {
      throw new ConfigError(`${name}=${formatValue(this.get(name))}: ${what} so far`)
    }
    if (this.get('remote.log.storage.system.enable'))
      refuse('remote.log.storage.system.enable', 'this broker has no tiered storage')
    if (this.get('max.connections.per.ip') === 0 && this.get('max.connections.per.ip.overrides') === '')
      throw new ConfigError(
        'max.connections.per.ip can be set to zero only if max.connections.per.ip.overrides property is set.',
      )
    if (this.given('create.topic.policy.class.name'))
      refuse('create.topic.policy.class.name', 'policy classes are not loaded')
    if (this.given('alter.config.policy.class.name'))
      refuse('alter.config.policy.class.name', 'policy classes are not loaded')
    if (this.given('client.quota.callback.class')) refuse('client.quota.callback.class', 'quota classes are not loaded')
    checkShareAssignors(this.get('group.share.assignors'))
    for (const name of ['offsets.topic.compression.codec', 'share.coordinator.state.topic.compression.codec'] as const)
      if (this.get(name) < 0 || this.get(name) > 4)
        throw new ConfigError(`Unknown compression type id: ${this.get(name)}`)
    if (!selectors.includes(this.get('replica.selector.class') ?? ''))
      refuse(
        'replica.selector.class',
        'replicas are selected by RackAwareReplicaSelector, and other classes are not loaded',
      )
    if (this.isGiven('principal.builder.class') && this.get('principal.builder.class') !== principalBuilder)
      refuse('principal.builder.class', 'classes that name users are not loaded')
    for (const name of this.values.keys())
      if (
        !name.endsWith(tokenHandler) &&
        javaOnly.some((one) => one === withoutMechanism(listenerSuffix(name) ?? name))
      )
        throw new ConfigError(`${name} is not there: it names a part of Java's runtime.`)
  }

  /** A node without a controller of its own: it joins the cluster of one elsewhere. */
  get isBrokerOnly(): boolean {
    const roles = this.get('process.roles')
    return roles.length === 1 && roles[0] === 'broker'
  }

  /** Whether the properties name other controllers than this node: other voters, or controllers at ports that are none of its own. */
  get hasOtherControllers(): boolean {
    const isOwn = ({ port }: ControllerAddress) => this.controllerListeners.some((own) => own.port === port)
    if (this.voters.length > 0) return this.voters.length > 1
    return this.bootstrapControllers.length > 1 || !this.bootstrapControllers.every(isOwn)
  }

  /** A node that keeps the metadata, and no records. */
  get isControllerOnly(): boolean {
    const roles = this.get('process.roles')
    return roles.length === 1 && roles[0] === 'controller'
  }

  /** The value in force: what was given, or the default. */
  get<N extends BrokerProperty>(name: N): ValueOf<(typeof brokerProperties)[N]> {
    return (this.values.has(name) ? this.values.get(name) : brokerProperties[name].fallback) as never
  }

  /** The value in force at one listener: its own, or the node's. */
  at<N extends BrokerProperty>(listener: string, name: N): ValueOf<(typeof brokerProperties)[N]> {
    const own = listenerPrefix(listener) + name
    return this.values.has(own) ? (this.values.get(own) as never) : this.get(name)
  }

  /** The value of one listener, or of a mechanism there (`plain.sasl.jaas.config`), when the properties name it with the listener. */
  givenAt(listener: string, name: string): unknown {
    return this.values.get(listenerPrefix(listener) + name)
  }

  /** The value when the properties name it. */
  given<N extends BrokerProperty>(name: N): NonNullable<ValueOf<(typeof brokerProperties)[N]>> | undefined {
    return (this.values.get(name) ?? undefined) as never
  }

  isGiven(name: string): boolean {
    return this.values.has(name)
  }
}
