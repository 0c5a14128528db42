import { afterAll, beforeAll, expect, test } from 'vitest'
import { Admin, Producer } from '../../src/client/index.ts'
import type { Runtime, Socket } from '../../src/runtime/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import {
  describedAt,
  events,
  isStable,
  produceEvents,
  quickHeartbeats,
  type Reading,
  readHere,
  TOPIC,
  until,
} from '../support/group-readers.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

/** Our consumers with `group.protocol=consumer` at our node. */
const COUNT = 400
let node: TestServer
let bootstrap: string
let sent = 0
const readings: Reading[] = []

beforeAll(async () => {
  node = await startTestServer({
    ...quickHeartbeats,
    'group.consumer.min.session.timeout.ms': '1000',
    'group.consumer.assignment.interval.ms': '0',
  })
  bootstrap = node.bootstrap
  const admin = new Admin({ 'bootstrap.servers': bootstrap }, nodeRuntime)
  await admin.createTopics([{ name: TOPIC, partitions: 4 }])
  // Only where somebody dies: a member that has to wait for the processor must not be put out.
  const ops = [{ op: 'set', name: 'consumer.session.timeout.ms', value: '2000' }] as const
  await admin.incrementalAlterConfigs([{ type: 'group', name: 'killed', ops }])
  await admin.close()
})
afterAll(async () => {
  await Promise.all(readings.map((reading) => reading.stop()))
  await node.close()
})

function read(group: string, properties: Record<string, string | boolean> = {}, runtime: Runtime = nodeRuntime) {
  const reading = readHere(bootstrap, group, properties, runtime)
  readings.push(reading)
  return reading
}

async function produce(): Promise<void> {
  await produceEvents(bootstrap, sent, sent + COUNT)
  sent += COUNT
}

/** Waits until everything was read, and holds that it was, once each. */
async function expectAll(...all: Reading[]): Promise<void> {
  const lines = () => all.flatMap((reading) => reading.lines)
  await until(() => lines().length >= sent)
  expect(lines().sort()).toEqual(events(0, sent).sort())
}

const partitions = (reading: ReturnType<typeof read>) => reading.consumer.assignment().map(({ partition }) => partition)

test.each([true, false])(
  'members that come and go read each record once, committing by themselves: %s',
  async (isAutomatic) => {
    const group = `coming-${isAutomatic}`
    const settings = { 'enable.auto.commit': isAutomatic }
    const one = read(group, settings)
    await produce()
    await expectAll(one)
    // Records come while the partitions change hands.
    const [two, three] = [read(group, settings), read(group, settings)]
    const flow = (async () => {
      for (let round = 0; round < 5; round++) await produce()
    })()
    await Promise.all([flow, until(() => isStable(bootstrap, group, 3))])
    await expectAll(one, two, three)
    await two.stop()
    await until(() => isStable(bootstrap, group, 2))
    await produce()
    await expectAll(one, two, three)
    expect([...partitions(one), ...partitions(three)].sort()).toEqual([0, 1, 2, 3])
    await Promise.all([one.stop(), three.stop()])
    expect((await describedAt(bootstrap, group))?.groupState).toBe('Empty')
    const again = read(group, settings)
    await produce()
    await expectAll(one, two, three, again)
    await again.stop()
  },
)

test('a static member that comes back finds its partitions, and nobody else is troubled', async () => {
  const first = read('static', { 'group.instance.id': 'a' })
  const other = read('static', { 'group.instance.id': 'b' })
  await until(() => isStable(bootstrap, 'static', 2))
  await until(() => partitions(first).length === 2 && partitions(other).length === 2)
  const epoch = (await describedAt(bootstrap, 'static'))?.groupEpoch
  const before = partitions(first)
  await first.stop()
  const back = read('static', { 'group.instance.id': 'a' })
  await until(() => partitions(back).length === 2)
  expect(partitions(back)).toEqual(before)
  expect((await describedAt(bootstrap, 'static'))?.groupEpoch).toBe(epoch)
  const second = read('static', { 'group.instance.id': 'a' })
  expect(await second.failed).toMatchObject({ error: 'UNRELEASED_INSTANCE_ID' })
  await expectAll(first, other, back)
  await Promise.all([other.stop(), back.stop(), second.stop()])
})

/** A world that ends at once for whoever lives in it. */
function mortal(): { readonly runtime: Runtime; kill(): void } {
  const sockets = new Set<Socket>()
  let dead = false
  const { network } = nodeRuntime
  const connect: typeof network.connect = async (...args) => {
    if (dead) throw new Error('dead')
    const socket = await network.connect(...args)
    sockets.add(socket)
    return socket
  }
  const runtime = { ...nodeRuntime, network: { connect, listen: network.listen.bind(network) } } as Runtime
  const kill = () => {
    dead = true
    for (const socket of sockets) socket.destroy()
  }
  return { runtime, kill }
}

test('what a member had that died goes to the others when its session is over', async () => {
  const { runtime, kill } = mortal()
  const victim = read('killed', { 'enable.auto.commit': false }, runtime)
  const heir = read('killed', { 'enable.auto.commit': false })
  await until(() => partitions(victim).length === 2 && partitions(heir).length === 2)
  await expectAll(victim, heir)
  kill()
  await produce()
  await expectAll(victim, heir)
  expect(partitions(heir)).toHaveLength(4)
  await heir.stop()
  void victim.stop()
})

test('offsets are committed in a transaction by the epoch of the member', async () => {
  const { consumer, stop, lines } = read('transactional', { 'enable.auto.commit': false })
  await until(() => lines.length === sent)
  const producer = new Producer({ 'bootstrap.servers': bootstrap, 'transactional.id': 'tx' }, nodeRuntime)
  await producer.initTransactions()
  const commit = async (offset: number, epoch = consumer.groupMetadata().generationId) => {
    producer.beginTransaction()
    const offsets = [{ topic: TOPIC, partition: 0, offset }]
    await producer.sendOffsetsToTransaction(offsets, { ...consumer.groupMetadata(), generationId: epoch })
    await producer.commitTransaction()
  }
  await commit(5)
  const where = { topic: TOPIC, partition: 0 }
  expect((await consumer.committed([where])).get(`${TOPIC}-0`)?.offset).toBe(5)
  await expect(commit(6, 99)).rejects.toThrow()
  await producer.close()
  await stop()
})
