import type { Admin, OffsetSpec, TopicDescription } from '../../client/index.ts'
import { groupByTopic, type TopicPartition } from '../../client/types.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { wrapping } from './wrapped-error.ts'

/** Offsets by partition key. */
export type Offsets = Map<string, number>

/** Topics by name; throws the first one's error, wrapped. */
export function topicsOf(admin: Admin, partitions: Iterable<TopicPartition>): Promise<Map<string, TopicDescription>> {
  return wrapping(async () => {
    const names = [...groupByTopic(partitions).keys()]
    return withoutErrors(names.length === 0 ? new Map() : await admin.describeTopics(names))
  })
}

export function withoutErrors<T>(results: ReadonlyMap<string, T | KafkaError>): Map<string, T> {
  const good = new Map<string, T>()
  for (const [key, result] of results) {
    if (result instanceof KafkaError) throw result
    good.set(key, result)
  }
  return good
}

/** What a partition answers to one question; -1 where no record answers it. Throws the first error, wrapped. */
export function listOffsets(admin: Admin, partitions: readonly TopicPartition[], spec: OffsetSpec): Promise<Offsets> {
  return wrapping(async () => {
    if (partitions.length === 0) return new Map()
    const items = partitions.map(({ topic, partition }) => ({ topic, partition, spec }))
    const answers = withoutErrors(await admin.listOffsets(items))
    return new Map(Array.from(answers, ([key, { offset }]) => [key, offset]))
  })
}

/** The ends of logs; those of partitions without a leader are left out. */
export async function endOffsets(admin: Admin, partitions: readonly TopicPartition[]): Promise<Offsets> {
  const topics = await topicsOf(admin, partitions)
  const led = partitions.filter(({ topic, partition }) => hasLeader(topics.get(topic), partition))
  return listOffsets(admin, led, 'latest')
}

/** A partition that is not there counts as led: asking for its offsets tells what is wrong. */
const hasLeader = (topic: TopicDescription | undefined, partition: number): boolean =>
  topic?.partitions.find((info) => info.partition === partition)?.leader !== undefined ||
  !topic?.partitions.some((info) => info.partition === partition)
