import { KafkaError, partitionKey, type TopicPartition, TransactionError } from '../../client/index.ts'
import type { StreamsConfig } from '../../config/streams.ts'
import type { Runtime } from '../../runtime/index.ts'
import { CacheBudget } from '../state/record-cache.ts'
import type { Topology } from '../topology/topology.ts'
import type { StreamsClients } from './clients.ts'
import { GlobalStores } from './global-stores.ts'
import type { TopicPlan } from './internal-topics.ts'
import { Purge } from './purge.ts'
import { PlainCollector, type RecordCollector, TransactionalCollector, wasFenced } from './record-collector.ts'
import { Restorer } from './restorer.ts'
import type { TaskSettings } from './settings.ts'
import { TaskManager } from './task-manager.ts'
import { TopicMaker } from './topic-maker.ts'

/** What the loop tells of itself. */
export interface LoopEvents {
  /** Partitions come or go. */
  rebalancing(): void
  /** All tasks have their stores and work. */
  running(): void
  /** A record was left out, or a commit failed for a reason that passes. */
  warn(sentence: string): void
}

/** How long reading of changelogs goes on before the group is looked after; milliseconds. */
const RESTORE_MS = 100

/** Errors of a commit which say that the group has gone on, or is about to: others have the partitions, and read from the last commit. */
const groupHasMoved = (error: unknown): boolean =>
  error instanceof KafkaError &&
  ['ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'REBALANCE_IN_PROGRESS', 'FENCED_INSTANCE_ID'].includes(error.error)

/** One instance at work: polls, processes, commits, and follows the group. */
export class StreamLoop {
  readonly manager: TaskManager
  readonly globals: GlobalStores
  private readonly collector: RecordCollector
  private readonly restorer: Restorer
  private readonly purge: Purge
  private plan: TopicPlan = { repartition: [], changelogs: [], counts: new Map() }
  private restoring = false
  private busy = false
  private committedAt: number
  private readonly commitMs: number

  constructor(
    private readonly topology: Topology,
    private readonly config: StreamsConfig,
    settings: TaskSettings,
    private readonly clients: StreamsClients,
    private readonly runtime: Runtime,
    private readonly events: LoopEvents,
  ) {
    const { consumer, admin, restore, global, isExactlyOnce } = clients
    const { clock } = runtime
    this.collector = isExactlyOnce
      ? new TransactionalCollector(clients, () => consumer.groupMetadata())
      : new PlainCollector(clients, (offsets) => consumer.commit(offsets))
    const skipped = (sentence: string) => events.warn(sentence)
    const { collector } = this
    const around = {
      topology,
      settings,
      defaults: settings.serdes,
      collector,
      clock,
      skipped,
      counts: () => this.plan.counts,
      globalStore: (name: string) => this.globals.typed(name),
    }
    const budget = new CacheBudget(settings.cacheBytes)
    this.manager = new TaskManager(consumer, { ...around, budget })
    this.globals = new GlobalStores(global, { ...around, budget })
    this.restorer = new Restorer(restore, admin)
    this.purge = new Purge(admin, clock, config.values['repartition.purge.interval.ms'])
    this.committedAt = clock.monotonic()
    this.commitMs = config.values['commit.interval.ms']
  }

  /** Runs until the signal; rejects with what ends it before. What was processed is committed then, unless it failed. */
  async run(signal: AbortSignal): Promise<void> {
    await until(signal, this.prepare(signal))
    if (signal.aborted) return
    if (this.manager.topics.length > 0) this.join()
    else this.events.running()
    while (!signal.aborted) {
      if (this.manager.topics.length > 0) await this.turn(signal)
      else await this.watch(signal)
      // A turn that finds everything at hand waits for nothing; connections need the loop, too.
      await new Promise<void>((resolve) => this.runtime.clock.defer(resolve))
    }
    await this.commit()
    this.manager.close()
  }

  /** Ends the tasks as they are, without a commit. */
  drop(): void {
    this.stopTasks()
  }

  private async prepare(signal: AbortSignal): Promise<void> {
    const { values, topics } = this.config
    const maker = new TopicMaker(this.clients.admin, this.runtime.clock, {
      applicationId: values['application.id'],
      replicationFactor: values['replication.factor'],
      configs: topics,
      additionalRetentionMs: values['windowstore.changelog.additional.retention.ms'],
    })
    this.plan = await maker.prepare(this.topology, signal)
    if (this.clients.isExactlyOnce) await this.clients.producer.initTransactions()
    await this.globals.fill(signal)
  }

  private join(): void {
    this.clients.consumer.subscribe(this.manager.topics, {
      onPartitionsAssigned: (partitions) => this.assigned(partitions),
      onPartitionsRevoked: () => this.revoked(),
      onPartitionsLost: () => this.lost(),
    })
  }

  /** Where there are global stores alone there is no group, and nothing to be done but to see that they go on. */
  private async watch(signal: AbortSignal): Promise<void> {
    this.globals.check()
    await this.runtime.clock.sleep(this.config.values['poll.ms'], signal).catch(() => {})
  }

  private async turn(signal: AbortSignal): Promise<void> {
    const { consumer } = this.clients
    this.globals.check()
    try {
      this.manager.add(await consumer.poll(this.restoring || this.busy ? 0 : this.patience(), signal))
      if (this.restoring) await this.restore(signal)
    } catch (error) {
      if (signal.aborted && error === signal.reason) return
      throw error
    }
    if (this.restoring) return
    try {
      this.busy = await this.manager.process()
    } catch (error) {
      if (!this.mayBeginAnew(error)) throw error
      return this.beginAnew(error)
    }
    if (this.manager.commitRequested || this.patience() === 0) await this.commit()
  }

  /** Milliseconds to wait for records: not beyond the next commit. */
  private patience(): number {
    const left = this.committedAt + this.commitMs - this.runtime.clock.monotonic()
    return Math.max(0, Math.min(this.config.values['poll.ms'], left))
  }

  private async commit(): Promise<void> {
    this.committedAt = this.runtime.clock.monotonic()
    if (this.restoring) return
    try {
      const offsets = await this.manager.commit()
      const own = new Set(this.plan.repartition.map(({ name }) => name))
      await this.purge.note(offsets.filter(({ topic }) => own.has(topic)))
    } catch (error) {
      await this.commitFailed(error)
    }
  }

  /** What was not committed is read again, by this instance or by another. */
  private async commitFailed(error: unknown): Promise<void> {
    if (this.mayBeginAnew(error)) return this.beginAnew(error)
    const mayGoOn = groupHasMoved(error) && (!(error instanceof TransactionError) || error.abortable)
    if (!mayGoOn) throw error
    if (this.clients.isExactlyOnce) return this.beginAnew(error)
    this.warnOfCommit(error)
  }

  /** Whether the transaction was ended from outside, because it took too long: that is no fault of what it was about. */
  private mayBeginAnew(error: unknown): boolean {
    return this.clients.isExactlyOnce && wasFenced(error)
  }

  private warnOfCommit(error: unknown): void {
    this.events.warn(`Offsets could not be committed: ${(error as Error).message}`)
  }

  /** Records of the transaction are gone, and stores have what came of them: begin from the last commit. */
  private async beginAnew(error: unknown): Promise<void> {
    this.warnOfCommit(error)
    await this.lost()
    await this.clients.consumer.unsubscribe()
    this.join()
  }

  private async assigned(partitions: readonly TopicPartition[]): Promise<void> {
    this.events.rebalancing()
    this.clients.consumer.pause(partitions)
    const restorations = this.manager.assign(partitions, await this.metadata(partitions))
    await this.beginAtFirst(partitions)
    this.restoring = true
    await this.restorer.begin(restorations)
  }

  /** What an earlier life has committed beside offsets: how far it came in time. */
  private async metadata(partitions: readonly TopicPartition[]): Promise<Map<string, string>> {
    const found = new Map<string, string>()
    for (const [key, committed] of await this.clients.consumer.committed(partitions))
      if (committed) found.set(key, committed.metadata ?? '')
    return found
  }

  /** Nothing of the application's own topics may be passed over, wherever reading of the others begins. */
  private async beginAtFirst(partitions: readonly TopicPartition[]): Promise<void> {
    if ((this.config.clients.consumer['auto.offset.reset'] ?? 'earliest') === 'earliest') return
    const own = new Set(this.plan.repartition.map(({ name }) => name))
    const inner = partitions.filter(({ topic }) => own.has(topic))
    if (inner.length === 0) return
    const committed = await this.clients.consumer.committed(inner)
    const fresh = inner.filter(({ topic, partition }) => committed.get(partitionKey(topic, partition)) === undefined)
    this.clients.consumer.seekToBeginning(fresh)
  }

  private async restore(signal: AbortSignal): Promise<void> {
    await this.restorer.step(RESTORE_MS, signal)
    if (!this.restorer.isDone) return
    this.restoring = false
    this.manager.begin()
    this.clients.consumer.resume(this.clients.consumer.assignment())
    this.committedAt = this.runtime.clock.monotonic()
    this.events.running()
  }

  private async revoked(): Promise<void> {
    this.events.rebalancing()
    try {
      if (!this.restoring) await this.manager.commit()
    } catch (error) {
      if (!groupHasMoved(error) && !this.mayBeginAnew(error)) throw error
      this.warnOfCommit(error)
      await this.collector.abandon()
    }
    this.stopTasks()
  }

  /** Others may have the partitions already: nothing of what was not committed counts. */
  private async lost(): Promise<void> {
    this.events.rebalancing()
    await this.collector.abandon()
    this.stopTasks()
  }

  private stopTasks(): void {
    this.restoring = false
    this.busy = false
    this.manager.close()
  }
}

/** Waits for something, or for the signal. */
async function until(signal: AbortSignal, action: Promise<void>): Promise<void> {
  let stop = () => {}
  const stopped = new Promise<void>((resolve) => {
    stop = resolve
    signal.addEventListener('abort', stop)
  })
  await Promise.race([action, stopped]).finally(() => signal.removeEventListener('abort', stop))
}
