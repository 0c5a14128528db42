import { Consumer } from '../../client/index.ts'
import { type ClientProperties, partitionKey } from '../../client/types.ts'
import type { Runtime } from '../../runtime/index.ts'
import { type GroupPosition, positionKey, type RecordAges } from './lag.ts'

/** Longest wait for the records at all positions, in milliseconds. */
const LIMIT_MS = 3000
/** Of one poll: after it positions are looked at, for what is left of a log may be markers of transactions alone. */
const POLL_MS = 100
/** Bytes that are fetched for one position at most, unless its first batch is bigger. */
const FETCH_BYTES = 64 * 1024

/** Stands for the timestamp of a record that is not there yet. */
const NONE = -1

/**
 * Finds the age of records by reading one at each position. A record stays what it is: what was found for a position is kept as long as the
 * position is asked for.
 */
export class FetchedRecordAges implements RecordAges {
  private readonly consumer: Consumer
  /** Timestamps by position. */
  private known = new Map<string, number>()

  constructor(
    settings: ClientProperties,
    private readonly runtime: Runtime,
  ) {
    const properties = {
      ...settings,
      'group.id': undefined,
      'enable.auto.commit': false,
      // The record at the position may have been deleted: the oldest one that is left is next.
      'auto.offset.reset': 'earliest',
      'max.poll.records': 1_000_000,
      'max.partition.fetch.bytes': FETCH_BYTES,
      'fetch.max.wait.ms': 100,
    }
    this.consumer = new Consumer(properties, runtime)
  }

  async secondsAt(positions: readonly GroupPosition[]): Promise<ReadonlyMap<string, number>> {
    const wanted = new Map(positions.map((at) => [positionKey(at, at.offset), at]))
    this.known = new Map([...this.known].filter(([key, at]) => at !== NONE && wanted.has(key)))
    const open = [...wanted].filter(([key]) => !this.known.has(key)).map(([, at]) => at)
    const deadline = this.runtime.clock.monotonic() + LIMIT_MS
    try {
      for (const round of rounds(open)) await this.read(round, deadline)
    } catch {
      // Whoever may describe a group need not be allowed to read its topics: the time is not known then.
    }
    const { clock } = this.runtime
    const seconds = Array.from(
      this.known,
      ([key, at]) => [key, at === NONE ? 0 : Math.max(0, Math.round(clock.now() - at)) / 1000] as const,
    )
    return new Map(seconds)
  }

  close(): Promise<void> {
    return this.consumer.close()
  }

  /** Reads until each partition has given a record, or time is up. */
  private async read(round: readonly GroupPosition[], deadline: number): Promise<void> {
    const open = new Map(round.map((at) => [partitionKey(at.topic, at.partition), at]))
    this.consumer.assign(round)
    this.consumer.resume(round)
    for (const at of round) this.consumer.seek(at, at.offset)
    while (open.size > 0) {
      const left = deadline - this.runtime.clock.monotonic()
      if (left <= 0) return
      const record = (await this.consumer.poll(Math.min(left, POLL_MS))).cursor()
      while (record.next()) {
        const at = open.get(partitionKey(record.topic, record.partition))
        if (!at || record.offset < at.offset) continue
        open.delete(partitionKey(record.topic, record.partition))
        this.known.set(positionKey(at, at.offset), record.timestamp)
        this.consumer.pause([at])
      }
      for (const [key, at] of open) {
        if ((await this.consumer.position(at, left)) < at.end) continue
        open.delete(key)
        this.known.set(positionKey(at, at.offset), NONE)
      }
    }
  }
}

/** A consumer has one position a partition: what several groups ask of one is asked in turn. */
function rounds(positions: readonly GroupPosition[]): GroupPosition[][] {
  const found: GroupPosition[][] = []
  const counts = new Map<string, number>()
  for (const at of positions) {
    const key = partitionKey(at.topic, at.partition)
    const count = counts.get(key) ?? 0
    counts.set(key, count + 1)
    const round = (found[count] ??= [])
    round.push(at)
  }
  return found
}
