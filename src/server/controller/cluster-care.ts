import type { BrokerConfig } from '../../config/broker.ts'
import type { BrokerHeartbeat, BrokerRegistration } from '../../protocol/apis/index.ts'
import type { RequestOf, ResponseInput } from '../../protocol/schema/index.ts'
import type { Clock, Timer } from '../../runtime/index.ts'
import type { Uuid } from '../../std/uuid.ts'
import type { BrokerImage, MetadataImage } from '../metadata/image.ts'
import { metadataRecord } from '../metadata/records.ts'
import { BrokerSessions } from './broker-sessions.ts'
import type { Controller, ControllerContext, MetadataDecision } from './controller.ts'
import { balanceLeaders, electUnclean } from './elections.ts'
import { brokerHeartbeat, directoriesCordoned, directoriesLost, fenceSilent } from './heartbeats.ts'
import { brokerRegistration } from './registration.ts'

/** Kafka's default. */
const UNCLEAN_ELECTION_MS = 300_000

/** Between two looks whether the other brokers know that this one stops; milliseconds. */
const OWN_SHUTDOWN_MS = 20

export interface ClusterCareOptions {
  readonly controller: Controller
  readonly config: BrokerConfig
  readonly clock: Clock
  readonly clusterId: Uuid
  /** The broker that lives as long as this controller decides; -1 for none. */
  readonly ownBroker: number
  /** Whether no other controller can have registered brokers since this process began. */
  isOnlyVoter(): boolean
  /** Committed metadata. */
  image(): MetadataImage
  log(line: string): void
}

/** What the active controller does for the brokers of its cluster: it listens to their heartbeats, fences the silent, and spreads leaders. */
export class ClusterCare {
  private sessions: BrokerSessions
  private readonly timers = new Map<string, Timer>()
  private closed = false
  private hasStarted = false

  constructor(private readonly options: ClusterCareOptions) {
    this.sessions = this.noSessions()
  }

  private noSessions(): BrokerSessions {
    const { clock, config, ownBroker } = this.options
    return new BrokerSessions(clock, ownBroker, config.get('broker.session.timeout.ms'))
  }

  /** Begins once this node is the active controller, and its own broker registered. */
  start(): void {
    const { config, image, isOnlyVoter } = this.options
    this.closed = false
    this.sessions = this.noSessions()
    // The broker that had this node's id was in the process before this one.
    const gone = isOnlyVoter() && !this.hasStarted ? config.nodeId : -1
    this.hasStarted = true
    this.sessions.begin(image(), gone)
    this.watch()
    const checkMs = config.get('leader.imbalance.check.interval.seconds') * 1000
    if (config.get('auto.leader.rebalance.enable')) this.repeat('balance', checkMs, balanceLeaders)
    this.repeat('unclean', UNCLEAN_ELECTION_MS, electUnclean)
    const idleMs = config.get('metadata.max.idle.interval.ms')
    if (idleMs > 0) this.repeat('idle', idleMs, this.noOpWhenIdle())
  }

  /** Another controller may take over. */
  close(): void {
    this.closed = true
    for (const timer of this.timers.values()) timer.cancel()
  }

  /** Throws what `brokerRegistration` does. */
  register(request: RequestOf<typeof BrokerRegistration>): Promise<ResponseInput<typeof BrokerRegistration>> {
    const { controller, clusterId } = this.options
    const isAlive = (id: number, epoch: number) => this.sessions.isAlive(id, epoch)
    return controller.submit((context) => brokerRegistration(context, request, { clusterId, isAlive }))
  }

  /** Throws STALE_BROKER_EPOCH. */
  async heartbeat(request: RequestOf<typeof BrokerHeartbeat>): Promise<ResponseInput<typeof BrokerHeartbeat>> {
    const { sessions } = this
    const { controller, image } = this.options
    const { brokerId, brokerEpoch, currentMetadataOffset } = request
    const { response, isStopping } = await controller.submit((context) => {
      const decision = brokerHeartbeat(context, request, sessions)
      // It was heard, however long the records take to be written.
      sessions.touch(brokerId, brokerEpoch, currentMetadataOffset)
      return decision
    })
    if (isStopping) sessions.beginShutdown(brokerId, brokerEpoch, image().offset - 1)
    return response
  }

