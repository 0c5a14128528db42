import type { Uuid } from '../../../../../std/uuid.ts'
import type { Assignment } from '../assignment.ts'
import type { PartitionCount, Subscriber } from './types.ts'

interface Load {
  readonly memberId: string
  readonly topics: ReadonlySet<Uuid>
  readonly assignment: Map<Uuid, Set<number>>
  count: number
}

/**
 * Members that read different topics: all keep what they have, what nobody has goes to who has least among its readers, and then
 * partitions move from who has more to who has less, until no move makes it more even.
 */
export function balance(members: readonly Subscriber[], partitions: PartitionCount): Map<string, Assignment> {
  const loads = members.map(({ memberId, topics, target }) => {
    const kept = [...target].filter(([topicId]) => topics.has(topicId))
    const assignment = new Map(kept.map(([topicId, all]) => [topicId, new Set(all)]))
    return { memberId, topics, assignment, count: kept.reduce((sum, [, { size }]) => sum + size, 0) }
  })
  const readers = readersByTopic(loads)
  // Those with the most partitions for each reader first: later there is less to choose from.
  const ratio = ([topicId, list]: [Uuid, Load[]]) => partitions(topicId) / list.length
  const topics = [...readers].sort((one, other) => ratio(other) - ratio(one))
  for (const [topicId, list] of topics) assignFree(topicId, list, partitions(topicId))
  for (let moved = true; moved; ) moved = topics.reduce((any, [topicId, list]) => level(topicId, list) || any, false)
  return new Map(loads.map(({ memberId, assignment }) => [memberId, assignment]))
}

function readersByTopic(loads: readonly Load[]): Map<Uuid, Load[]> {
  const readers = new Map<Uuid, Load[]>()
  for (const load of loads)
    for (const topicId of load.topics) {
      const list = readers.get(topicId)
      if (list) list.push(load)
      else readers.set(topicId, [load])
    }
  return readers
}

const extreme = (loads: readonly Load[], isBetter: (one: Load, best: Load) => boolean): Load =>
  loads.reduce((best, one) => (isBetter(one, best) ? one : best))
const least = (loads: readonly Load[]): Load => extreme(loads, (one, best) => one.count < best.count)

function assignFree(topicId: Uuid, readers: readonly Load[], count: number): void {
  const taken = new Set(readers.flatMap(({ assignment }) => [...(assignment.get(topicId) ?? [])]))
  for (let partition = 0; partition < count; partition++)
    if (!taken.has(partition)) give(least(readers), topicId, partition)
}

function give(load: Load, topicId: Uuid, partition: number): void {
  const present = load.assignment.get(topicId)
  if (present) present.add(partition)
  else load.assignment.set(topicId, new Set([partition]))
  load.count++
}

/** Moves partitions of one topic among its readers; says whether any moved. Each move makes the counts more even, so it ends. */
function level(topicId: Uuid, readers: readonly Load[]): boolean {
  for (let moved = false; ; moved = true) {
    const owners = readers.filter(({ assignment }) => (assignment.get(topicId)?.size ?? 0) > 0)
    if (owners.length === 0) return moved
    const from = extreme(owners, (one, best) => one.count > best.count)
    const to = least(readers)
    if (from.count - to.count < 2) return moved
    const mine = from.assignment.get(topicId) as Set<number>
    const partition = Math.max(...mine)
    mine.delete(partition)
    if (mine.size === 0) from.assignment.delete(topicId)
    from.count--
    give(to, topicId, partition)
  }
}
