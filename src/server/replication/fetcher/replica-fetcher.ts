import type { NodeClient } from '../../../client/node.ts'
import { Fetch } from '../../../protocol/apis/index.ts'
import { type ErrorName, Errors, KafkaError } from '../../../protocol/errors.ts'
import type { ResponseOf } from '../../../protocol/schema/index.ts'
import type { Clock } from '../../../runtime/index.ts'
import type { Partition } from '../partition.ts'
import type { ReplicationQuota } from '../replication-quota.ts'
import type { ReplicationSettings } from '../replication-settings.ts'
import { copyRecords, moveInto, truncate, truncationOffset } from './copying.ts'
import { FollowerSession, keyOf, type WantedPartition } from './fetch-session.ts'
import { leaderBounds } from './leader-bounds.ts'

type Response = ResponseOf<typeof Fetch>
type Answer = Response['responses'][number]['partitions'][number]

export interface FetcherContext {
  readonly nodeId: number
  readonly clock: Clock
  readonly settings: ReplicationSettings
  /** Of what this broker copies. */
  readonly quota: ReplicationQuota
  /** Of this broker's registration, -1 while there is none. */
  brokerEpoch(): number
  /** The connection to a leader. Throws when there is no such broker. */
  leader(id: number): Pick<NodeClient, 'send'>
  log(line: string): void
}

/** A partition that is followed, in one leader epoch. */
interface Followed {
  readonly partition: Partition
  readonly leaderEpoch: number
  /** Monotonic milliseconds; infinite while it waits for the disk or for another answer. */
  notBefore: number
  /** Has all that the leader called committed at its last answer. */
  caughtUp: boolean
  /** What kept it back the last time, and how often in a row: the same is not told twice. */
  fault: string | undefined
  times: number
}

/** What is so until both brokers have read the same metadata. */
const passing: ReadonlySet<ErrorName> = new Set<ErrorName>([
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'NOT_LEADER_OR_FOLLOWER',
  'UNKNOWN_TOPIC_ID',
  'UNKNOWN_TOPIC_OR_PARTITION',
])
/** How often in a row that may be so before it is worth a word. */
const PATIENCE = 5

interface Asked {
  readonly followed: Followed
  readonly wanted: WantedPartition
}

/**
 * Copies what one leader has of the partitions that follow it: one request at a time for all of them, each from the end of its own log. A fault of
 * one keeps that one back for `replica.fetch.backoff.ms`, and no other.
 */
export class ReplicaFetcher {
  #followed = new Map<Partition, Followed>()
  #session = new FollowerSession()
  #running = false
  #closed = false
  #wake: (() => void) | undefined
  #fault: string | undefined

  constructor(
    private readonly leaderId: number,
    private readonly context: FetcherContext,
  ) {}

