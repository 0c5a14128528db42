import type { Admin } from '../../client/index.ts'
import { partitionKey, type TopicPartition } from '../../client/types.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { hashOrder, partitionHash } from '../java/hash-order.ts'
import { committedOffsets } from './describe.ts'
import { listOffsets, type Offsets, topicsOf, withoutErrors } from './offsets.ts'

export type ResetTarget =
  | { readonly to: 'earliest' | 'latest' | 'current' }
  | { readonly to: 'offset'; readonly offset: number }
  | { readonly to: 'shift'; readonly by: number }
  /** Milliseconds since the epoch. */
  | { readonly to: 'time'; readonly timestamp: number }
  /** Offsets by group and partition. */
  | { readonly to: 'plan'; readonly plan: ReadonlyMap<string, readonly PlannedOffset[]> }

export interface PlannedOffset extends TopicPartition {
  readonly offset: number
}

export interface ResetScope {
  readonly allTopics: boolean
  /** `t` or `t:0,1`. */
  readonly topics: readonly string[]
}

/** What the reset has to say besides its result. */
export interface ResetNotices {
  /** A partition without a record at or after the time: its end is taken. */
  empty(partition: TopicPartition): void
  /** An offset outside the log was moved to its end or start. */
  moved(sentence: string): void
  /** A file without a line for the group. */
  noPlan(groupId: string): void
}

/** A request that contradicts itself or the cluster: wrong usage rather than a failure. */
export class InvalidRequest extends Error {
  override name = 'InvalidRequest'
}

/** Offsets in the order in which Apache's tool lists them. */
const inListingOrder = <T extends TopicPartition>(items: Iterable<T>): T[] =>
  hashOrder(items, ({ topic, partition }) => partitionHash(topic, partition))

/** Reads `topic:0,1`; throws `InvalidRequest`. */
export function parseTopicPartitions(text: string): TopicPartition[] {
  const parts = text.split(':')
  while (parts.length > 0 && parts.at(-1) === '') parts.pop()
  const [topic, partitions] = parts
  if (parts.length !== 2 || topic === undefined || partitions === undefined)
    throw new InvalidRequest(`Invalid topic arg '${text}', expected topic name and partitions`)
  return partitions.split(',').map((partition) => {
    if (!/^[+-]?\d+$/.test(partition))
      throw new InvalidRequest(`Invalid partition '${partition}' specified in topic arg '${text}''`)
    return { topic, partition: Number(partition) }
  })
}

/** Finds the new offsets of one group, without setting them. */
export class OffsetReset {
  constructor(
    private readonly admin: Admin,
    private readonly scope: ResetScope,
    private readonly target: ResetTarget | undefined,
    private readonly notices: ResetNotices,
  ) {}

  /** Throws `InvalidRequest`, or the cluster's error. Undefined when there is no target, which is told only after the scope was checked. */
  async plan(groupId: string): Promise<PlannedOffset[] | undefined> {
    const partitions = await this.partitions(groupId)
    await this.checkPartitions(partitions)
    const { target } = this
    switch (target?.to) {
      case undefined:
        return undefined
      case 'earliest':
      case 'latest':
        return this.pick(partitions, await listOffsets(this.admin, partitions, target.to))
      case 'offset':
        return this.inRange(partitions.map((partition) => ({ ...partition, offset: target.offset })))
      case 'current':
        return this.current(groupId, partitions)
      case 'shift':
        return this.shifted(groupId, partitions, target.by)
      case 'time':
        return this.atTime(partitions, target.timestamp)
      case 'plan':
        return this.fromPlan(groupId, target.plan)
    }
  }

  private async partitions(groupId: string): Promise<TopicPartition[]> {
    if (this.scope.allTopics)
      return Array.from((await committedOffsets(this.admin, groupId)).keys(), (key) => {
        const dash = key.lastIndexOf('-')
        return { topic: key.slice(0, dash), partition: Number(key.slice(dash + 1)) }
      })
    const named = this.scope.topics.filter((topic) => topic.includes(':')).flatMap(parseTopicPartitions)
    const whole = this.scope.topics.filter((topic) => !topic.includes(':'))
    if (whole.length === 0) return named
    const topics = withoutErrors(await this.admin.describeTopics(whole))
    for (const [topic, { partitions }] of topics)
      for (const { partition } of partitions) named.push({ topic, partition })
    return named
  }

