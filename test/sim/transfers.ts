import { Consumer, Producer } from '../../src/client/index.ts'
import type { Runtime } from '../../src/runtime/index.ts'
import { filled, filledConsumer, filledProducer, withoutFilling } from './filling.ts'
import type { Place } from './history.ts'

/** What a transaction came to, as far as its writer knows. */
export type Outcome = 'committed' | 'aborted' | 'unknown'

/** Transactions of some writers, and what readers of committed data saw, written down outside of the system under test. */
export class TransferHistory {
  /** Transaction -> outcome; each has the records `<transaction>/0`, `<transaction>/1` ... */
  readonly outcomes = new Map<string, { outcome: Outcome; readonly parts: number }>()
  readonly seen: (Place & { readonly value: string })[] = []
}

/** Everything that contradicts: transactions are whole or not there, aborted ones are never seen, nothing twice, nothing that goes away. */
export function* checkTransfers(
  history: TransferHistory,
  final: readonly (Place & { value: string })[],
): Generator<string> {
  const counts = new Map<string, number>()
  const places = new Map<string, string>()
  for (const { value, partition, offset } of final) {
    if (places.has(value)) yield `twice: ${value} at ${places.get(value)} and ${partition}@${offset}`
    places.set(value, `${partition}@${offset}`)
    const name = value.split('/')[0] as string
    counts.set(name, (counts.get(name) ?? 0) + 1)
    if (!history.outcomes.has(name)) yield `invented: ${value} is of no transaction`
  }
  for (const [name, { outcome, parts }] of history.outcomes) {
    const count = counts.get(name) ?? 0
    if (count !== 0 && count !== parts)
      yield `torn: ${count} of ${parts} records of ${name} are seen, which is ${outcome}`
    else if (outcome === 'committed' && count === 0) yield `lost: ${name} was committed, and nothing of it is seen`
    else if (outcome === 'aborted' && count > 0) yield `${name} was aborted, and is seen`
  }
  for (const { value, partition, offset } of history.seen)
    if (places.get(value) !== `${partition}@${offset}`)
      yield `${value} was read at ${partition}@${offset} as committed, and is at ${places.get(value) ?? 'no place'} later`
}

/** The world around the writers and readers. */
export interface TransferSurroundings {
  readonly bootstrap: string
  readonly topic: string
  readonly partitions: number
  readonly chance: {
    int(limit: number): number
    bool(probability: number): boolean
    between(low: number, high: number): number
  }
  /** Records of many bytes, of which consumers read a few at a time. */
  readonly isFilled: boolean
  /** Properties of consumers that stand beside a broker. */
  readonly nearby?: Readonly<Record<string, string | number>>
  client(name: string): Runtime
  sleep(ms: number): Promise<void>
  trace(line: string): void
}

/** One transactional id: transactions one after the other, some aborted, some taken over by another producer with its id. */
export async function writeTransfers(
  around: TransferSurroundings,
  id: string,
  count: number,
  history: TransferHistory,
) {
  const { chance, trace } = around
  let producer: Producer | undefined
  for (let n = 0; n < count; n++) {
    const name = `${id}-${n}`
    const parts = 1 + chance.int(4)
    const entry = { outcome: 'aborted' as Outcome, parts }
    history.outcomes.set(name, entry)
    try {
      producer ??= await transactionalProducer(around, `${id}.${n}`, id)
      producer.beginTransaction()
      const sent = Array.from({ length: parts }, (_, part) =>
        (producer as Producer).send({
          topic: around.topic,
          partition: chance.int(around.partitions),
          value: around.isFilled ? filled(`${name}/${part}`) : `${name}/${part}`,
        }),
      )
      for (const one of sent) one.catch(() => {})
      if (chance.bool(0.5)) await Promise.allSettled(sent)
      if (chance.bool(0.15)) {
        trace(`${name} is left open, and another producer comes`)
        const rival = await transactionalProducer(around, `${id}.${n}.rival`, id)
        await producer.close().catch(() => {})
        producer = rival
      } else if (chance.bool(0.3)) await producer.abortTransaction()
      else {
        // From here on only the coordinator knows, until it has answered.
        entry.outcome = 'unknown'
        await producer.commitTransaction()
        entry.outcome = 'committed'
      }
    } catch (error) {
      trace(`${name} failed: ${(error as Error).message}`)
      await producer?.close().catch(() => {})
      producer = undefined
    }
    trace(`${name} is ${entry.outcome}`)
    await around.sleep(chance.bool(0.5) ? chance.between(1, 1500) : 0)
  }
  await producer?.close().catch(() => {})
}