  /** Follows the leader in an epoch of its; what was asked for in an earlier one counts no more. */
  follow(partition: Partition, leaderEpoch: number): void {
    if (this.#followed.get(partition)?.leaderEpoch === leaderEpoch) return
    this.#followed.set(partition, { partition, leaderEpoch, notBefore: 0, caughtUp: false, fault: undefined, times: 0 })
    this.#wake?.()
    if (this.#running || this.#closed) return
    this.#running = true
    this.context.clock.defer(() => void this.#run())
  }

  forget(partition: Partition): void {
    this.#followed.delete(partition)
  }

  close(): void {
    this.#closed = true
    this.#followed.clear()
    this.#wake?.()
  }

  async #run(): Promise<void> {
    while (!this.#closed && this.#followed.size > 0) {
      const asked = this.#due()
      if (asked.size > 0) await this.#fetch(asked)
      else await this.#pause(this.#nextDue())
    }
    this.#running = false
    this.#session = new FollowerSession()
  }

  /** What may be asked for now. */
  #due(): Map<string, Asked> {
    const due = new Map<string, Asked>()
    if (this.context.brokerEpoch() < 0) return due
    const now = this.context.clock.monotonic()
    for (const followed of this.#followed.values()) {
      const { log, topic, index } = followed.partition
      if (followed.notBefore > now || log.failed || this.#isThrottled(followed, now)) continue
      const wanted = {
        ...{ topic, topicId: log.topicId, partition: index, currentLeaderEpoch: followed.leaderEpoch },
        fetchOffset: log.logEndOffset,
        lastFetchedEpoch: log.latestEpoch ?? -1,
        logStartOffset: log.logStartOffset,
        partitionMaxBytes: this.context.settings.fetchMaxBytes,
      }
      due.set(keyOf(log.topicId, index), { followed, wanted })
    }
    return due
  }

  /** One that has all there is committed is copied further whatever the quota says: it would fall out of the ISR. */
  #isThrottled(followed: Followed, now: number): boolean {
    const { quota, settings } = this.context
    const { topic, index } = followed.partition
    if (followed.caughtUp || !quota.isThrottled(topic, index)) return false
    const { excessMs } = quota
    if (excessMs === 0) return false
    // The quota may be altered meanwhile.
    followed.notBefore = now + Math.min(excessMs, settings.fetchBackoffMs)
    return true
  }

  #nextDue(): number {
    const { clock, settings } = this.context
    let next = clock.monotonic() + settings.fetchBackoffMs
    for (const { notBefore } of this.#followed.values()) if (notBefore > 0) next = Math.min(next, notBefore)
    return Math.max(1, next - clock.monotonic())
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        timer.cancel()
        this.#wake = undefined
        resolve()
      }
      const timer = this.context.clock.timer(ms, done)
      this.#wake = done
    })
  }

  async #fetch(asked: ReadonlyMap<string, Asked>): Promise<void> {
    const { nodeId, settings, brokerEpoch, leader, log } = this.context
    try {
      const answer = await leader(this.leaderId).send(Fetch, {
        replicaState: { replicaId: nodeId, replicaEpoch: brokerEpoch() },
        maxWaitMs: settings.fetchWaitMaxMs,
        minBytes: settings.fetchMinBytes,
        maxBytes: settings.fetchResponseMaxBytes,
        isolationLevel: 0,
        ...this.#session.next([...asked.values()].map(({ wanted }) => wanted)),
        rackId: '',
      })
      this.#session.answered(answer.errorCode, answer.sessionId)
      if (answer.errorCode !== Errors.NONE && !isOfSession(answer.errorCode)) throw new KafkaError(answer.errorCode)
      this.#fault = undefined
      this.#takeAll(answer, asked)
    } catch (error) {
      this.#session.lost()
      if (this.#closed) return
      const { message } = error as Error
      if (message !== this.#fault) log(`Cannot fetch from broker ${this.leaderId}: ${message}`)
      this.#fault = message
      await this.#pause(settings.fetchBackoffMs)
    }
  }

  #takeAll({ responses }: Response, asked: ReadonlyMap<string, Asked>): void {
    for (const { topicId, partitions } of responses)
      for (const answer of partitions) {
        const one = asked.get(keyOf(topicId, answer.partitionIndex))
        if (one && this.#isCurrent(one)) this.#take(one, answer)
      }
  }

  /** Whether an answer still says something: the metadata may have changed since. */
  #isCurrent({ followed, wanted }: Asked): boolean {
    const { partition } = followed
    return this.#followed.get(partition) === followed && partition.log.logEndOffset === wanted.fetchOffset
  }

  #take(asked: Asked, answer: Answer): void {
    const { followed } = asked
    const { partition } = followed
    try {
      if (answer.errorCode === Errors.OFFSET_OUT_OF_RANGE) return this.#hold(followed, this.#moveInto(asked))
      if (answer.errorCode !== Errors.NONE) throw new KafkaError(answer.errorCode)
      const { divergingEpoch } = answer
      if (divergingEpoch.endOffset >= 0 || divergingEpoch.epoch >= 0)
        truncate(partition, truncationOffset(partition.log, divergingEpoch), this.context.log)
      else this.#copy(followed, answer)
      followed.fault = undefined
    } catch (error) {
      this.#delay(followed, error)
    }
  }

  #copy(followed: Followed, answer: Answer): void {
    const { partition, leaderEpoch } = followed
    const { quota } = this.context
    this.#hold(followed, copyRecords(partition, answer, leaderEpoch))
    followed.caughtUp = partition.log.logEndOffset >= answer.highWatermark
    if (quota.isThrottled(partition.topic, partition.index)) quota.record(answer.records?.length ?? 0)
  }

  /** Leaves a partition out until something is done. */
  #hold(followed: Followed, work: Promise<void> | undefined): void {
    if (!work) return
    followed.notBefore = Number.POSITIVE_INFINITY
    work.then(
      () => {
        followed.notBefore = 0
        this.#wake?.()
      },
      (error: unknown) => this.#delay(followed, error),
    )
  }

  #delay(followed: Followed, error: unknown): void {
    const { clock, settings, log } = this.context
    const { partition } = followed
    followed.notBefore = clock.monotonic() + settings.fetchBackoffMs
    const fault = error instanceof KafkaError ? `${error.error}: ${error.message}` : String(error)
    followed.times = fault === followed.fault ? followed.times + 1 : 1
    const passes = error instanceof KafkaError && passing.has(error.error)
    if (followed.times === (passes ? PATIENCE : 1))
      log(`Cannot follow broker ${this.leaderId} in ${partition.log.name} for a while: ${fault}`)
    followed.fault = fault
  }

  async #moveInto(asked: Asked): Promise<void> {
    const { nodeId, leader, log } = this.context
    const bounds = await leaderBounds(leader(this.leaderId), nodeId, asked.wanted)
    if (this.#isCurrent(asked)) moveInto(asked.followed.partition, bounds, log)
  }
}

/** The leader knows the session no more: the next request begins another. */
const isOfSession = (code: number): boolean =>
  code === Errors.FETCH_SESSION_ID_NOT_FOUND ||
  code === Errors.INVALID_FETCH_SESSION_EPOCH ||
  code === Errors.FETCH_SESSION_TOPIC_ID_ERROR
