import { type Acknowledgement, ShareConsumer } from '../../src/client/index.ts'
import type { Runtime } from '../../src/runtime/index.ts'
import { filledConsumer, withoutFilling } from './filling.ts'
import type { FinalLogs, Place } from './history.ts'

/** Of a share group that works through all topics. */
export const SHARE_GROUP = 'sharers'
/** Longer than any message is held up: who has a record in hand still has its lock. */
export const SHARE_LOCK_MS = 15_000
/** Polls without a record, after which nothing can come any more: a lock that nobody uses has ended. */
const POLL_MS = 250
const QUIET_POLLS = (2 * SHARE_LOCK_MS) / POLL_MS

/** What members of a share group were given and said, written down outside of the system under test, in order. */
export class ShareHistory {
  readonly events: ShareEvent[] = []
}

export type ShareEvent = Place &
  (
    | { readonly is: 'delivered'; readonly value: string; readonly by: string; readonly count: number }
    | { readonly is: 'told'; readonly what: Acknowledgement }
    | { readonly is: 'confirmed'; readonly what: Acknowledgement }
  )

const isFinal = (what: Acknowledgement): boolean => what === 'accept' || what === 'reject'

/**
 * Everything that contradicts: a record whose end the broker has confirmed comes again; a record is at an end of which nobody has told; a
 * member was given something else than the log has. In a cluster a leader that is cut off, and does not know that another one leads, may hand out
 * what that one has done with, but must not confirm that it is done with once more.
 */
export function* checkShares(history: ShareHistory, logs: FinalLogs, isCluster = false): Generator<string> {
  const told = new Set<string>()
  const over = new Map<string, Acknowledgement>()
  for (const event of history.events) {
    const place = `${event.partition}@${event.offset}`
    if (event.is === 'told') {
      if (isFinal(event.what)) told.add(place)
    } else if (event.is === 'confirmed') {
      // The confirmation of what was given back may be late: the next member may be through by then.
      if (!isFinal(event.what)) continue
      if (isCluster && over.has(place)) yield `again: ${event.what} of ${place} was confirmed after ${over.get(place)}`
      over.set(place, event.what)
    } else {
      const found = logs.get(event.partition)?.[event.offset]?.value
      if (found !== event.value)
        yield `unstable: ${event.by} was given ${event.value} at ${place}, where ${found ?? 'nothing'} is`
      if (!isCluster && over.has(place))
        yield `again: ${place} came to ${event.by} after the broker had confirmed ${over.get(place)}`
    }
  }
  for (const [partition, records] of logs)
    for (const { offset, value } of records)
      if (!told.has(`${partition}@${offset}`))
        yield `not shared: nobody has done with ${value} at ${partition}@${offset}`
}

export interface ShareSurroundings {
  readonly bootstrap: string
  readonly topics: readonly string[]
  readonly isFilled: boolean
  readonly chance: { bool(probability: number): boolean }
  trace(line: string): void
}

/** One member, which says of each record that it accepts, releases or rejects it, until `isOver` and nothing comes any more. */
export async function share(
  around: ShareSurroundings,
  { name, runtime }: { readonly name: string; readonly runtime: Runtime },
  history: ShareHistory,
  isOver: () => boolean,
): Promise<void> {
  const { trace } = around
  const consumer = new ShareConsumer(
    {
      'bootstrap.servers': around.bootstrap,
      'group.id': SHARE_GROUP,
      'share.acknowledgement.mode': 'explicit',
      'default.api.timeout.ms': 600_000,
      ...(around.isFilled ? filledConsumer : {}),
    },
    runtime,
  )
  const inHand = new Map<string, Acknowledgement>()
  consumer.onAcknowledged = ({ topic, partition: index, offsets, error }) => {
    const partition = `${topic}-${index}`
    trace(`${name}: ${partition} ${offsets.join(' ')}: ${error?.error ?? 'confirmed'}`)
    for (const offset of offsets) {
      const what = inHand.get(`${partition}@${offset}`)
      if (!error && what) history.events.push({ partition, offset, is: 'confirmed', what })
    }
  }
  consumer.subscribe(around.topics)
  let quiet = 0
  while (quiet < QUIET_POLLS) {
    const batch = await consumer.poll(POLL_MS)
    quiet = batch.count > 0 || !isOver() ? 0 : quiet + 1
    if (batch.count === 0) continue
    inHand.clear()
    const records = batch.cursor()
    while (records.next()) {
      const { topic, partition: index, offset, deliveryCount: count } = records
      const place = { partition: `${topic}-${index}`, offset }
      const what = verdict(around.chance, count)
      trace(`${name} gets ${place.partition}@${offset} (${count}): ${what}`)
      history.events.push({ ...place, is: 'delivered', value: withoutFilling(records.value()), by: name, count })
      history.events.push({ ...place, is: 'told', what })
      inHand.set(`${place.partition}@${offset}`, what)
      consumer.acknowledge({ topic, partition: index, offset }, what)
    }
    // With the next request for records, or by itself.
    if (around.chance.bool(0.5)) await consumer.commit().catch((error: Error) => trace(`${name}: ${error.message}`))
  }
  await consumer.close()
}

/** What has come back often enough is not given back again: the broker would give it up. */
function verdict(chance: ShareSurroundings['chance'], count: number): Acknowledgement {
  if (count < 4 && chance.bool(0.25)) return 'release'
  return chance.bool(0.1) ? 'reject' : 'accept'
}
