import { backoff } from '../../client/node.ts'
import type { BrokerConfig } from '../../config/broker.ts'
import { BrokerHeartbeat, BrokerRegistration } from '../../protocol/apis/index.ts'
import { describeError, Errors } from '../../protocol/errors.ts'
import type { Api, RequestInput, ResponseOf } from '../../protocol/schema/index.ts'
import { type Runtime, randomUuid, type Timer } from '../../runtime/index.ts'
import { Seldom } from '../../std/seldom.ts'
import type { Uuid } from '../../std/uuid.ts'
import { supportedRanges } from '../controller/brokers.ts'
import type { Endpoint } from '../metadata/image.ts'
import type { ControllerChannel } from './controller-channel.ts'
import { Milestone } from './milestone.ts'

export interface BrokerLifecycleOptions {
  readonly config: BrokerConfig
  readonly runtime: Runtime
  readonly channel: ControllerChannel
  readonly clusterId: string
  readonly endpoints: readonly Endpoint[]
  /** Ids of the log directories that are in use. */
  logDirs(): readonly Uuid[]
  /** Directories in which this broker begins no replicas (KIP-1066); null where the cluster does not know of such. */
  cordonedLogDirs(): readonly Uuid[] | null
  /** That of the last run, when it ended with a clean stop (KIP-966); -1 otherwise. */
  readonly previousBrokerEpoch: number
  /** Offset of the last record of metadata that this broker has applied; -1 before the first. */
  metadataOffset(): number
  log(line: string): void
  /** The cluster cannot be told that a directory is out of use. */
  onFatal(error: Error): void
}

/** Between two lines about the same trouble; milliseconds. */
const SAY_AGAIN_MS = 30_000
/** Until the first look whether what is waited for has come, twice as long before each that follows; milliseconds. */
const SOON_MS = 5
/** The longest that a controlled shutdown may take; milliseconds. */
const SHUTDOWN_LIMIT_MS = 300_000

/**
 * What a broker says of itself to the controller (KIP-631): it registers, says again and again that it lives and how far it has read, wants to be fenced
 * until it can serve, and asks leave to stop.
 */
export class BrokerLifecycle {
  readonly #options: BrokerLifecycleOptions
  readonly #incarnationId: Uuid
  #epoch = -1
  #wantFence = true
  #wantShutDown = false
  #failures = 0
  #lastAnswer = Number.NEGATIVE_INFINITY
  readonly #complaints: Seldom
  /** Directories that are out of use, with the timer of those that no controller knows of yet. */
  readonly #offlineDirs = new Map<Uuid, Timer | undefined>()
  #closed = false
  /** Something is to be said that the heartbeat under way does not say. */
  #hasNews = false
  #timer: Timer | undefined
  #isSending = false
  #isStale = false
  /** Heartbeats that were sent for something that is waited for. */
  #polls = 0
  readonly #registered
  readonly #caughtUp
  readonly #unfenced
  readonly #mayStop

  constructor(options: BrokerLifecycleOptions) {
    this.#options = options
    this.#incarnationId = randomUuid(options.runtime.random)
    this.#complaints = new Seldom(options.runtime.clock, SAY_AGAIN_MS)
    this.#registered = new Milestone()
    this.#caughtUp = new Milestone()
    this.#unfenced = new Milestone()
    this.#mayStop = new Milestone()
  }

  /** Of the registration; -1 before it. */
  get epoch(): number {
    return this.#epoch
  }

  /**
   * Registers, and resolves when this broker knows all that was decided until then. Rejects when it could not be registered in
   * `initial.broker.registration.timeout.ms`.
   */
  async join(): Promise<void> {
    const { config, runtime } = this.#options
    const timer = runtime.clock.timer(config.get('initial.broker.registration.timeout.ms'), () =>
      this.#registered.fail(new Error('Shutting down because we were unable to register with the controller quorum.')),
    )
    this.#next(0)
    try {
      await this.#registered.reached
      await this.#caughtUp.reached
    } finally {
      timer.cancel()
    }
  }

