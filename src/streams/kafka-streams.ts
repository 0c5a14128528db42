import type { ClientHooks, ClientProperties } from '../client/index.ts'
import { withProviders } from '../config/config-providers.ts'
import { type StreamsConfig, streamsConfig } from '../config/streams.ts'
import { type Runtime, randomUuidHex } from '../runtime/index.ts'
import { StreamsError } from './errors.ts'
import { LocalStore } from './local-store.ts'
import type { ReadableStore } from './state/key-value-store.ts'
import { canFollow, type StreamsState } from './state-machine.ts'
import { makeClients, type StreamsClients } from './tasks/clients.ts'
import { taskSettings } from './tasks/settings.ts'
import { StreamLoop } from './tasks/stream-loop.ts'
import type { Topology } from './topology/topology.ts'

export interface StreamsHooks extends ClientHooks {
  readonly onStateChange?: (state: StreamsState, before: StreamsState) => void
  /** What has ended the application: a failure of its functions, of the cluster, or of what it was given to read. */
  readonly onError?: (error: Error) => void
  /** One sentence about a record that was left out, or a commit that is made again. */
  readonly onWarning?: (sentence: string) => void
}

/**
 * An instance of an application: reads topics, runs a topology on their records and writes what comes of them. Instances with the same
 * `application.id` share the partitions of their topics. Every record has its effect at least once, with
 * `processing.guarantee=exactly_once_v2` exactly once.
 */
export class KafkaStreams {
  private current: StreamsState = 'CREATED'
  private readonly config: StreamsConfig
  private readonly clients: StreamsClients
  private readonly loop: StreamLoop
  private readonly stopping = new AbortController()
  private ended: Promise<void> | undefined
  private failure: Error | undefined
  private wakeStarters = () => {}

  /** Throws `ConfigError` for a bad property, and `TopologyError` for a topology without sources. */
  constructor(
    private readonly topology: Topology,
    given: ClientProperties,
    runtime: Runtime,
    private readonly hooks: StreamsHooks = {},
  ) {
    const told = new Set<string>()
    const remark = (sentence: string) => {
      if (!told.has(sentence)) hooks.remark?.(sentence)
      told.add(sentence)
    }
    const properties = withProviders(given, runtime, remark)
    this.config = streamsConfig(properties)
    for (const sentence of this.config.remarks) remark(sentence)
    const settings = taskSettings(this.config.values, (name) => properties[name] !== undefined)
    this.clients = makeClients(this.config, randomUuidHex(runtime.random), topology.hasGlobalStores, runtime, {
      ...hooks,
      remark,
    })
    this.loop = new StreamLoop(topology, this.config, settings, this.clients, runtime, {
      rebalancing: () => this.become('REBALANCING'),
      running: () => this.become('RUNNING'),
      warn: (sentence) => hooks.onWarning?.(sentence),
    })
  }

  get state(): StreamsState {
    return this.current
  }

  /** Makes the application's topics, joins its group and fills its stores; resolves when records are processed. Rejects with what failed. */
  async start(): Promise<void> {
    if (this.current !== 'CREATED')
      throw new Error('The client is either already started or already stopped, cannot re-start')
    this.become('REBALANCING')
    const running = new Promise<void>((resolve) => {
      this.wakeStarters = resolve
    })
    this.ended = this.runToEnd()
    await Promise.race([running, this.ended])
    if (this.failure) throw this.failure
  }

  /** Resolves when the application has been closed; rejects with what ended it. */
  async untilEnd(): Promise<void> {
    await this.ended
    if (this.failure) throw this.failure
  }

  /** Commits what was processed, leaves the group and closes all connections. */
  async close(): Promise<void> {
    if (this.current === 'CREATED') {
      this.become('PENDING_SHUTDOWN')
      await this.closeClients()
      return this.become('NOT_RUNNING')
    }
    this.become('PENDING_SHUTDOWN')
    this.stopping.abort()
    await this.ended
  }

  /** A store of this instance's tasks, or a global one, to be read from. Throws while they are not running. */
  store<K, V>(name: string): ReadableStore<K, V> {
    if (this.topology.storeBuilder(name).isBuffer)
      throw new StreamsError(`The store ${name} holds changes back, and cannot be read.`)
    return new LocalStore<K, V>(name, () => {
      const { globals, manager } = this.loop
      if (this.current === 'RUNNING') return this.topology.isGlobalStore(name) ? [globals] : manager.all()
      throw new StreamsError(`The store ${name} cannot be read while the application is ${this.current}.`)
    })
  }

  /** Never rejects: what fails is kept. */
  private async runToEnd(): Promise<void> {
    try {
      await this.loop.run(this.stopping.signal)
      this.become('PENDING_SHUTDOWN')
    } catch (error) {
      if (!(this.stopping.signal.aborted && error === this.stopping.signal.reason)) this.fail(error as Error)
    }
    await this.closeClients().catch((error: Error) => this.fail(error))
    this.become(this.failure ? 'ERROR' : 'NOT_RUNNING')
    if (this.failure) this.hooks.onError?.(this.failure)
    this.wakeStarters()
  }

  private fail(error: Error): void {
    this.failure ??= error
    this.become('PENDING_ERROR')
  }

  /** After a failure nothing more is written or committed. */
  private async closeClients(): Promise<void> {
    const { consumer, restore, global, producer, admin } = this.clients
    const { failure } = this
    await tryAll([
      () => (failure ? this.loop.drop() : undefined),
      () => this.loop.globals.close(),
      () => consumer.close(),
      () => restore.close(),
      () => global?.close(),
      () => producer.close(failure ? { timeoutMs: 0 } : {}),
      () => admin.close(),
    ])
  }

  private become(state: StreamsState): void {
    const before = this.current
    if (!canFollow(before, state)) return
    this.current = state
    this.hooks.onStateChange?.(state, before)
    if (state === 'RUNNING') this.wakeStarters()
  }
}

/** Does one after the other, whatever comes of those before; rejects with the first failure. */
async function tryAll(steps: readonly (() => void | Promise<void>)[]): Promise<void> {
  const failures: unknown[] = []
  for (const step of steps)
    try {
      await step()
    } catch (error) {
      failures.push(error)
    }
  if (failures.length > 0) throw failures[0]
}
