import type { Uuid } from '../../../../std/uuid.ts'

/** Topic -> partitions. */
export type Assignment = ReadonlyMap<Uuid, ReadonlySet<number>>
/** Topic -> partition -> the member epoch in which the member got it. */
export type EpochAssignment = ReadonlyMap<Uuid, ReadonlyMap<number, number>>
/** Either of them, as far as it says which partitions there are. */
export type Partitions = ReadonlyMap<
  Uuid,
  { readonly size: number; has(partition: number): boolean; keys(): Iterable<number> }
>

interface StoredTopic {
  readonly topicId: Uuid
  readonly partitions: readonly number[]
  readonly assignmentEpochs?: readonly number[] | null
}

export const noPartitions = new Map<Uuid, never>()

export function sameAssignment(one: Assignment, other: Assignment): boolean {
  if (one.size !== other.size) return false
  for (const [topic, partitions] of one) {
    const others = other.get(topic)
    if (others?.size !== partitions.size) return false
    for (const partition of partitions) if (!others.has(partition)) return false
  }
  return true
}

export const sameEpochs = (one: EpochAssignment, other: EpochAssignment): boolean =>
  one.size === other.size &&
  [...one].every(([topic, partitions]) => {
    const others = other.get(topic)
    return others?.size === partitions.size && [...partitions].every(([at, epoch]) => others.get(at) === epoch)
  })

/** What is in one or in the other. */
export function joined(one: Partitions, other: Partitions): Assignment {
  const all = new Map<Uuid, Set<number>>()
  for (const [topicId, partitions] of [...one, ...other])
    all.set(topicId, new Set([...(all.get(topicId) ?? []), ...partitions.keys()]))
  return all
}

const ascending = (one: number, other: number): number => one - other

/** As requests and records spell it. */
export const listed = (assignment: Partitions): { topicId: Uuid; partitions: number[] }[] =>
  Array.from(assignment, ([topicId, partitions]) => ({ topicId, partitions: [...partitions.keys()].sort(ascending) }))

export const assignmentOf = (topics: readonly StoredTopic[]): Assignment =>
  new Map(topics.map(({ topicId, partitions }) => [topicId, new Set(partitions)]))

export const listedWithEpochs = (assignment: EpochAssignment) =>
  listed(assignment).map((one) => ({
    ...one,
    assignmentEpochs: one.partitions.map((partition) => assignment.get(one.topicId)?.get(partition) as number),
  }))

/** Records of Kafka before 4.3 do not say the epochs: then it is the member's. */
export const epochsOf = (topics: readonly StoredTopic[], memberEpoch: number): EpochAssignment =>
  new Map(
    topics.map(({ topicId, partitions, assignmentEpochs }) => [
      topicId,
      new Map(partitions.map((partition, at) => [partition, assignmentEpochs?.[at] ?? memberEpoch])),
    ]),
  )
