import { type Admin, Consumer, Producer } from '../../src/client/index.ts'
import type { Runtime } from '../../src/runtime/index.ts'
import { type Nodes, SECOND_DIR, type SimNode } from './nodes.ts'

/** Until a cluster that is well otherwise has taken in that a directory is lost, or is there again; milliseconds. */
const LIMIT_MS = 60_000
const STEP_MS = 250

export interface LossSurroundings {
  readonly nodes: Nodes
  readonly admin: Admin
  /** A topic with a replica on each broker. */
  readonly topic: string
  readonly partitions: number
  client(name: string): Runtime
  sleep(ms: number): Promise<void>
  now(): number
}

interface Place {
  readonly name: string
  readonly leader: number | undefined
  readonly isr: readonly number[]
  readonly replicas: readonly number[]
}

/** All is well; then one broker loses a directory. Others have to lead what lay there, everything has to be served, and all has to be well once it is back. */
export async function loseOneDirectory(around: LossSurroundings, victim: SimNode): Promise<string[]> {
  const { nodes, admin } = around
  const sent: string[][] = Array.from({ length: around.partitions }, () => [])
  await bringOneThere(around, victim)
  const lost = await replicasIn(admin, victim.id)
  victim.loseDirectory('write')
  const complaints: string[] = []
  const must = async (what: string, isSo: () => Promise<boolean>) => {
    const deadline = around.now() + LIMIT_MS
    while (!(await isSo())) {
      if (around.now() > deadline) return void complaints.push(`${what} (broker ${victim.id})`)
      await around.sleep(STEP_MS)
    }
  }
  const have = async (test: (place: Place) => boolean) => {
    const places = await placesOf(admin)
    return places.filter(({ name }) => lost.has(name)).every(test)
  }
  await produceToAll(around, sent)
  await must('a failed directory is not told of', () => isFailed(admin, victim.id))
  await must('a replica leads from a failed directory', () => have(({ leader }) => leader !== victim.id))
  await must('a replica in a failed directory counts as in sync', () => have(({ isr }) => !isr.includes(victim.id)))
  await produceToAll(around, sent)
  nodes.restart(victim)
  while (!nodes.up) await around.sleep(STEP_MS)
  await must('a replica does not come back', () => have(({ isr, replicas }) => isr.length === replicas.length))
  await produceToAll(around, sent)
  for (const [partition, values] of (await readAll(around, sent)).entries())
    if (`${values}` !== `${sent[partition]}`)
      complaints.push(`${around.topic}-${partition} has ${values} and not ${sent[partition]}`)
  return complaints
}

/** One of the partitions that are written to has to lie in the directory, wherever earlier moves have left the others. */
async function bringOneThere({ admin, topic, sleep }: LossSurroundings, { id: broker }: SimNode): Promise<void> {
  for (;;) {
    if ((await replicasIn(admin, broker)).has(`${topic}-0`)) return
    await admin.alterReplicaLogDirs([{ topic, partition: 0, broker, path: SECOND_DIR }])
    await sleep(STEP_MS)
  }
}

/** Writes a record to every partition. Rejects when one is not acknowledged. */
async function produceToAll({ nodes, topic, client }: LossSurroundings, sent: string[][]): Promise<void> {
  const settings = { 'bootstrap.servers': nodes.bootstrap, 'delivery.timeout.ms': 300_000 }
  const producer = new Producer(settings, client('loss-producer'))
  await Promise.all(
    sent.map(async (values, partition) => {
      const value = `${partition}.${values.length}`
      await producer.send({ topic, partition, key: null, value })
      values.push(value)
    }),
  )
  await producer.close()
}

async function readAll({ nodes, topic, client }: LossSurroundings, sent: readonly string[][]): Promise<string[][]> {
  const found: string[][] = sent.map(() => [])
  const partitions = sent.map((_, partition) => ({ topic, partition }))
  const consumer = new Consumer({ 'bootstrap.servers': nodes.bootstrap }, client('loss-reader'))
  consumer.assign(partitions)
  consumer.seekToBeginning(partitions)
  const ends = await consumer.endOffsets(partitions)
  const total = [...ends.values()].reduce((sum, end) => sum + end, 0)
  for (let count = 0; count < total; )
    for (const { partition, value } of await consumer.poll(500)) {
      found[partition]?.push(String(value))
      count++
    }
  await consumer.close()
  return found
}

async function replicasIn(admin: Admin, broker: number): Promise<Set<string>> {
  const dirs = (await admin.describeLogDirs([broker])).get(broker)
  if (!dirs || dirs instanceof Error) throw dirs ?? new Error('no directories')
  const second = dirs.find(({ path }) => path === SECOND_DIR)
  return new Set(
    second?.replicas.filter(({ future }) => !future).map(({ topic, partition }) => `${topic}-${partition}`),
  )
}

async function isFailed(admin: Admin, broker: number): Promise<boolean> {
  const dirs = (await admin.describeLogDirs([broker])).get(broker)
  if (!dirs || dirs instanceof Error) return false
  const second = dirs.find(({ path }) => path === SECOND_DIR)
  return second?.error !== undefined && second.replicas.length === 0
}

async function placesOf(admin: Admin): Promise<Place[]> {
  const names = (await admin.listTopics({ includeInternal: true })).map(({ name }) => name)
  const places: Place[] = []
  for (const [name, topic] of await admin.describeTopics(names))
    if (!(topic instanceof Error))
      for (const { partition, leader, isr, replicas } of topic.partitions)
        places.push({
          name: `${name}-${partition}`,
          leader: leader?.id,
          isr: isr.map(({ id }) => id),
          replicas: replicas.map(({ id }) => id),
        })
  return places
}
