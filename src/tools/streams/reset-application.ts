import { type Admin, KafkaError, type TopicPartition } from '../../client/index.ts'
import { partitionKey } from '../../client/types.ts'
import { committedOffsets } from '../groups/describe.ts'
import { listOffsets } from '../groups/offsets.ts'

/** Where input topics are read from again. */
export type ResetPosition =
  | { readonly to: 'earliest' }
  | { readonly to: 'latest' }
  /** Milliseconds since 1970. */
  | { readonly to: 'time'; readonly timestamp: number }
  | ExactPosition

/** Positions that may lie outside the log. */
type ExactPosition =
  | { readonly to: 'offset'; readonly offset: number }
  | { readonly to: 'shift'; readonly by: number }
  /** By partition key. */
  | { readonly to: 'plan'; readonly plan: ReadonlyMap<string, number> }

export interface PlannedReset extends TopicPartition {
  readonly offset: number
}

/** Sentences about offsets that could not be taken as they are. */
export type Notice = (sentence: string) => void

/** The partitions of topics that there are, and the topics that are missing. */
export async function partitionsOf(
  admin: Admin,
  topics: readonly string[],
): Promise<{ readonly partitions: TopicPartition[]; readonly missing: string[] }> {
  const known = new Set((await admin.listTopics({ includeInternal: true })).map(({ name }) => name))
  const found = topics.filter((name) => known.has(name))
  return {
    partitions:
      found.length === 0 ? [] : (await admin.partitions(found)).map(({ topic, partition }) => ({ topic, partition })),
    missing: topics.filter((name) => !known.has(name)),
  }
}

/** The offsets that an application's group will begin at; nothing is changed. */
export async function planReset(
  admin: Admin,
  group: string,
  partitions: readonly TopicPartition[],
  position: ResetPosition,
  notice: Notice,
): Promise<PlannedReset[]> {
  const ends = await listOffsets(admin, partitions, 'latest')
  const end = (where: TopicPartition) => ends.get(partitionKey(where.topic, where.partition)) ?? 0
  if (position.to === 'latest') return partitions.map((where) => ({ ...where, offset: end(where) }))
  const starts = await listOffsets(admin, partitions, 'earliest')
  const start = (where: TopicPartition) => starts.get(partitionKey(where.topic, where.partition)) ?? 0
  if (position.to === 'earliest') return partitions.map((where) => ({ ...where, offset: start(where) }))
  if (position.to === 'time') return atTime(admin, partitions, position.timestamp, end, notice)
  const wanted = await wantedOffsets(admin, group, partitions, position, end)
  return wanted.map((item) => inRange(item, start(item), end(item), notice))
}

async function wantedOffsets(
  admin: Admin,
  group: string,
  partitions: readonly TopicPartition[],
  position: ExactPosition,
  end: (where: TopicPartition) => number,
): Promise<PlannedReset[]> {
  if (position.to === 'offset') return partitions.map((where) => ({ ...where, offset: position.offset }))
  if (position.to === 'plan')
    return partitions.flatMap((where) => {
      const offset = position.plan.get(partitionKey(where.topic, where.partition))
      return offset === undefined ? [] : [{ ...where, offset }]
    })
  // Where nothing is committed, the application would go on at the end.
  const committed = await committedOffsets(admin, group)
  return partitions.map((where) => {
    const current = committed.get(partitionKey(where.topic, where.partition))?.offset ?? end(where)
    return { ...where, offset: current + position.by }
  })
}

async function atTime(
  admin: Admin,
  partitions: readonly TopicPartition[],
  timestamp: number,
  end: (where: TopicPartition) => number,
  notice: Notice,
): Promise<PlannedReset[]> {
  const found = await listOffsets(admin, partitions, { timestamp })
  return partitions.map((where) => {
    const offset = found.get(partitionKey(where.topic, where.partition)) ?? -1
    if (offset >= 0) return { ...where, offset }
    notice(
      `Partition ${where.partition} from topic ${where.topic} is empty, without a committed record. Falling back to latest known offset.`,
    )
    return { ...where, offset: end(where) }
  })
}

/** As Apache's tool has it, an offset at either end of the log is told of, too. */
function inRange(item: PlannedReset, start: number, end: number, notice: Notice): PlannedReset {
  if (item.offset > start && item.offset < end) return item
  const isHigh = item.offset >= end
  const offset = isHigh ? end : start
  const side = isHigh ? 'higher than latest' : 'lower than earliest'
  notice(`New offset (${item.offset}) is ${side} offset. Value will be set to ${offset}`)
  return { ...item, offset }
}

const internalEnds = ['-changelog', '-repartition', '-subscription-registration-topic', '-subscription-response-topic']
const foreignKeyTopic = /.+-KTABLE-FK-JOIN-SUBSCRIPTION-(REGISTRATION|RESPONSE)-\d+-topic$/

/** Topics that Kafka Streams made for an application, by their names. */
export async function internalTopics(admin: Admin, application: string): Promise<string[]> {
  const names = (await admin.listTopics()).map(({ name }) => name)
  return names
    .filter((name) => name.startsWith(`${application}-`))
    .filter((name) => internalEnds.some((end) => name.endsWith(end)) || foreignKeyTopic.test(name))
    .sort()
}

/** Deletes topics; throws the first one's error. */
export async function deleteAll(admin: Admin, topics: readonly string[]): Promise<void> {
  if (topics.length === 0) return
  for (const [topic, error] of await admin.deleteTopics(topics))
    if (error) throw new Error(`Topic ${topic} was not deleted: ${error.message}`, { cause: error })
}

/** The members of an application's group; none when there is no such group. */
export async function activeMembers(admin: Admin, group: string): Promise<readonly { readonly memberId: string }[]> {
  const found = (await admin.describeConsumerGroups([group])).get(group)
  if (!(found instanceof KafkaError)) return found?.members ?? []
  if (found.error === 'GROUP_ID_NOT_FOUND') return []
  throw found
}
