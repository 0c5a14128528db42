import { Fetch } from '../../protocol/apis/index.ts'
import type { RequestInput } from '../../protocol/schema/index.ts'
import { type Uuid, ZERO_UUID } from '../../std/uuid.ts'
import { groupByTopic, partitionKey, type TopicPartition } from '../types.ts'

export interface FetchItem extends TopicPartition {
  readonly topicId: Uuid
  readonly fetchOffset: number
  readonly leaderEpoch: number
  readonly maxBytes: number
}

type FetchBody = Pick<RequestInput<typeof Fetch>, 'sessionId' | 'sessionEpoch' | 'topics' | 'forgottenTopicsData'>

const INITIAL_EPOCH = 0

/** The first version of Fetch that names topics by id. */
const FETCH_TOPIC_IDS = 13

/**
 * What one broker remembers of our fetches (KIP-227): after the first, only what has changed is said. Topics go by id or by name, and a
 * change of that needs a new session.
 */
export class FetchSession {
  private id = 0
  private epoch = INITIAL_EPOCH
  private known = new Map<string, FetchItem>()
  private byId = false

  /** The next request for exactly these partitions, and the highest version that can say it. */
  next(items: readonly FetchItem[]): { body: FetchBody; maxVersion: number } {
    const byId = items.every(({ topicId }) => topicId !== ZERO_UUID)
    if (byId !== this.byId) this.reset()
    this.byId = byId
    const wanted = new Map(items.map((item) => [partitionKey(item.topic, item.partition), item]))
    const changed = items.filter((item) => !sameItem(this.known.get(partitionKey(item.topic, item.partition)), item))
    const forgotten = [...this.known].flatMap(([key, item]) =>
      wanted.get(key)?.topicId === item.topicId ? [] : [item],
    )
    this.known = wanted
    const body: FetchBody = {
      sessionId: this.id,
      sessionEpoch: this.epoch,
      topics: this.topics(changed),
      forgottenTopicsData: Array.from(groupByTopicId(forgotten), (rows) => ({
        topic: rows[0].topic,
        topicId: rows[0].topicId,
        partitions: rows.map(({ partition }) => partition),
      })),
    }
    return { body, maxVersion: byId ? Fetch.versions[1] : FETCH_TOPIC_IDS - 1 }
  }

  /** Whether the broker has been told exactly that, and would not be told again. */
  knows(item: FetchItem): boolean {
    return sameItem(this.known.get(partitionKey(item.topic, item.partition)), item)
  }

  /** The broker keeps a session of this id, or none for id 0. */
  answered(sessionId: number): void {
    if (sessionId === 0) return this.reset()
    this.id = sessionId
    this.epoch = this.epoch === 0x7fff_ffff ? 1 : this.epoch + 1
  }

  /** Begins anew: the next request says everything. */
  reset(): void {
    this.id = 0
    this.epoch = INITIAL_EPOCH
    this.known.clear()
  }

  /** The topic ids of the session, for reading its answers. */
  topicName(id: Uuid): string | undefined {
    for (const item of this.known.values()) if (item.topicId === id) return item.topic
    return undefined
  }

  private topics(items: readonly FetchItem[]): FetchBody['topics'] {
    return Array.from(groupByTopic(items).values(), (rows) => ({
      topic: (rows[0] as FetchItem).topic,
      topicId: (rows[0] as FetchItem).topicId,
      partitions: rows.map(({ partition, fetchOffset, leaderEpoch, maxBytes }) => ({
        partition,
        currentLeaderEpoch: leaderEpoch,
        fetchOffset,
        partitionMaxBytes: maxBytes,
      })),
    }))
  }
}

function* groupByTopicId(items: readonly FetchItem[]): Generator<[FetchItem, ...FetchItem[]]> {
  const groups = new Map<string, [FetchItem, ...FetchItem[]]>()
  for (const item of items) {
    const key = `${item.topic} ${item.topicId}`
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  yield* groups.values()
}

const sameItem = (a: FetchItem | undefined, b: FetchItem): boolean =>
  a !== undefined &&
  a.topicId === b.topicId &&
  a.fetchOffset === b.fetchOffset &&
  a.leaderEpoch === b.leaderEpoch &&
  a.maxBytes === b.maxBytes