/** A producer whose transactional id is its own; it is closed when it cannot have it. */
export async function transactionalProducer(
  { bootstrap, client, isFilled }: Pick<TransferSurroundings, 'bootstrap' | 'client' | 'isFilled'>,
  host: string,
  id: string,
): Promise<Producer> {
  const filling = isFilled ? filledProducer : {}
  const properties = {
    'bootstrap.servers': bootstrap,
    'transactional.id': id,
    'transaction.timeout.ms': 5000,
    ...filling,
  }
  const producer = new Producer({ ...properties, 'max.block.ms': 120_000 }, client(host))
  try {
    await producer.initTransactions()
    return producer
  } catch (error) {
    await producer.close().catch(() => {})
    throw error
  }
}

/** Reads committed data as it comes, until `isOver`. */
export async function readTransfers(around: TransferSurroundings, history: TransferHistory, isOver: () => boolean) {
  const consumer = committedReader(around, 'transfer-reader')
  while (!isOver())
    for (const { topic, partition, offset, value } of await consumer.poll(300))
      history.seen.push({ partition: `${topic}-${partition}`, offset, value: withoutFilling(value) })
  await consumer.close()
}

function committedReader(
  { bootstrap, client, topic, partitions, isFilled, nearby }: TransferSurroundings,
  host: string,
): Consumer {
  const settings = { 'isolation.level': 'read_committed', 'default.api.timeout.ms': 600_000 } as const
  const consumer = new Consumer(
    { 'bootstrap.servers': bootstrap, ...settings, ...(isFilled ? filledConsumer : {}), ...nearby },
    client(host),
  )
  const all = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))
  consumer.assign(all)
  consumer.seekToBeginning(all)
  return consumer
}

/** All that readers of committed data find in the end, once nothing is open any more. */
export async function finalTransfers(around: TransferSurroundings): Promise<(Place & { value: string })[]> {
  const { topic, partitions } = around
  const all = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))
  const ends = await endsWithoutOpen(around, all)
  const consumer = committedReader(around, 'transfer-auditor')
  const found: (Place & { value: string })[] = []
  const isDone = async () => {
    for (const where of all)
      if ((await consumer.position(where)) < (ends.get(`${topic}-${where.partition}`) as number)) return false
    return true
  }
  while (!(await isDone()))
    for (const { partition, offset, value } of await consumer.poll(300))
      found.push({ partition: `${topic}-${partition}`, offset, value: withoutFilling(value) })
  await consumer.close()
  return found
}

/** Where partitions end, once no transaction keeps readers of committed data from that; its coordinator ends it after its time. */
async function endsWithoutOpen(around: TransferSurroundings, all: { topic: string; partition: number }[]) {
  const settings = { 'bootstrap.servers': around.bootstrap, 'default.api.timeout.ms': 600_000 }
  const plain = new Consumer(settings, around.client('transfer-ends'))
  const committed = committedReader(around, 'transfer-stable-ends')
  for (let attempt = 0; ; attempt++) {
    const [ends, stable] = [await plain.endOffsets(all), await committed.endOffsets(all)]
    if ([...ends].every(([key, end]) => stable.get(key) === end)) {
      await plain.close()
      await committed.close()
      return ends
    }
    if (attempt > 60) throw new Error(`transactions stay open: ${JSON.stringify([[...ends], [...stable]])}`)
    await around.sleep(1000)
  }
}
