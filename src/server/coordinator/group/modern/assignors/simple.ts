import type { Uuid } from '../../../../../std/uuid.ts'
import type { Assignment } from '../assignment.ts'
import { readTheSame, type Subscriber } from './types.ts'

interface Place {
  readonly topicId: Uuid
  readonly partition: number
  readonly members: Set<string>
}

/**
 * Partitions that several members may read at once, as in share groups: every partition gets as many members as it takes for all to have
 * work, and all members about as many partitions. Members keep what they have as far as that allows.
 *
 * @param partitions those of a topic that may be assigned
 */
export function simple(
  members: readonly Subscriber[],
  partitions: (topicId: Uuid) => readonly number[],
): Map<string, Assignment> {
  const assigned = new Map(members.map(({ memberId }) => [memberId, new Map<Uuid, Set<number>>()]))
  for (const { readers, topics } of pools(members)) {
    const places = topics.flatMap((topicId) =>
      partitions(topicId).map((partition): Place => ({ topicId, partition, members: new Set() })),
    )
    share(readers, places)
    for (const { topicId, partition, members: holders } of places)
      for (const memberId of holders) {
        const topicsOf = assigned.get(memberId) as Map<Uuid, Set<number>>
        topicsOf.set(topicId, (topicsOf.get(topicId) ?? new Set()).add(partition))
      }
  }
  return assigned
}

interface Pool {
  readonly readers: readonly Subscriber[]
  readonly topics: readonly Uuid[]
}

/** All topics are shared out together where everybody reads them all, else each among its readers. */
function pools(members: readonly Subscriber[]): Pool[] {
  const topics = [...new Set(members.flatMap((member) => [...member.topics]))]
  if (readTheSame(members)) return [{ readers: members, topics }]
  return topics.map((topicId) => ({
    readers: members.filter((member) => member.topics.has(topicId)),
    topics: [topicId],
  }))
}

function share(readers: readonly Subscriber[], places: readonly Place[]): void {
  if (places.length === 0 || readers.length === 0) return
  const sharing = Math.ceil(readers.length / places.length)
  const each = (sharing * places.length) / readers.length
  const open = new Map<string, number>()
  for (const [at, { memberId, target }] of readers.entries()) {
    let left = Math.ceil(each * (at + 1)) - Math.ceil(each * at)
    for (const { topicId, partition, members } of places) {
      if (left === 0 || members.size === sharing || !target.get(topicId)?.has(partition)) continue
      members.add(memberId)
      left--
    }
    if (left > 0) open.set(memberId, left)
  }
  fill(places, sharing, open)
}

/** Gives what is free to members that may have more, in turn. */
function fill(places: readonly Place[], sharing: number, open: Map<string, number>): void {
  for (const { members } of places)
    while (members.size < sharing) {
      const next = [...open].find(([memberId]) => !members.has(memberId))
      if (!next) break
      const [memberId, left] = next
      members.add(memberId)
      // Behind all others, so that everybody gets something before anybody gets more.
      open.delete(memberId)
      if (left > 1) open.set(memberId, left - 1)
    }
}
