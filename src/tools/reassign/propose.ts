import type { Random } from '../../runtime/index.ts'
import { ANY_DIR, type Assignment } from './plan.ts'

export interface Candidate {
  readonly id: number
  readonly rack: string | undefined
}

/**
 * Spreads partitions over brokers: leaders go round from a broker by chance, each with its other replicas on brokers further on, on racks
 * that it does not have yet as long as there are any. Throws when there are fewer brokers than replicas.
 */
function proposeReplicas(
  brokers: readonly Candidate[],
  partitions: number,
  factor: number,
  random: Random,
): number[][] {
  if (brokers.length === 0)
    throw new Error('All brokers are currently fenced, or have all their log directories cordoned.')
  if (factor > brokers.length)
    throw new Error(`Replication factor: ${factor} larger than available brokers: ${brokers.length}.`)
  const ring = alternating(brokers)
  const start = random.int(ring.length)
  return Array.from({ length: partitions }, (_, index) => {
    // Another step in each round, so that not the same broker follows for all partitions of a leader.
    const step = ring.length > 1 ? 1 + (Math.floor(index / ring.length) % (ring.length - 1)) : 0
    const first = (start + index) % ring.length
    const others = Array.from({ length: ring.length - 1 }, (__, at) => {
      const place = ((step - 1 + at) % (ring.length - 1)) + 1
      return ring[(first + place) % ring.length] as Candidate
    })
    return pick([ring[first] as Candidate, ...others], factor)
  })
}

function pick(order: readonly Candidate[], factor: number): number[] {
  const racks = new Set<string>()
  const chosen: number[] = []
  const later: number[] = []
  for (const { id, rack } of order) {
    if (rack !== undefined && racks.has(rack)) later.push(id)
    else chosen.push(id)
    if (rack !== undefined) racks.add(rack)
  }
  return [...chosen, ...later].slice(0, factor)
}

/** Brokers in an order in which racks take turns. */
function alternating(brokers: readonly Candidate[]): Candidate[] {
  const sorted = [...brokers].sort((a, b) => a.id - b.id)
  const racks = [...new Set(sorted.map(({ rack }) => rack ?? ''))].sort()
  const byRack = racks.map((rack) => sorted.filter((one) => (one.rack ?? '') === rack))
  const longest = Math.max(0, ...byRack.map(({ length }) => length))
  return Array.from({ length: longest }, (_, at) => byRack.flatMap((row) => row[at] ?? [])).flat()
}

/** Another assignment of the same partitions, each topic with the factor that it has. */
export function proposeAssignments(
  current: readonly Assignment[],
  brokers: readonly Candidate[],
  random: Random,
): Assignment[] {
  const topics = [...new Set(current.map(({ topic }) => topic))]
  return topics.flatMap((topic) => {
    const partitions = current.filter((item) => item.topic === topic)
    const factor = partitions[0]?.replicas.length ?? 0
    const proposed = proposeReplicas(brokers, partitions.length, factor, random)
    return partitions.map(({ partition }, at) => {
      const replicas = proposed[at] as number[]
      return { topic, partition, replicas, logDirs: replicas.map(() => ANY_DIR) }
    })
  })
}
