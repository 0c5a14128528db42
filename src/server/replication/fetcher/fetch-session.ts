import type { Fetch } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import type { RequestInput } from '../../../protocol/schema/index.ts'
import type { Uuid } from '../../../std/uuid.ts'

type Request = RequestInput<typeof Fetch>
type Topic = Request['topics'][number]

/** A partition as it is asked for. */
export interface WantedPartition {
  readonly topic: string
  readonly topicId: Uuid
  readonly partition: number
  readonly currentLeaderEpoch: number
  readonly fetchOffset: number
  /** -1 when the log is empty. */
  readonly lastFetchedEpoch: number
  readonly logStartOffset: number
  readonly partitionMaxBytes: number
}

type SessionFields = Required<Pick<Request, 'sessionId' | 'sessionEpoch' | 'topics' | 'forgottenTopicsData'>>

const NO_SESSION = 0
const INITIAL_EPOCH = 0

/** What partitions are told apart by. */
export const keyOf = (topicId: Uuid, partition: number): string => `${topicId}/${partition}`

/** The follower's side of a fetch session (KIP-227): the leader remembers what is wanted, and hears only of what is different now. */
export class FollowerSession {
  #id = NO_SESSION
  #epoch = INITIAL_EPOCH
  /** What the leader has been told. */
  #told = new Map<string, WantedPartition>()

  /** What a request for these partitions has to say. */
  next(wanted: readonly WantedPartition[]): SessionFields {
    const before = this.#epoch === INITIAL_EPOCH ? new Map<string, WantedPartition>() : this.#told
    const now = new Map(wanted.map((one) => [keyOf(one.topicId, one.partition), one]))
    const changed = [...now].flatMap(([key, one]) => (isSame(before.get(key), one) ? [] : [one]))
    const forgotten = [...before].flatMap(([key, one]) => (now.has(key) ? [] : [one]))
    this.#told = now
    return {
      sessionId: this.#id,
      sessionEpoch: this.#epoch,
      topics: byTopic(changed).map(([{ topic, topicId }, ones]) => ({ topic, topicId, partitions: ones })),
      forgottenTopicsData: byTopic(forgotten).map(([{ topic, topicId }, ones]) => ({
        ...{ topic, topicId, partitions: ones.map(({ partition }) => partition) },
      })),
    }
  }

  /** Takes the session's part of an answer. */
  answered(errorCode: number, sessionId: number): void {
    if (errorCode === Errors.FETCH_SESSION_ID_NOT_FOUND) this.#id = NO_SESSION
    else if (errorCode === Errors.NONE) this.#id = sessionId
    // A leader that has no room for a session gives none; then the next request says everything, too.
    if (errorCode !== Errors.NONE || sessionId === NO_SESSION) this.#epoch = INITIAL_EPOCH
    else this.#epoch = this.#epoch === 0x7fff_ffff ? 1 : this.#epoch + 1
  }

  /** No answer came: the leader may have heard, or not. The next request ends the session and begins another. */
  lost(): void {
    this.#epoch = INITIAL_EPOCH
  }
}

function isSame(a: WantedPartition | undefined, b: WantedPartition): boolean {
  return (
    a !== undefined &&
    a.fetchOffset === b.fetchOffset &&
    a.currentLeaderEpoch === b.currentLeaderEpoch &&
    a.lastFetchedEpoch === b.lastFetchedEpoch &&
    a.logStartOffset === b.logStartOffset &&
    a.partitionMaxBytes === b.partitionMaxBytes
  )
}

function byTopic(
  wanted: readonly WantedPartition[],
): [WantedPartition, Topic['partitions'][number][] & WantedPartition[]][] {
  const topics = new Map<Uuid, WantedPartition[]>()
  for (const one of wanted) {
    const ones = topics.get(one.topicId)
    if (ones) ones.push(one)
    else topics.set(one.topicId, [one])
  }
  return [...topics.values()].map((ones) => [ones[0] as WantedPartition, ones])
}
