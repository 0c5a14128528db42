import type { BrokerConfig } from '../../../config/broker.ts'
import { KafkaError } from '../../../protocol/errors.ts'
import type { Runtime, Timer } from '../../../runtime/index.ts'
import type { Decision } from '../../machine/runner.ts'
import type { MetadataImage } from '../../metadata/image.ts'
import type { ImageChange } from '../../metadata/loader.ts'
import type { ReplicaManager } from '../../replication/replica-manager.ts'
import { Shards } from '../shards.ts'
import { StateTopic } from '../state-topic.ts'
import { Completion } from './completion.ts'
import { abortForFence, type DecisionContext, type Ended, type EndRequest, endTransaction } from './ending.ts'
import { type Initialized, type InitRequest, initProducer, needsProducerId } from './init-producer.ts'
import type { MarkerSender } from './marker-sender.ts'
import { addParticipants, type ProducerClaim, verifyParticipant } from './participants.ts'
import { type TransactionRecord, valueVersion } from './records.ts'
import { TransactionShard } from './shard.ts'
import { isPrepared, type Participants, type Transaction } from './transaction.ts'

export const TRANSACTION_TOPIC = '__transaction_state'

export interface TransactionCoordinatorOptions {
  readonly runtime: Runtime
  readonly config: BrokerConfig
  readonly replicas: ReplicaManager
  readonly producerIds: { next(): Promise<number> }
  readonly markers: MarkerSender
  image(): MetadataImage
  /** Makes `__transaction_state` when it is missing. */
  createTopic(): Promise<void>
  log(line: string): void
}

/** Who speaks for a transactional id. */
export interface TransactionClaim extends ProducerClaim {
  readonly transactionalId: string
}

/** Finds the shard of a transactional id, loads shards, has decisions made and carried out, and keeps house (KIP-98, KIP-890). */
export class TransactionCoordinator {
  private readonly shards: Shards<TransactionShard>
  private readonly topic: StateTopic
  private readonly completion: Completion
  private timers: Timer[] = []
  private closed = false

  constructor(private readonly options: TransactionCoordinatorOptions) {
    const { replicas, image, createTopic } = options
    const topic = new StateTopic(TRANSACTION_TOPIC, { replicas, image, create: createTopic })
    const { clock } = options.runtime
    this.topic = topic
    this.shards = new Shards({
      topic,
      load: (partition) =>
        new TransactionShard({ partition, clock, minInSync: () => topic.minInSync }, () =>
          valueVersion(this.serverVersion),
        ),
      loaded: (shard) => this.completeAll(shard),
      unloaded: () => {},
    })
    this.completion = new Completion({ ...options, isOurs: (shard) => this.isOurs(shard) })
  }

  /** Loads what is this broker's, completes what was prepared before it stopped, and begins to look after it. */
  start(): void {
    const { config } = this.options
    this.loadAll()
    this.every(config.get('transaction.abort.timed.out.transaction.cleanup.interval.ms'), () => this.abortLate())
    this.every(config.get('transaction.remove.expired.transaction.cleanup.interval.ms'), () => this.removeExpired())
  }

  private every(ms: number, work: () => void): void {
    let timer: Timer
    const again = () => {
      this.timers = this.timers.filter((one) => one !== timer)
      if (this.closed) return
      work()
      this.every(ms, work)
    }
    timer = this.options.runtime.clock.timer(ms, again)
    this.timers.push(timer)
  }

  close(): void {
    this.closed = true
    for (const timer of this.timers) timer.cancel()
    this.shards.clear()
  }

  forgetTopic(topic: string): void {
    if (topic === TRANSACTION_TOPIC) this.shards.clear()
  }

  /** The broker that coordinates a transactional id; makes the topic when there is none. */
  leaderFor(transactionalId: string): Promise<number> {
    return this.topic.leaderFor(transactionalId)
  }

  /** The same now; undefined while there is none. Throws COORDINATOR_NOT_AVAILABLE when there is no topic. */
  leaderNow(transactionalId: string): number | undefined {
    return this.topic.leaderNow(transactionalId)
  }

  /** Throws NOT_COORDINATOR, COORDINATOR_NOT_AVAILABLE or INVALID_REQUEST. */
  private shard(transactionalId: string): TransactionShard {
    if (transactionalId === '') throw new KafkaError('INVALID_REQUEST')
    return this.shards.of(this.topic.partitionFor(transactionalId))
  }

  /** What was prepared by the coordinator before stands, and has to be carried out. */
  private completeAll(shard: TransactionShard): void {
    for (const transaction of [...shard.all()])
      if (isPrepared(transaction)) void this.completion.complete(shard, transaction.id, true)
  }

  private isOurs(shard: TransactionShard): boolean {
    return !this.closed && this.shards.has(shard)
  }

  private loadAll(): void {
    for (const _ of this.shards.all());
  }

  /** Lets go of what is in partitions that this broker leads no more. */
  resign(): void {
    this.shards.resign()
  }

