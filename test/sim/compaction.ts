import { Consumer, Producer } from '../../src/client/index.ts'
import { filled, filledConsumer, filledProducer, withoutFilling } from './filling.ts'
import { type TransferSurroundings, transactionalProducer } from './transfers.ts'

/** How long tombstones must stay after the first cleaning; simulated milliseconds. */
export const TOMBSTONE_MS = 4000
const KEYS = 4

type Fate = 'acknowledged' | 'unknown' | 'aborted'

/** One attempt to write a key. Each key has one writer, which knows how an attempt ended before it begins the next. */
export interface Attempt {
  readonly key: string
  /** Null for a tombstone. */
  readonly value: string | null
  fate: Fate
  /** Where it was acknowledged. */
  offset?: number
  /** Simulated time at which it began. */
  readonly since: number
}

export interface SeenRecord {
  readonly offset: number
  readonly key: string
  readonly value: string | null
}

/** What writers of a compacted topic did, written down outside of the system under test: by key, in order. */
export class CompactionHistory {
  readonly attempts = new Map<string, Attempt[]>()

  begin(key: string, value: string | null, since: number): Attempt {
    const attempt: Attempt = { key, value, fate: 'unknown', since }
    const ofKey = this.attempts.get(key)
    if (ofKey) ofKey.push(attempt)
    else this.attempts.set(key, [attempt])
    return attempt
  }

  /** By key, the index of the last attempt that is certain now. */
  certain(): Map<string, number> {
    return new Map(
      [...this.attempts].map(([key, ofKey]) => [key, ofKey.findLastIndex(({ fate }) => fate === 'acknowledged')]),
    )
  }

  /** The highest offset that was acknowledged. */
  get highest(): number {
    return Math.max(-1, ...[...this.attempts.values()].flat().map(({ offset }) => offset ?? -1))
  }
}

/** Simulated times between which the topic was read. */
interface Span {
  readonly began: number
  readonly ended: number
}

/**
 * Everything that contradicts in one whole reading of committed data, with `certain` acknowledged before it:
 * the newest value of a key is not there, an older one is there in its place or behind it, a record was aborted, moved or invented, a
 * tombstone went too early.
 */
export function* checkReading(
  history: CompactionHistory,
  seen: readonly SeenRecord[],
  certain: ReadonlyMap<string, number>,
  span: Span,
): Generator<string> {
  const newest = new Map<string, number>()
  const places = new Set<number>()
  let before = -1
  for (const { offset, key, value } of seen) {
    if (offset <= before) yield `${key}=${value} at ${offset} comes after offset ${before}`
    before = offset
    places.add(offset)
    const ofKey = history.attempts.get(key) ?? []
    const index = placeOf(ofKey, { offset, value }, newest.get(key) ?? -1)
    const attempt = ofKey[index]
    if (!attempt) yield `${key}=${value} at ${offset} is invented, moved, twice or older than what stands before it`
    else if (attempt.fate === 'aborted') yield `${key}=${value} at ${offset} was aborted, and is seen`
    newest.set(key, Math.max(newest.get(key) ?? -1, index))
  }
  for (const [key, index] of certain) {
    const attempt = history.attempts.get(key)?.[index]
    const found = newest.get(key) ?? -1
    if (!attempt || found >= index || mayBeGone(history.attempts.get(key)?.slice(index) ?? [], found, span)) continue
    if (attempt.value !== null) yield `lost: ${key}=${attempt.value}, acknowledged at ${attempt.offset}`
    else if (found >= 0) yield `back again: ${key} was deleted at ${attempt.offset}`
    else yield `the tombstone of ${key} at ${attempt.offset} went too early`
  }
}

/** Whether a key was deleted so long ago that nothing of it has to be there; a slow reader may have passed by an older value before. */
function mayBeGone(later: readonly Attempt[], found: number, { began, ended }: Span): boolean {
  const isOld = ({ value, fate, since }: Attempt) =>
    value === null && fate !== 'aborted' && ended - since >= TOMBSTONE_MS
  return later.some(isOld) && (found < 0 || ended - began >= TOMBSTONE_MS)
}

/** Index of the attempt that a record comes from: the one that was told its offset, else one that was told none and had that value. */
function placeOf(ofKey: readonly Attempt[], { offset, value }: Omit<SeenRecord, 'key'>, after: number): number {
  const find = (fits: (attempt: Attempt) => boolean) =>
    ofKey.findIndex((attempt, i) => i > after && attempt.value === value && fits(attempt))
  const told = find((attempt) => attempt.offset === offset)
  if (told >= 0) return told
  const likely = find((attempt) => attempt.offset === undefined && attempt.fate !== 'aborted')
  return likely >= 0 ? likely : find((attempt) => attempt.offset === undefined)
}

export type CompactionSurroundings = Omit<TransferSurroundings, 'partitions'> & { now(): number }