  /** The metadata can hold by now what it could not when this broker registered: it does so once more, as the same one. */
  registerAnew(): void {
    if (this.#epoch < 0 || this.#isStale) return
    this.#isStale = true
    this.#next(0)
  }

  /** This broker can serve; resolves when the others know it. */
  async unfence(): Promise<void> {
    this.#wantFence = false
    this.#next(0)
    await this.#unfenced.reached
  }

  /**
   * Has the controller give this broker's partitions to others (KIP-67). Resolves when that is done, or nobody can be told: once
   * `broker.session.timeout.ms` has passed without an answer, the controller has fenced this broker anyway.
   */
  async shutDown(): Promise<void> {
    const { config, runtime } = this.#options
    const { clock } = runtime
    if (this.#epoch < 0 || this.#closed || !config.get('controlled.shutdown.enable')) return
    this.#wantShutDown = true
    const from = clock.monotonic()
    const sessionMs = config.get('broker.session.timeout.ms')
    let timer: Timer | undefined
    const watch = () => {
      const now = clock.monotonic()
      const silent = now - Math.max(from, this.#lastAnswer)
      if (silent >= sessionMs || now - from >= SHUTDOWN_LIMIT_MS) return this.#mayStop.reach()
      timer = clock.timer(Math.min(sessionMs - silent, from + SHUTDOWN_LIMIT_MS - now), watch)
    }
    watch()
    this.#next(0)
    await this.#mayStop.reached
    timer?.cancel()
  }

  /**
   * A directory is out of use, of which the controller has to know: others lead what this broker does not serve any more. Without a controller that hears it for
   * `log.dir.failure.timeout.ms` the node has to end, for then it is fenced (KIP-858).
   */
  directoryFailed(id: Uuid): void {
    const { config, runtime, onFatal } = this.#options
    if (this.#offlineDirs.has(id) || this.#closed) return
    const timer = runtime.clock.timer(config.get('log.dir.failure.timeout.ms'), () =>
      onFatal(new Error(`No controller could be told that log directory ${id} has failed`)),
    )
    this.#offlineDirs.set(id, timer)
    this.#hasNews = true
    if (this.#epoch >= 0) this.#next(0)
  }

  /** Other directories are cordoned now. */
  cordonedChanged(): void {
    if (this.#epoch < 0) return
    this.#hasNews = true
    this.#next(0)
  }

  #offlineDirsKnown(ids: readonly Uuid[]): void {
    for (const id of ids) {
      this.#offlineDirs.get(id)?.cancel()
      this.#offlineDirs.set(id, undefined)
    }
  }

  close(): void {
    this.abandon(new Error('the node is shutting down'))
  }

  /** Says nothing more; whoever waits hears why. */
  abandon(reason: Error): void {
    this.#closed = true
    this.#timer?.cancel()
    for (const timer of this.#offlineDirs.values()) timer?.cancel()
    for (const one of [this.#registered, this.#caughtUp, this.#unfenced]) one.fail(reason)
    this.#mayStop.reach()
  }

  #next(ms: number): void {
    if (this.#closed || this.#isSending) return
    this.#timer?.cancel()
    this.#timer = this.#options.runtime.clock.timer(ms, () => void this.#talk())
  }

  /** One request and its answer; then the next is planned. */
  async #talk(): Promise<void> {
    const { config, runtime } = this.#options
    this.#isSending = true
    const [wantFence, wantShutDown] = [this.#wantFence, this.#wantShutDown]
    this.#hasNews = false
    let pause = 0
    try {
      const code = this.#epoch < 0 || this.#isStale ? await this.#register() : await this.#beat()
      if (code !== Errors.NONE) throw new Error(sentenceOf(code))
      this.#failures = 0
      this.#complaints.reset()
      pause = config.get('broker.heartbeat.interval.ms')
    } catch (error) {
      this.#complain(error as Error)
      const longest = Math.trunc(config.get('broker.session.timeout.ms') / 2)
      pause = backoff(100, longest, this.#failures++, runtime)
    }
    this.#isSending = false
    // What has changed meanwhile is told at once.
    const isNews = this.#hasNews || wantFence !== this.#wantFence || wantShutDown !== this.#wantShutDown
    const isWaiting = !this.#caughtUp.isReached || (!this.#wantFence && !this.#unfenced.isReached) || this.#wantShutDown
    this.#polls = isNews || !isWaiting ? 0 : this.#polls + 1
    this.#next(isNews ? 0 : isWaiting ? Math.min(pause, SOON_MS * 2 ** Math.min(this.#polls, 10)) : pause)
  }

  async #send<A extends Api>(api: A, request: RequestInput<A>): Promise<ResponseOf<A>> {
    const { config, channel, runtime } = this.#options
    const answer = await channel.send(
      'heartbeat',
      api,
      request,
      Math.trunc(config.get('broker.session.timeout.ms') / 2),
    )
    this.#lastAnswer = runtime.clock.monotonic()
    return answer
  }

  #complain(error: Error): void {
    const { config, channel, log } = this.#options
    // That there is no controller is said by whoever looks for it.
    if (!channel.hasController || this.#closed || !this.#complaints.isTime()) return
    const what = this.#epoch < 0 ? 'be registered' : 'send its heartbeats'
    log(`Broker ${config.nodeId} cannot ${what}, and tries again: ${error.message}`)
  }

  async #register(): Promise<number> {
    const { config, clusterId, endpoints, logDirs, previousBrokerEpoch, log } = this.#options
    const request = {
      brokerId: config.nodeId,
      clusterId,
      incarnationId: this.#incarnationId,
      listeners: endpoints.map((endpoint) => ({ ...endpoint })),
      features: supportedRanges(),
      rack: config.get('broker.rack'),
      isMigratingZkBroker: false,
      logDirs: [...logDirs()],
      previousBrokerEpoch,
    }
    const { errorCode, brokerEpoch } = await this.#send(BrokerRegistration, request)
    if (errorCode !== Errors.NONE) return errorCode
    this.#epoch = brokerEpoch
    this.#isStale = false
    log(`Registered as broker ${config.nodeId} of cluster ${clusterId} with broker epoch ${brokerEpoch}.`)
    this.#registered.reach()
    return errorCode
  }

  async #beat(): Promise<number> {
    const { config, metadataOffset, cordonedLogDirs } = this.#options
    const cordoned = cordonedLogDirs()
    const offlineLogDirs = [...this.#offlineDirs.keys()]
    const answer = await this.#send(BrokerHeartbeat, {
      brokerId: config.nodeId,
      brokerEpoch: this.#epoch,
      currentMetadataOffset: metadataOffset(),
      wantFence: this.#wantFence,
      wantShutDown: this.#wantShutDown,
      offlineLogDirs,
      cordonedLogDirs: cordoned && [...cordoned],
    })
    if (answer.errorCode !== Errors.NONE) return answer.errorCode
    this.#offlineDirsKnown(offlineLogDirs)
    if (answer.isCaughtUp) this.#caughtUp.reach()
    if (!answer.isFenced) this.#unfenced.reach()
    if (answer.shouldShutDown) this.#mayStop.reach()
    return answer.errorCode
  }
}

/** Brokers are told of a duplicate also after a stop: until the session of the run before has ended. */
function sentenceOf(code: number): string {
  const { name, sentence } = describeError(code)
  const why = name === 'DUPLICATE_BROKER_REGISTRATION' ? ' Its last session may not have ended yet.' : ''
  return `${name}: ${sentence}${why}`
}
