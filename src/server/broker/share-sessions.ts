import type { Peer } from '../../network/frame-handler.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { Uuid } from '../../std/uuid.ts'

/** A partition as a session remembers it. */
export interface SharedPartition {
  readonly topicId: Uuid
  readonly index: number
  /** The next answer has to mention it, whether or not there are records. */
  mustTell: boolean
}

const INITIAL_EPOCH = 0
const FINAL_EPOCH = -1

/** Partitions by topic, as requests have them. */
export interface Mentioned {
  readonly topicId: Uuid
  readonly partitions: readonly number[]
}

/** What a member of a share group reads at this broker, so that it may ask again by saying only what changed (KIP-932). */
export class ShareSession {
  readonly partitions = new Map<string, SharedPartition>()
  /** The epoch of the next request. */
  epoch = 1
  /** Has not had an answer yet: the first says everything. */
  isFirst = true

  constructor(
    readonly groupId: string,
    readonly memberId: string,
  ) {}

  add(topics: readonly Mentioned[], mustTell: boolean): void {
    for (const { topicId, partitions } of topics)
      for (const index of partitions) {
        const key = `${topicId}/${index}`
        if (!this.partitions.has(key)) this.partitions.set(key, { topicId, index, mustTell })
      }
  }

  forget(topics: readonly Mentioned[]): void {
    for (const { topicId, partitions } of topics)
      for (const index of partitions) this.partitions.delete(`${topicId}/${index}`)
  }

  next(): void {
    this.epoch = this.epoch === 0x7fff_ffff ? 1 : this.epoch + 1
  }
}

interface FetchOpening {
  readonly groupId: string
  readonly memberId: string
  readonly epoch: number
  readonly wanted: readonly Mentioned[]
  readonly forgotten: readonly Mentioned[]
  readonly acknowledges: boolean
}

export interface ShareSessionsOptions {
  readonly maxSessions: number
  /** What the member of a session that ended has goes back to the group. */
  release(session: ShareSession): void
  /** The connections of all members of a group are gone. */
  onGroupGone(groupId: string): void
}

/** The share sessions of a broker; each lives as long as the connection that it was opened on. */
export class ShareSessions {
  private readonly sessions = new Map<string, ShareSession>()

  constructor(private readonly options: ShareSessionsOptions) {}

  /** The session that a ShareFetch belongs to, brought up to date. Throws `KafkaError` for a session or an epoch that is not there. */
  open({ groupId, memberId, epoch, wanted, forgotten, acknowledges }: FetchOpening, peer: Peer): ShareSession {
    if (epoch === INITIAL_EPOCH) {
      if (acknowledges) throw new KafkaError('INVALID_REQUEST')
      const session = this.create(groupId, memberId, peer)
      session.add(wanted, false)
      return session
    }
    const session = this.advance(groupId, memberId, epoch)
    if (epoch === FINAL_EPOCH) return session
    session.add(wanted, true)
    session.forget(forgotten)
    return session
  }

  /** The session that acknowledgements belong to. Throws as `open` does. */
  acknowledging(groupId: string, memberId: string, epoch: number): ShareSession {
    if (epoch === INITIAL_EPOCH) throw new KafkaError('INVALID_SHARE_SESSION_EPOCH')
    return this.advance(groupId, memberId, epoch)
  }

  private advance(groupId: string, memberId: string, epoch: number): ShareSession {
    const session = this.sessions.get(keyOf(groupId, memberId))
    if (!session) throw new KafkaError('SHARE_SESSION_NOT_FOUND')
    if (epoch === FINAL_EPOCH) return session
    if (session.epoch !== epoch) throw new KafkaError('INVALID_SHARE_SESSION_EPOCH')
    session.next()
    session.isFirst = false
    return session
  }

  private create(groupId: string, memberId: string, peer: Peer): ShareSession {
    const key = keyOf(groupId, memberId)
    const former = this.sessions.get(key)
    if (former) this.remove(former)
    if (this.sessions.size >= this.options.maxSessions) throw new KafkaError('SHARE_SESSION_LIMIT_REACHED')
    const session = new ShareSession(groupId, memberId)
    this.sessions.set(key, session)
    peer.onClosed(() => this.lost(session))
    return session
  }

  private remove(session: ShareSession): boolean {
    const key = keyOf(session.groupId, session.memberId)
    return this.sessions.get(key) === session && this.sessions.delete(key)
  }

  /** The member closes its session. */
  end(session: ShareSession): void {
    if (this.remove(session)) this.options.release(session)
  }

  private lost(session: ShareSession): void {
    const { groupId } = session
    this.end(session)
    for (const { groupId: other } of this.sessions.values()) if (other === groupId) return
    this.options.onGroupGone(groupId)
  }
}

const keyOf = (groupId: string, memberId: string): string => `${memberId}/${groupId}`
