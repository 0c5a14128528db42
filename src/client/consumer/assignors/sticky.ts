import { array, int32, message, string } from '../../../protocol/schema/index.ts'
import { groupByTopic, partitionKey, type TopicPartition } from '../../types.ts'
import { inOrder, wantedTopics } from './order.ts'
import type { Assignment, Assignor, GroupMember } from './types.ts'

/** What members of the eager sticky assignor say of their last assignment. */
const StickyUserData = message({
  name: 'StickyUserData',
  versions: [0, 1],
  fields: {
    previousAssignment: array({ topic: string, partitions: array(int32) }),
    generation: int32.since(1).default(-1),
  },
})

interface Claim {
  readonly owned: readonly TopicPartition[]
  readonly generation: number
}

function stickyClaim({ owned, generation, userData }: GroupMember): Claim {
  if (!userData || userData.length === 0) return { owned, generation }
  for (const version of [1, 0]) {
    try {
      const data = StickyUserData.decode(version, userData)
      const partitions = data.previousAssignment.flatMap(({ topic, partitions }) =>
        partitions.map((partition) => ({ topic, partition })),
      )
      return { owned: partitions, generation: data.generation }
    } catch {
      // Version 0 had no generation: shorter bytes are tried as that.
    }
  }
  return { owned, generation }
}

function cooperativeClaim({ owned, generation, userData }: GroupMember): Claim {
  if (generation >= 0 || !userData || userData.length < 4) return { owned, generation }
  return { owned, generation: userData.readInt32BE(0) }
}

/** The member that had each partition last; nobody where two say so of the same generation. */
function lastOwners(members: readonly GroupMember[], claimOf: (member: GroupMember) => Claim): Map<string, string> {
  const owners = new Map<string, { memberId: string | undefined; generation: number }>()
  for (const member of members) {
    const { owned, generation } = claimOf(member)
    for (const { topic, partition } of owned) {
      const key = partitionKey(topic, partition)
      const other = owners.get(key)
      if (!other || generation > other.generation) owners.set(key, { memberId: member.memberId, generation })
      else if (generation === other.generation) owners.set(key, { memberId: undefined, generation })
    }
  }
  const known = new Map<string, string>()
  for (const [key, { memberId }] of owners) if (memberId !== undefined) known.set(key, memberId)
  return known
}

/** One member while partitions are being dealt out. */
interface Hand {
  readonly member: GroupMember
  readonly topics: ReadonlySet<string>
  readonly partitions: TopicPartition[]
}

/**
 * Balanced first, sticky second: loads that could be evened out differ by one at most, and a partition stays with its last owner as far as
 * that allows.
 */
function assignSticky(
  counts: ReadonlyMap<string, number>,
  members: readonly GroupMember[],
  owners: ReadonlyMap<string, string>,
): Assignment {
  const hands = inOrder(members).map((member): Hand => ({ member, topics: new Set(member.topics), partitions: [] }))
  const byId = new Map(hands.map((hand) => [hand.member.memberId, hand]))
  const open: TopicPartition[] = []
  for (const topic of wantedTopics(members, counts))
    for (let partition = 0; partition < (counts.get(topic) as number); partition++) {
      const owner = byId.get(owners.get(partitionKey(topic, partition)) ?? '')
      if (owner?.topics.has(topic)) owner.partitions.push({ topic, partition })
      else open.push({ topic, partition })
    }
  const takers = new Map<string, Hand[]>()
  for (const { topic } of open)
    if (!takers.has(topic))
      takers.set(
        topic,
        hands.filter(({ topics }) => topics.has(topic)),
      )
  // Those that few want first: the others can go elsewhere.
  open.sort((a, b) => (takers.get(a.topic) as Hand[]).length - (takers.get(b.topic) as Hand[]).length)
  for (const where of open) lightest(takers.get(where.topic) as Hand[])?.partitions.push(where)
  balance(hands)
  return new Map(hands.map(({ member, partitions }) => [member.memberId, partitions]))
}

function lightest(hands: readonly Hand[]): Hand | undefined {
  let best = hands[0]
  for (const hand of hands) if (best && hand.partitions.length < best.partitions.length) best = hand
  return best
}

/** Moves partitions from fuller to emptier hands while that makes them more even; each move lowers the sum of squares, so it ends. */
function balance(hands: readonly Hand[]): void {
  for (let moved = true; moved; ) {
    moved = false
    const byLoad = [...hands].sort((a, b) => b.partitions.length - a.partitions.length)
    for (const from of byLoad) {
      const move = bestMove(from, hands)
      if (!move) continue
      from.partitions.splice(move.index, 1)
      move.to.partitions.push(move.where)
      moved = true
      break
    }
  }
}

function bestMove(from: Hand, hands: readonly Hand[]): { index: number; where: TopicPartition; to: Hand } | undefined {
  let best: { index: number; where: TopicPartition; to: Hand } | undefined
  const seen = new Set<string>()
  // The last ones came last: what was kept from before is at the front.
  for (let index = from.partitions.length - 1; index >= 0; index--) {
    const where = from.partitions[index] as TopicPartition
    if (seen.has(where.topic)) continue
    seen.add(where.topic)
    const to = lightest(hands.filter(({ topics }) => topics.has(where.topic)))
    if (!to || to.partitions.length + 2 > from.partitions.length) continue
    if (!best || to.partitions.length < best.to.partitions.length) best = { index, where, to }
  }
  return best
}

export const stickyAssignor: Assignor = {
  name: 'sticky',
  cooperative: false,
  userData: (owned, generation) =>
    StickyUserData.encode(1, {
      previousAssignment: Array.from(groupByTopic(owned), ([topic, items]) => ({
        topic,
        partitions: items.map(({ partition }) => partition),
      })),
      generation,
    }),
  assign: (counts, members) => assignSticky(counts, members, lastOwners(members, stickyClaim)),
}

export const cooperativeStickyAssignor: Assignor = {
  name: 'cooperative-sticky',
  cooperative: true,
  userData(_, generation) {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32BE(generation)
    return bytes
  },
  assign(counts, members) {
    const assignment = assignSticky(counts, members, lastOwners(members, cooperativeClaim))
    const holders = new Map<string, string>()
    for (const { memberId, owned } of members)
      for (const { topic, partition } of owned) holders.set(partitionKey(topic, partition), memberId)
    // A partition that changes hands is first taken from its owner; the next rebalance gives it to the new one.
    for (const [memberId, partitions] of assignment)
      assignment.set(
        memberId,
        partitions.filter(({ topic, partition }) => {
          const holder = holders.get(partitionKey(topic, partition))
          return holder === undefined || holder === memberId
        }),
      )
    return assignment
  },
}