  /**
   * Has others lead what the broker in this process leads, before it stops (KIP-67). Resolves when they know, or after `broker.session.timeout.ms`, or at
   * once when there is nobody else.
   */
  async shutDownOwn(): Promise<void> {
    const { config, clock, image } = this.options
    const { nodeId: brokerId } = config
    const isOther = ({ id, fenced }: BrokerImage) => id !== brokerId && !fenced
    const own = image().brokers.get(brokerId)
    if (!own || own.fenced || !config.get('controlled.shutdown.enable')) return
    const deadline = clock.monotonic() + config.get('broker.session.timeout.ms')
    while ([...image().brokers.values()].some(isOther) && clock.monotonic() < deadline) {
      const flags = { wantFence: false, wantShutDown: true, offlineLogDirs: [], cordonedLogDirs: null }
      const currentMetadataOffset = image().offset - 1
      const answer = await this.heartbeat({ brokerId, brokerEpoch: own.epoch, currentMetadataOffset, ...flags })
      if (answer.shouldShutDown) return
      await clock.sleep(OWN_SHUTDOWN_MS)
    }
  }

  /** A directory of the broker in this process is out of use: what lay there is led by others, or by nobody. */
  directoryFailed(id: Uuid): void {
    const { controller, config, log } = this.options
    controller
      .submit((context) => directoriesLost(context, config.nodeId, [id]))
      .catch((error: Error) =>
        log(`The controller could not note that directory ${id} is out of use: ${error.message}`),
      )
  }

  /** The broker in this process begins nothing new in these directories. */
  directoriesCordoned(ids: readonly Uuid[]): void {
    void this.attempt((context) => directoriesCordoned(context, this.options.config.nodeId, ids))
  }

  private watch(): void {
    const { clock } = this.options
    // A node that stood still first hears what came in meanwhile.
    const later = () => clock.defer(() => void this.fenceSilent().then(() => this.watch()))
    this.after('sessions', this.sessions.untilFirstEnd + 1, later)
  }

  private async fenceSilent(): Promise<void> {
    const { image, log } = this.options
    const silent = this.closed ? [] : this.sessions.silent(image())
    if (silent.length === 0) return
    log(`Fencing brokers that are silent: ${silent.join(', ')}`)
    await this.attempt((context) => fenceSilent(context, silent))
  }

  /** A record that says nothing, where others follow and there was no other since the last look: by it they know how far behind they are (KIP-835). */
  private noOpWhenIdle(): (context: ControllerContext) => MetadataDecision<void> {
    const { config, isOnlyVoter } = this.options
    let seen = -1
    return ({ image, nextOffset }) => {
      const isOther = ({ id, fenced }: BrokerImage) => id !== config.nodeId && !fenced
      const isFollowed = !isOnlyVoter() || [...image.brokers.values()].some(isOther)
      const isIdle = seen === nextOffset
      seen = nextOffset + (isIdle && isFollowed ? 1 : 0)
      return { records: isIdle && isFollowed ? [metadataRecord('NoOpRecord', 0, {})] : [], reply: undefined }
    }
  }

  private repeat(name: string, ms: number, decide: (context: ControllerContext) => MetadataDecision<void>): void {
    this.after(name, ms, () => void this.attempt(decide).then(() => this.repeat(name, ms, decide)))
  }

  private after(name: string, ms: number, action: () => void): void {
    // What an earlier term has left over gives way.
    this.timers.get(name)?.cancel()
    if (!this.closed) this.timers.set(name, this.options.clock.timer(ms, action))
  }

  private async attempt(decide: (context: ControllerContext) => MetadataDecision<void>): Promise<void> {
    if (this.closed) return
    try {
      await this.options.controller.submit(decide)
    } catch (error) {
      if (!this.closed) this.options.log(`The controller could not care for its brokers: ${(error as Error).message}`)
    }
  }
}
