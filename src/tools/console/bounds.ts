import type { Consumer } from '../../client/index.ts'
import { partitionKey, type TopicPartition } from '../../client/types.ts'
import { type Tail, tailOffsets } from './tail.ts'

/** What of the topics is read. Milliseconds since the epoch; what is left out is not asked for. */
export interface Range {
  readonly fromBeginning?: boolean
  /** The last so many records of all partitions together. */
  readonly tail?: number | undefined
  readonly fromTime?: number | undefined
  readonly toTime?: number | undefined
  /** Stop where the logs end now. */
  readonly untilEnd?: boolean
  /** Of the only partition. */
  readonly offset?: number | undefined
}

/** Whether records may lie between the first and the last of a range that are not of it. */
export const isPart = ({ tail, fromTime, toTime }: Range): boolean =>
  tail !== undefined || fromTime !== undefined || toTime !== undefined

type Where = Pick<TopicPartition, 'topic' | 'partition'>
type Placed = Where & { readonly offset: number; readonly timestamp: number }

const keyOf = ({ topic, partition }: Where): string => partitionKey(topic, partition)

/** Keeps a consumer between a start and an end of each of its partitions. */
export class Bounds {
  /** The offset at which each partition ends; none where it is followed. */
  private readonly stops = new Map<string, number>()
  /** Of a tail: the records that are wanted of those before the ends, and these ends. */
  private tail: { readonly offsets: Tail; readonly ends: ReadonlyMap<string, number> } | undefined
  private readonly isBounded: boolean

  constructor(
    private readonly consumer: Consumer,
    private readonly range: Range,
  ) {
    this.isBounded = Boolean(range.untilEnd) || range.toTime !== undefined
  }

  /** Whether it ends by itself. */
  get ends(): boolean {
    return this.isBounded
  }

  /** Whether there may be records that it does not want. */
  get chooses(): boolean {
    return this.isBounded || isPart(this.range)
  }

  /** Takes partitions by hand and goes to where they begin. */
  async assign(partitions: readonly Where[]): Promise<void> {
    const { consumer } = this
    const ends = await consumer.endOffsets(partitions)
    await this.stopAt(partitions, ends)
    const starts = await this.starts(partitions, ends)
    consumer.assign(partitions)
    for (const where of partitions) consumer.seek(where, starts.get(keyOf(where)) ?? ends.get(keyOf(where)) ?? 0)
  }

  /** Partitions that a group has given: the group knows where they begin. */
  async given(partitions: readonly Where[]): Promise<void> {
    if (this.isBounded) await this.stopAt(partitions, await this.consumer.endOffsets(partitions))
  }

  readonly accepts = (record: Placed): boolean => {
    const key = keyOf(record)
    const stop = this.stops.get(key)
    const { fromTime, toTime } = this.range
    if (stop !== undefined && record.offset >= stop) return false
    if (fromTime !== undefined && record.timestamp < fromTime) return false
    if (toTime !== undefined && record.timestamp >= toTime) return false
    if (!this.tail) return true
    const { offsets, ends } = this.tail
    return record.offset >= (ends.get(key) ?? 0) || offsets.get(key)?.has(record.offset) === true
  }

  /** Whether every partition has been read up to its stop. */
  readonly isDone = async (): Promise<boolean> => {
    const assigned = this.consumer.assignment()
    if (assigned.length === 0) return false
    for (const where of assigned) {
      const stop = this.stops.get(keyOf(where))
      const position = await this.consumer.position(where, 0).catch(() => undefined)
      if (stop === undefined || position === undefined || position < stop) return false
    }
    return true
  }

  private async stopAt(partitions: readonly Where[], ends: ReadonlyMap<string, number>): Promise<void> {
    if (!this.isBounded) return
    const { toTime: timestamp } = this.range
    const found =
      timestamp === undefined
        ? undefined
        : await this.consumer.offsetsForTimes(partitions.map((where) => ({ ...where, timestamp })))
    for (const where of partitions) {
      const key = keyOf(where)
      this.stops.set(key, found?.get(key)?.offset ?? ends.get(key) ?? 0)
    }
  }

  /** The offsets to begin with; partitions without one begin at their end. */
  private async starts(
    partitions: readonly Where[],
    ends: ReadonlyMap<string, number>,
  ): Promise<ReadonlyMap<string, number>> {
    const { consumer } = this
    const { fromTime: timestamp, tail, offset, fromBeginning } = this.range
    if (offset !== undefined) return new Map(partitions.map((where) => [keyOf(where), offset]))
    if (timestamp !== undefined) {
      const found = await consumer.offsetsForTimes(partitions.map((where) => ({ ...where, timestamp })))
      return new Map([...found].flatMap(([key, listed]) => (listed ? [[key, listed.offset] as const] : [])))
    }
    const beginnings = await consumer.beginningOffsets(partitions)
    // What ends by itself begins at the beginning: from the end there would be nothing.
    if (tail === undefined) return fromBeginning || this.isBounded ? beginnings : new Map()
    const offsets = await tailOffsets(consumer, partitions, beginnings, ends, tail)
    this.tail = { offsets, ends }
    return new Map(Array.from(offsets, ([key, chosen]) => [key, Math.min(...chosen)]))
  }
}