  private async checkPartitions(partitions: readonly TopicPartition[]): Promise<void> {
    const topics = await topicsOf(this.admin, partitions)
    const info = ({ topic, partition }: TopicPartition) =>
      topics.get(topic)?.partitions.find((candidate) => candidate.partition === partition)
    const keys = (list: readonly TopicPartition[]) => list.map((p) => partitionKey(p.topic, p.partition)).join(',')
    const missing = partitions.filter((partition) => !info(partition))
    if (missing.length > 0)
      throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `The partitions "${keys(missing)}" do not exist`)
    const leaderless = partitions.filter((partition) => !info(partition)?.leader)
    if (leaderless.length > 0)
      throw new KafkaError('LEADER_NOT_AVAILABLE', `The partitions "${keys(leaderless)}" have no leader`)
  }

  private pick(partitions: readonly TopicPartition[], offsets: Offsets): PlannedOffset[] {
    return inListingOrder(partitions).map(({ topic, partition }) => {
      const offset = offsets.get(partitionKey(topic, partition))
      if (offset === undefined)
        throw new InvalidRequest(`Error getting offset of topic partition: ${topic}-${partition}`)
      return { topic, partition, offset }
    })
  }

  /** Where nothing is committed the end of the log counts as current. */
  private async current(groupId: string, partitions: readonly TopicPartition[]): Promise<PlannedOffset[]> {
    const committed = await committedOffsets(this.admin, groupId)
    const uncommitted = partitions.filter(({ topic, partition }) => !committed.has(partitionKey(topic, partition)))
    const offsets = await listOffsets(this.admin, uncommitted, 'latest')
    for (const [key, { offset }] of committed) offsets.set(key, offset)
    return this.pick(partitions, offsets)
  }

  private async shifted(groupId: string, partitions: readonly TopicPartition[], by: number): Promise<PlannedOffset[]> {
    const committed = await committedOffsets(this.admin, groupId)
    return this.inRange(
      partitions.map(({ topic, partition }) => {
        const current = committed.get(partitionKey(topic, partition))
        if (!current)
          throw new InvalidRequest(
            `Cannot shift offset for partition ${topic}-${partition} since there is no current committed offset`,
          )
        return { topic, partition, offset: current.offset + by }
      }),
    )
  }

  private async atTime(partitions: readonly TopicPartition[], timestamp: number): Promise<PlannedOffset[]> {
    const offsets = await listOffsets(this.admin, partitions, { timestamp })
    const empty = inListingOrder(partitions).filter(
      ({ topic, partition }) => offsets.get(partitionKey(topic, partition)) === -1,
    )
    for (const partition of empty) this.notices.empty(partition)
    for (const [key, offset] of await listOffsets(this.admin, empty, 'latest')) offsets.set(key, offset)
    return this.pick(partitions, offsets)
  }

  private async fromPlan(
    groupId: string,
    plan: ReadonlyMap<string, readonly PlannedOffset[]>,
  ): Promise<PlannedOffset[]> {
    const offsets = plan.get(groupId)
    if (offsets) return this.inRange(offsets)
    this.notices.noPlan(groupId)
    return []
  }

  /** Moves offsets outside the log to its nearer end. */
  private async inRange(wanted: readonly PlannedOffset[]): Promise<PlannedOffset[]> {
    const starts = await listOffsets(this.admin, wanted, 'earliest')
    const ends = await listOffsets(this.admin, wanted, 'latest')
    return inListingOrder(wanted).map((item) => {
      const key = partitionKey(item.topic, item.partition)
      const start = starts.get(key) ?? 0
      const end = ends.get(key) ?? item.offset
      const offset = item.offset > end ? end : Math.max(start, item.offset)
      if (offset !== item.offset)
        this.notices.moved(
          `New offset (${item.offset}) is ${item.offset > end ? 'higher than latest' : 'lower than earliest'} offset for topic partition ${key}. Value will be set to ${offset}`,
        )
      return { ...item, offset }
    })
  }
}
