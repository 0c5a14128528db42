import type { Fetch } from '../../protocol/apis/index.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { RequestOf, ResponseInput } from '../../protocol/schema/index.ts'
import type { Runtime } from '../../runtime/index.ts'
import type { Uuid } from '../../std/uuid.ts'

type Request = RequestOf<typeof Fetch>
type PartitionResponse = ResponseInput<typeof Fetch>['responses'][number]['partitions'][number]

/** A partition as a session remembers it. */
export interface SessionPartition {
  /** What the session finds it by. */
  readonly key: string
  /** Undefined while the topic id is not known. */
  readonly topic: string | undefined
  readonly topicId: Uuid
  readonly index: number
  readonly fetchOffset: number
  readonly currentLeaderEpoch: number
  readonly lastFetchedEpoch: number
  /** Of a follower's log; -1 from consumers. */
  readonly logStartOffset: number
  readonly maxBytes: number
}

/** Whether a consumer is told to read from another replica (KIP-392). */
export const isSentElsewhere = ({ preferredReadReplica = -1 }: PartitionResponse): boolean => preferredReadReplica >= 0

const INITIAL_EPOCH = 0
const FINAL_EPOCH = -1
const NO_SESSION = 0
/** A session may be pushed out when it was not used for so long; milliseconds. */
const EVICTION_MS = 120_000

const keyOf = (usesIds: boolean, topic: string, topicId: Uuid, index: number): string =>
  `${usesIds ? topicId : topic}/${index}`

/** What a client asked for before, so that it may ask again by saying only what changed (KIP-227). */
export class FetchSession {
  readonly wanted = new Map<string, SessionPartition>()
  /** What the client was last told of a partition: it hears of it again when one of these differs, or when there is data. */
  private readonly told = new Map<string, { highWatermark: number; logStartOffset: number; failed: boolean }>()
  epoch = 1
  lastUsed = 0
  /** Answers say everything until the client has the session's id. */
  incremental = false

  constructor(
    readonly id: number,
    readonly usesIds: boolean,
  ) {}

  partitions(): SessionPartition[] {
    return [...this.wanted.values()]
  }

  update(request: Request, nameOf: (id: Uuid) => string | undefined): void {
    for (const topic of request.topics) {
      for (const one of topic.partitions) {
        const key = keyOf(this.usesIds, topic.topic, topic.topicId, one.partition)
        this.wanted.set(key, {
          key,
          topic: this.usesIds ? nameOf(topic.topicId) : topic.topic,
          topicId: topic.topicId,
          index: one.partition,
          fetchOffset: one.fetchOffset,
          currentLeaderEpoch: one.currentLeaderEpoch,
          lastFetchedEpoch: one.lastFetchedEpoch,
          logStartOffset: one.logStartOffset,
          maxBytes: one.partitionMaxBytes,
        })
      }
    }
    for (const topic of request.forgottenTopicsData) {
      for (const index of topic.partitions) {
        const key = keyOf(this.usesIds, topic.topic, topic.topicId, index)
        this.wanted.delete(key)
        this.told.delete(key)
      }
    }
    if (this.usesIds)
      for (const [key, one] of this.wanted)
        if (one.topic === undefined) this.wanted.set(key, { ...one, topic: nameOf(one.topicId) })
  }

  /** Has a partition that was read wait behind the others: an answer that is full must not be full of the same ones each time. */
  moveBack(wanted: SessionPartition): void {
    if (this.wanted.delete(wanted.key)) this.wanted.set(wanted.key, wanted)
  }

  /** Whether an answer has to mention a partition. */
  mustTell(wanted: SessionPartition, response: PartitionResponse): boolean {
    if (this.id === NO_SESSION) return true
    const { key } = wanted
    const records = response.records as readonly Uint8Array[] | Uint8Array | null
    // A follower that has to cut its log first does not take the high watermark along.
    const failed = response.errorCode !== 0 || response.divergingEpoch !== undefined
    const before = this.told.get(key)
    const logStartOffset = response.logStartOffset ?? -1
    const news =
      !this.incremental ||
      (records !== null && records.length > 0) ||
      failed ||
      isSentElsewhere(response) ||
      before === undefined ||
      before.failed ||
      before.highWatermark !== response.highWatermark ||
      before.logStartOffset !== logStartOffset
    if (news) this.told.set(key, { highWatermark: response.highWatermark, logStartOffset, failed })
    return news
  }
}

/** The sessions of a broker, a bounded number of them: one that was long unused makes room for a new one. */
export class FetchSessions {
  private readonly sessions = new Map<number, FetchSession>()

  constructor(
    private readonly slots: number,
    private readonly runtime: Runtime,
  ) {}

  /** The session that a request belongs to, brought up to date; a passing one where none is kept; an error for a wrong id or epoch. */
  open(request: Request, usesIds: boolean, nameOf: (id: Uuid) => string | undefined): FetchSession | KafkaError {
    const { sessionId, sessionEpoch } = request
    if (sessionEpoch === INITIAL_EPOCH || sessionEpoch === FINAL_EPOCH) {
      this.sessions.delete(sessionId)
      const id = sessionEpoch === INITIAL_EPOCH ? this.newId() : NO_SESSION
      const session = new FetchSession(id, usesIds)
      if (id !== NO_SESSION) this.sessions.set(id, session)
      return this.used(session, request, nameOf)
    }
    const session = this.sessions.get(sessionId)
    if (!session) return new KafkaError('FETCH_SESSION_ID_NOT_FOUND')
    if (session.epoch !== sessionEpoch) return new KafkaError('INVALID_FETCH_SESSION_EPOCH')
    if (session.usesIds !== usesIds) return new KafkaError('FETCH_SESSION_TOPIC_ID_ERROR')
    session.epoch = sessionEpoch === 0x7fff_ffff ? 1 : sessionEpoch + 1
    session.incremental = true
    return this.used(session, request, nameOf)
  }

  private used(session: FetchSession, request: Request, nameOf: (id: Uuid) => string | undefined): FetchSession {
    session.lastUsed = this.runtime.clock.monotonic()
    session.update(request, nameOf)
    return session
  }

  private newId(): number {
    if (this.sessions.size >= this.slots && !this.evict()) return NO_SESSION
    for (;;) {
      const id = 1 + this.runtime.random.int(0x7fff_fffe)
      if (!this.sessions.has(id)) return id
    }
  }

  private evict(): boolean {
    const limit = this.runtime.clock.monotonic() - EVICTION_MS
    for (const [id, session] of this.sessions) {
      if (session.lastUsed >= limit) continue
      this.sessions.delete(id)
      return true
    }
    return false
  }
}
