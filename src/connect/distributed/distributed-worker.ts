import type { HttpServe } from '../../runtime/http.ts'
import { internalProperties } from '../config/client-properties.ts'
import {
  type DistributedConfig,
  distributedConfig,
  distributedRules,
  type StorageKind,
} from '../config/distributed-config.ts'
import type { RestPlace } from '../rest/place.ts'
import type { RestServer } from '../rest/serve.ts'
import { ConnectorOffsets } from '../worker/connector-offsets.ts'
import { asError, type Environment, sentenceOf } from '../worker/environment.ts'
import { providersOf, Toolbox, type WorkerOptions } from '../worker/toolbox.ts'
import { ConfigStore } from './config-store.ts'
import { Crew } from './crew.ts'
import { DistributedHerder } from './distributed-herder.ts'
import { checkConfigPartitions, ensureTopics } from './internal-topics.ts'
import { LocalWork } from './local-work.ts'
import { StatusStore } from './status-store.ts'
import { TopicLog, type TopicLogOptions } from './topic-log.ts'
import { TopicOffsets } from './topic-offsets.ts'
import { WorkerMember } from './worker-member.ts'

/** The properties are as in connect-distributed.properties. */
export type DistributedWorkerOptions = WorkerOptions

const clientNames: Readonly<Record<StorageKind, string>> = { config: 'configs', offset: 'offsets', status: 'statuses' }

/** One of a group of workers that share out connectors and their tasks. What they agree on, and how far sources are, is in topics. */
export class DistributedWorker {
  readonly config: DistributedConfig
  readonly toolbox: Toolbox
  /** Rejects when the worker cannot go on; it is to be closed then. */
  readonly failed: Promise<never>
  private fail: (error: Error) => void = () => {}
  private place: RestPlace = { workerId: '' }
  private readonly offsets: TopicOffsets
  private readonly configs: ConfigStore
  private readonly statuses: StatusStore
  private readonly work: LocalWork
  private readonly member: WorkerMember
  private readonly crew: Crew
  private readonly environment: Environment
  private topics: TopicLog[] = []
  private running: Promise<void> | undefined

  /** Throws `ConfigError` for a bad property. */
  constructor(private readonly options: DistributedWorkerOptions) {
    const { properties, runtime } = options
    const providers = providersOf(options)
    this.config = distributedConfig(providers.resolve(properties))
    const { config } = this
    const toolbox = new Toolbox(options, config, distributedRules(config['group.id']), providers)
    const { log, hooks } = toolbox
    this.toolbox = toolbox
    this.failed = new Promise((_, reject) => {
      this.fail = reject
    })
    this.failed.catch(() => {})
    this.offsets = new TopicOffsets(config['offset.flush.timeout.ms'])
    this.environment = { config, runtime, offsets: this.offsets, hooks, log, providers, stages: () => toolbox.stages() }
    this.statuses = new StatusStore(log)
    this.work = new LocalWork({
      environment: this.environment,
      toolbox,
      statuses: this.statuses,
      workerId: () => this.place.workerId,
      generation: () => this.member.generation,
      onReconfiguration: (name) => this.crew.leader.reconfigure(name),
    })
    this.configs = new ConfigStore(() => this.crew.pending)
    this.member = new WorkerMember({
      ...{ config, runtime, hooks },
      properties: internalProperties(config, config['client.id'] || `connect-${config['group.id']}`),
      url: () => `http://${this.place.workerId}/`,
      configs: () => this.configs.current,
      wake: () => this.crew.wake(),
      onSilence: () => void this.crew.giveUp(),
      onFatal: (error) => this.fail(error),
    })
    const { configs, statuses, work, member } = this
    this.crew = new Crew({ config, runtime, log, configs, statuses, work, member })
  }

  get clusterId(): string {
    return this.toolbox.clusterId
  }

  /** Opens REST, by which workers reach each other, and joins the group. Rejects with `ConfigError`, `ConnectError` or a system error. */
  async start(serve: HttpServe): Promise<RestServer> {
    const { runtime } = this.options
    await this.toolbox.start()
    await ensureTopics(this.config, runtime, this.toolbox)
    // Its libraries are loaded only now.
    const { serveHerder } = await import('../rest/serve.ts')
    const rest = await serveHerder(this.config, (place) => this.herderAt(place), serve, runtime.network.hostName())
    try {
      await this.openTopics()
    } catch (error) {
      await rest.close()
      await this.closeTopics()
      throw error
    }
    this.running = this.crew.run().catch((error: unknown) => {
      this.toolbox.log('ERROR', `Uncaught exception in herder work thread, exiting: ${sentenceOf(error)}`)
      this.fail(asError(error))
    })
    return rest
  }

  /** Stops what runs here, which flushes and commits, and leaves the group. */
  async close(): Promise<void> {
    await this.crew.stop()
    await this.running
    await this.work.stopAll()
    await this.statuses.flush()
    await this.member.close()
    await this.closeTopics()
  }

  private herderAt(place: RestPlace): DistributedHerder {
    this.place = place
    const { config, toolbox, configs, statuses, work, member, crew, environment } = this
    const { runtime } = this.options
    const offsets = new ConnectorOffsets(environment)
    return new DistributedHerder(
      { config, runtime, log: toolbox.log, configs, statuses, work, member, toolbox, offsets },
      crew,
    )
  }

  private async openTopics(): Promise<void> {
    const { offsets, statuses, configs } = this
    offsets.over(this.topic('offset', ({ key, value }) => offsets.learn(key, value)))
    statuses.over(this.topic('status', ({ key, value }) => statuses.learn(key, value)))
    const configTopic = this.topic('config', ({ key, value, offset }) => configs.learn(key, value, offset))
    configs.over(configTopic)
    await Promise.all(this.topics.map((topic) => topic.start()))
    checkConfigPartitions(this.config, configTopic.partitionCount)
    configs.begin()
  }

  private topic(kind: StorageKind, onRecord: TopicLogOptions['onRecord']): TopicLog {
    const { config, toolbox, options } = this
    const base = config['client.id'] || config['group.id']
    const topic = new TopicLog({
      topic: config[`${kind}.storage.topic`],
      properties: internalProperties(config, `${base}-${clientNames[kind]}`),
      runtime: options.runtime,
      hooks: toolbox.hooks,
      log: toolbox.log,
      onRecord,
    })
    this.topics.push(topic)
    return topic
  }

  private async closeTopics(): Promise<void> {
    await Promise.all(this.topics.map((topic) => topic.stop()))
    this.topics = []
  }
}
