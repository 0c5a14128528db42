import { javaHash } from '../../../../../std/java-hash.ts'
import type { Uuid } from '../../../../../std/uuid.ts'
import type { Assignment } from '../assignment.ts'
import { balance } from './balance.ts'
import { type Assignor, type PartitionCount, readTheSame, type Subscriber } from './types.ts'

/** As many partitions for one as for any other, give or take one, and as few as possible of them elsewhere than before. */
export const uniform: Assignor = (members, partitions) =>
  readTheSame(members) ? spread(inHashOrder(members), partitions) : balance(members, partitions)

interface Place {
  readonly topicId: Uuid
  readonly partition: number
}

interface Share {
  readonly memberId: string
  readonly places: Place[]
  /** How many it may still get. */
  room: number
}

/** Members that read the same topics: each keeps what it has up to its quota, and what is left over goes to those who have less. */
function spread(members: readonly Subscriber[], partitions: PartitionCount): Map<string, Assignment> {
  const topics = members[0]?.topics ?? new Set<Uuid>()
  const free = unassigned(members, topics, partitions)
  let total = 0
  for (const topicId of topics) total += partitions(topicId)
  const least = Math.floor(total / members.length)
  let extra = total % members.length
  const shares = members.map((member, at) => {
    // Whoever has no use for one more leaves it to the members after it, as long as there are enough of them.
    const enoughFollow = members.length - at > extra
    const { share, tookExtra } = keep(member, topics, least, extra > 0, enoughFollow, free)
    if (tookExtra) extra--
    return share
  })
  for (const share of shares) share.places.push(...free.splice(0, share.room))
  return new Map(shares.map(({ memberId, places }) => [memberId, grouped(places)]))
}

function unassigned(members: readonly Subscriber[], topics: ReadonlySet<Uuid>, partitions: PartitionCount): Place[] {
  const taken = new Map<Uuid, Set<number>>([...topics].map((topicId) => [topicId, new Set()]))
  for (const { target } of members)
    for (const [topicId, all] of target) for (const partition of all) taken.get(topicId)?.add(partition)
  return [...taken].flatMap(([topicId, present]) =>
    Array.from({ length: partitions(topicId) }, (_, partition) => ({ topicId, partition })).filter(
      ({ partition }) => !present.has(partition),
    ),
  )
}

/** What a member keeps; the rest of what it had is free. */
function keep(
  { memberId, target }: Subscriber,
  topics: ReadonlySet<Uuid>,
  least: number,
  extraIsLeft: boolean,
  enoughFollow: boolean,
  free: Place[],
): { share: Share; tookExtra: boolean } {
  const most = least + (extraIsLeft ? 1 : 0)
  const places: Place[] = []
  for (const [topicId, all] of target)
    if (topics.has(topicId))
      for (const partition of all) (places.length < most ? places : free).push({ topicId, partition })
  const leavesExtra = extraIsLeft && places.length < most && enoughFollow
  const room = most - places.length - (leavesExtra ? 1 : 0)
  return { share: { memberId, places, room }, tookExtra: extraIsLeft && !leavesExtra }
}

function grouped(places: readonly Place[]): Assignment {
  const assignment = new Map<Uuid, Set<number>>()
  for (const { topicId, partition } of places) {
    const present = assignment.get(topicId)
    if (present) present.add(partition)
    else assignment.set(topicId, new Set([partition]))
  }
  return assignment
}

/** Kafka takes members as a hash table has them: in the same order, the same members get the same partitions. */
function inHashOrder(members: readonly Subscriber[]): Subscriber[] {
  let buckets = 16
  while (members.length > buckets * 0.75) buckets *= 2
  const bucketOf = ({ memberId }: Subscriber): number => {
    const hash = javaHash(memberId)
    return (hash ^ (hash >>> 16)) & (buckets - 1)
  }
  return [...members].sort((one, other) => bucketOf(one) - bucketOf(other))
}
