import { type Admin, Consumer, Producer } from '../../src/client/index.ts'
import { filled, filledConsumer, filledProducer, withoutFilling } from './filling.ts'
import type { TransferSurroundings } from './transfers.ts'

/** What was written to a partition of which the beginning is deleted now and then, written down outside of the system under test. */
export class TrimHistory {
  /** Value -> the offset at which it was acknowledged; undefined while it is not, or when sending it failed. */
  readonly sent = new Map<string, number | undefined>()
  /** Records below it may be gone. */
  asked = 0
  /** Records below it are gone. */
  deleted = 0
}

export interface TrimmedRecord {
  readonly offset: number
  readonly value: string
}

/** Everything that contradicts in one reading from the beginning to the end; `gone` is what was deleted before it, `certain` what was acknowledged by then. */
export function* checkTrimmed(
  { sent, asked }: TrimHistory,
  seen: readonly TrimmedRecord[],
  { gone, certain }: { readonly gone: number; readonly certain: ReadonlyMap<string, number> },
): Generator<string> {
  let next = 0
  for (const { offset, value } of seen) {
    if (offset < gone) yield `${value} at ${offset} was deleted with all below ${gone}`
    if (offset < next) yield `${value} at ${offset} comes again, or late: ${next} was to come`
    // What is missing may have been deleted while this was read.
    else if (offset > next && offset > asked) yield `missing: ${Math.max(next, asked)} to ${offset - 1}`
    if (!sent.has(value)) yield `invented: ${value} at ${offset}`
    else if ((sent.get(value) ?? offset) !== offset)
      yield `${value} at ${offset} was acknowledged at ${sent.get(value)}`
    next = offset + 1
  }
  const offsets = new Set(seen.map(({ offset }) => offset))
  for (const [value, offset] of certain)
    if (offset >= asked && !offsets.has(offset)) yield `lost: ${value} at ${offset}`
}

const acknowledged = ({ sent }: TrimHistory): Map<string, number> =>
  new Map([...sent].flatMap(([value, offset]) => (offset === undefined ? [] : [[value, offset]])))

/** Writes records, and has the first of them deleted. */
export async function writeAndTrim(
  { bootstrap, chance, client, sleep, topic, trace }: TransferSurroundings,
  admin: Admin,
  count: number,
  history: TrimHistory,
): Promise<void> {
  const settings = { 'bootstrap.servers': bootstrap, 'delivery.timeout.ms': 1_200_000, ...filledProducer }
  const producer = new Producer(settings, client('trimmer'))
  for (let turn = 0; turn < count; turn++) {
    const values = Array.from({ length: chance.int(8) }, (_, i) => `trimmed-${turn}.${i}`)
    await Promise.all(
      values.map(async (value) => {
        history.sent.set(value, undefined)
        const sent = producer.send({ topic, partition: 0, key: null, value: filled(value) })
        await sent.then(({ offset }) => history.sent.set(value, offset)).catch((error: Error) => trace(error.message))
      }),
    )
    if (chance.bool(0.3))
      await trim(admin, topic, chance.int(1 + Math.max(...acknowledged(history).values(), 0)), history)
    await sleep(chance.between(1, 500))
  }
  await producer.close()
}

async function trim(admin: Admin, topic: string, offset: number, history: TrimHistory): Promise<void> {
  history.asked = Math.max(history.asked, offset)
  const result = (await admin.deleteRecords([{ topic, partition: 0, offset }])).get(`${topic}-0`)
  if (typeof result === 'number') history.deleted = Math.max(history.deleted, offset)
}

/** Reads from the beginning to the end again and again, until `isOver`, and once more. */
export async function readTrimmed(
  { bootstrap, chance, client, sleep, topic, nearby }: TransferSurroundings,
  history: TrimHistory,
  /** A leader that is cut off does not know what has been deleted. */
  isCluster: boolean,
  isOver: () => boolean,
  complain: (what: string) => void,
): Promise<void> {
  const settings = { 'auto.offset.reset': 'earliest', 'check.crcs': true, 'default.api.timeout.ms': 600_000 } as const
  const consumer = new Consumer(
    { 'bootstrap.servers': bootstrap, ...settings, ...filledConsumer, ...nearby },
    client('trimmed-reader'),
  )
  const where = { topic, partition: 0 }
  consumer.assign([where])
  for (let count = 1, isLast = false; !isLast; count++) {
    isLast = isOver()
    const gone = isCluster && !isLast ? 0 : history.deleted
    const certain = isLast ? acknowledged(history) : new Map<string, number>()
    const end = (await consumer.endOffsets([where])).get(`${topic}-0`) as number
    const seen: TrimmedRecord[] = []
    consumer.seekToBeginning([where])
    while ((await consumer.position(where)) < end) {
      for (const { offset, value } of await consumer.poll(300)) seen.push({ offset, value: withoutFilling(value) })
      if (!isLast) await sleep(chance.between(0, 300))
    }
    for (const complaint of checkTrimmed(history, seen, { gone, certain })) complain(`reading ${count}: ${complaint}`)
  }
  await consumer.close()
}