  /** Follows the metadata: takes over what this broker has come to lead, and lets go of what others lead now. */
  publish({ changedTopics }: ImageChange): void {
    if (!changedTopics.has(TRANSACTION_TOPIC)) return
    this.shards.resign()
    this.loadAll()
  }

  /** The cluster's `transaction.version`. */
  private get serverVersion(): number {
    return this.options.image().features.get('transaction.version') ?? 0
  }

  private context(freshId?: number): DecisionContext {
    return { now: this.options.runtime.clock.now(), serverVersion: this.serverVersion, freshId }
  }

  /** A producer id for the decision that comes next, where it may need one. */
  private async freshId(transactionalId: string): Promise<number | undefined> {
    const needed = needsProducerId(this.shard(transactionalId).get(transactionalId))
    return needed ? this.options.producerIds.next() : undefined
  }

  /** Gives a producer its id and epoch. Throws CONCURRENT_TRANSACTIONS while an earlier transaction of that id has to end first. */
  async init(request: InitRequest): Promise<Extract<Initialized, { fenced: false }>> {
    const { transactionalId } = request
    const freshId = await this.freshId(transactionalId)
    const reply = await this.decide(transactionalId, (transaction) =>
      initProducer(transaction, request, this.context(freshId)),
    )
    if (reply.fenced) throw new KafkaError('CONCURRENT_TRANSACTIONS')
    return reply
  }

  /** @param version version of the transaction protocol that the producer speaks */
  async end(transactionalId: string, request: EndRequest): Promise<Ended> {
    if (transactionalId === '') throw new KafkaError('INVALID_REQUEST')
    const known = this.shard(transactionalId).get(transactionalId)
    const freshId = known === undefined ? undefined : await this.freshId(transactionalId)
    return this.decide(transactionalId, (transaction) => endTransaction(transaction, request, this.context(freshId)))
  }

  /** Decides, and completes the transaction when that is what was decided. */
  private async decide<Reply>(
    transactionalId: string,
    decide: (transaction: Transaction | undefined) => Decision<TransactionRecord, Reply>,
  ): Promise<Reply> {
    const shard = this.shard(transactionalId)
    const before = shard.get(transactionalId)
    const { reply, committed } = shard.decide(() => decide(before))
    // The outcome must stand before anybody can see it.
    await committed
    if (shard.get(transactionalId) !== before) void this.completion.complete(shard, transactionalId)
    return reply
  }

  /** Lets partitions take part. Gives a promise when the disk has to have that first. Throws `KafkaError`. */
  add(claim: TransactionClaim, partitions: Participants, version: number): Promise<void> | undefined {
    const shard = this.shard(claim.transactionalId)
    const { now } = this.context()
    return shard.decide(() => addParticipants(shard.get(claim.transactionalId), claim, partitions, { now, version }))
      .committed
  }

  /** Throws unless a partition takes part in its producer's transaction. */
  verify(claim: TransactionClaim, topic: string, partition: number): void {
    verifyParticipant(this.shard(claim.transactionalId).get(claim.transactionalId), claim, topic, partition)
  }

  /** Throws TRANSACTIONAL_ID_NOT_FOUND. */
  describe(transactionalId: string): Transaction {
    const transaction = this.shard(transactionalId).get(transactionalId)
    if (!transaction) throw new KafkaError('TRANSACTIONAL_ID_NOT_FOUND')
    return transaction
  }

  *all(): Generator<Transaction> {
    for (const shard of this.shards.all()) yield* shard.all()
  }

  /** Aborts what has been open for longer than its producer wanted. */
  private abortLate(): void {
    const { now } = this.context()
    for (const shard of this.shards.all())
      for (const { id, state, startedAt, timeoutMs } of [...shard.all()])
        if (state === 'Ongoing' && startedAt + timeoutMs < now) void this.abort(shard, id).catch(() => {})
  }

  private async abort(shard: TransactionShard, id: string): Promise<void> {
    const known = shard.get(id)
    if (!known) return
    const freshId = await this.freshId(id)
    // Whoever ended it meanwhile was in time.
    if (shard.get(id) !== known || !this.isOurs(shard)) return
    this.options.log(`The transaction of ${id} took longer than ${known.timeoutMs} ms and is aborted`)
    await this.decide(id, (transaction) => ({
      records: transaction ? abortForFence(transaction, this.context(freshId)) : [],
      reply: undefined,
    }))
  }

  /** Forgets transactional ids that nobody has used for long. */
  private removeExpired(): void {
    const expiration = this.options.config.get('transactional.id.expiration.ms')
    const { now } = this.context()
    for (const shard of this.shards.all()) {
      const expired = [...shard.all()].filter(
        (one) => one.state !== 'Ongoing' && !isPrepared(one) && one.updatedAt + expiration <= now,
      )
      if (expired.length === 0) continue
      const records = expired.map(({ id }) => ({ id, value: undefined }))
      try {
        shard.decide(() => ({ records, reply: undefined })).committed?.catch(() => {})
      } catch {
        // The disk's failure has been told to the log's owner.
      }
    }
  }
}