/** Writes keys of its own one after the other, some of them tombstones. */
export async function writeKeys(around: CompactionSurroundings, count: number, history: CompactionHistory) {
  const { chance, bootstrap, topic } = around
  const codec = ['none', 'gzip', 'snappy', 'lz4'][chance.int(4)] as string
  const settings = {
    ...{ 'compression.type': codec, 'linger.ms': chance.int(10) },
    ...(around.isFilled ? filledProducer : {}),
  }
  const producer = new Producer(
    { 'bootstrap.servers': bootstrap, ...settings, 'delivery.timeout.ms': 1_200_000 },
    around.client('keeper'),
  )
  for (let n = 0; n < count; n++) {
    const keys = Array.from({ length: KEYS }, (_, i) => `plain-${i}`).filter(() => chance.bool(0.5))
    const sent = keys.map(async (key) => {
      const attempt = history.begin(key, chance.bool(0.2) ? null : `${key}=${n}`, around.now())
      try {
        const { offset } = await producer.send({ topic, partition: 0, key, value: sentAs(attempt, around) })
        Object.assign(attempt, { fate: 'acknowledged', offset })
      } catch (error) {
        around.trace(`${key} failed: ${(error as Error).message}`)
      }
    })
    await Promise.all(sent)
    await around.sleep(chance.between(1, 300))
  }
  await producer.close()
}

const sentAs = ({ value }: Attempt, { isFilled }: CompactionSurroundings): string | null =>
  value !== null && isFilled ? filled(value) : value

/** The same in transactions, some of which are aborted. */
export async function transactKeys(around: CompactionSurroundings, count: number, history: CompactionHistory) {
  const { chance, trace } = around
  let producer: Producer | undefined
  for (let n = 0; n < count; n++) {
    const keys = Array.from({ length: KEYS }, (_, i) => `transacted-${i}`).filter(() => chance.bool(0.5))
    const attempts: Attempt[] = []
    try {
      producer ??= await transactionalProducer(around, `transacting-keeper.${n}`, 'keeper')
      producer.beginTransaction()
      for (const key of keys) attempts.push(history.begin(key, chance.bool(0.2) ? null : `${key}=${n}`, around.now()))
      for (const attempt of attempts) attempt.fate = 'aborted'
      for (const attempt of attempts) {
        const { key } = attempt
        const value = sentAs(attempt, around)
        attempt.offset = (await producer.send({ topic: around.topic, partition: 0, key, value })).offset
      }
      if (chance.bool(0.3)) await producer.abortTransaction()
      else {
        // From here on only the coordinator knows, until it has answered.
        for (const attempt of attempts) attempt.fate = 'unknown'
        await producer.commitTransaction()
        for (const attempt of attempts) Object.assign(attempt, { fate: 'acknowledged' })
      }
    } catch (error) {
      trace(`keys of transaction ${n} failed: ${(error as Error).message}`)
      await producer?.close().catch(() => {})
      producer = undefined
    }
    await around.sleep(chance.between(1, 600))
  }
  await producer?.close().catch(() => {})
}

/** Reads the whole topic again and again, until `isOver`, and once more. Gives how often. */
export async function readKeys(
  around: CompactionSurroundings,
  history: CompactionHistory,
  isOver: () => boolean,
  complain: (what: string) => void,
): Promise<number> {
  const { bootstrap, topic } = around
  const settings = {
    'isolation.level': 'read_committed',
    'check.crcs': true,
    'default.api.timeout.ms': 600_000,
    ...(around.isFilled ? filledConsumer : {}),
  } as const
  const consumer = new Consumer({ 'bootstrap.servers': bootstrap, ...settings }, around.client('key-reader'))
  const where = { topic, partition: 0 }
  consumer.assign([where])
  for (let count = 1; ; count++) {
    const isLast = isOver()
    const [certain, highest] = [history.certain(), history.highest]
    const end = () => consumer.endOffsets([where]).then((ends) => ends.get(`${topic}-0`) as number)
    // What is committed shows up when the markers are written.
    while (isLast && (await end()) <= highest) await around.sleep(100)
    const upTo = await end()
    const began = around.now()
    const seen = await readWhole(consumer, where, end)
    const inReach = isLast ? certain : below(history, certain, upTo)
    for (const complaint of checkReading(history, seen, inReach, { began, ended: around.now() }))
      complain(`reading ${count} of keys: ${complaint}`)
    if (isLast) {
      await consumer.close()
      return count
    }
    await around.sleep(around.chance.between(50, 1500))
  }
}

/** Of what is certain, the part that a reading up to an offset must show. */
const below = (history: CompactionHistory, certain: ReadonlyMap<string, number>, upTo: number) =>
  new Map([...certain].filter(([key, i]) => (history.attempts.get(key)?.[i]?.offset ?? upTo) < upTo))

/** Reads on until nothing more is there: what was compacted away meanwhile has a newer record behind where the end was. */
async function readWhole(consumer: Consumer, where: { topic: string; partition: number }, end: () => Promise<number>) {
  const seen: SeenRecord[] = []
  consumer.seekToBeginning([where])
  while ((await consumer.position(where)) < (await end()))
    for (const { offset, key, value } of await consumer.poll(300))
      seen.push({ offset, key: String(key), value: value && withoutFilling(value) })
  return seen
}
