import type { Consumer } from '../../client/index.ts'
import { partitionKey, type TopicPartition } from '../../client/types.ts'

/** Offsets by partition key; partitions that none of the records is in are left out. */
export type Tail = ReadonlyMap<string, ReadonlySet<number>>

interface Seen {
  readonly key: string
  readonly offset: number
  readonly timestamp: number
}

/** Longest wait of one poll in milliseconds: what is left of a log may be markers of transactions alone. */
const POLL_MS = 100

/**
 * The offsets of the last `count` records before the ends of all partitions together, by their timestamps. Logs may have gaps: where too few
 * records are found it goes further back.
 */
export async function tailOffsets(
  consumer: Consumer,
  partitions: readonly TopicPartition[],
  beginnings: ReadonlyMap<string, number>,
  ends: ReadonlyMap<string, number>,
  count: number,
): Promise<Tail> {
  const bound = (limits: ReadonlyMap<string, number>, at: TopicPartition) =>
    limits.get(partitionKey(at.topic, at.partition)) ?? 0
  let seen: Seen[] = []
  let isWhole = false
  for (let back = count; seen.length < count && !isWhole; back *= 8) {
    const spans = partitions.map((at) => {
      const [first, end] = [bound(beginnings, at), bound(ends, at)]
      return { at, start: Math.max(first, end - back), first, end }
    })
    isWhole = spans.every(({ start, first }) => start === first)
    seen =
      count > 0
        ? await readSpans(
            consumer,
            spans.filter(({ start, end }) => start < end),
          )
        : []
  }
  seen.sort((a, b) => b.timestamp - a.timestamp || b.offset - a.offset)
  const tail = new Map<string, Set<number>>()
  for (const { key, offset } of seen.slice(0, count)) tail.set(key, (tail.get(key) ?? new Set()).add(offset))
  return tail
}

interface Span {
  readonly at: TopicPartition
  readonly start: number
  readonly end: number
}

async function readSpans(consumer: Consumer, spans: readonly Span[]): Promise<Seen[]> {
  const seen: Seen[] = []
  const open = new Map(spans.map((span) => [partitionKey(span.at.topic, span.at.partition), span]))
  if (open.size > 0) consumer.assign(spans.map(({ at }) => at))
  for (const { at, start } of spans) consumer.seek(at, start)
  while (open.size > 0) {
    const record = (await consumer.poll(POLL_MS)).cursor()
    while (record.next()) {
      const key = partitionKey(record.topic, record.partition)
      const span = open.get(key)
      if (span && record.offset < span.end) seen.push({ key, offset: record.offset, timestamp: record.timestamp })
    }
    for (const [key, { at, end }] of open) {
      if ((await consumer.position(at)) < end) continue
      open.delete(key)
      consumer.pause([at])
    }
  }
  consumer.resume(consumer.assignment())
  return seen
}
