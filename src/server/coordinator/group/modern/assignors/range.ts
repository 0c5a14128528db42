import type { Uuid } from '../../../../../std/uuid.ts'
import type { Assignor, Subscriber } from './types.ts'

interface Topic {
  readonly count: number
  readonly quota: number
  extra: number
  next: number
}

/**
 * Contiguous ranges of each topic's partitions, in the order of the members, static ones first: members that read topics with equally many
 * partitions get the same ones of each.
 */
export const range: Assignor = (members, partitions) => {
  const readers = new Map<Uuid, number>()
  for (const { topics } of members) for (const topic of topics) readers.set(topic, (readers.get(topic) ?? 0) + 1)
  const topics = new Map<Uuid, Topic>()
  for (const [topicId, count] of readers) {
    const all = partitions(topicId)
    topics.set(topicId, { count: all, quota: Math.floor(all / count), extra: all % count, next: 0 })
  }
  return new Map(
    [...members].sort(inOrder).map((member) => {
      const mine = new Map<Uuid, ReadonlySet<number>>()
      for (const topicId of member.topics) {
        const share = take(topics.get(topicId) as Topic)
        if (share.size > 0) mine.set(topicId, share)
      }
      return [member.memberId, mine]
    }),
  )
}

function take(topic: Topic): Set<number> {
  const length = topic.quota + (topic.extra-- > 0 ? 1 : 0)
  const start = topic.next
  topic.next = Math.min(start + length, topic.count)
  return new Set(Array.from({ length: topic.next - start }, (_, at) => start + at))
}

const byText = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

function inOrder(one: Subscriber, other: Subscriber): number {
  if (one.instanceId !== null && other.instanceId !== null) return byText(one.instanceId, other.instanceId)
  if (one.instanceId !== null) return -1
  return other.instanceId !== null ? 1 : byText(one.memberId, other.memberId)
}
