import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Admin } from '../../src/client/index.ts'
import { ConsumerGroupHeartbeat, FindCoordinator, Metadata } from '../../src/protocol/apis/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { type ApacheBroker, apacheMissing, runTool, startBroker } from '../support/apache.ts'
import {
  describedAt,
  events,
  isStable,
  produceEvents,
  quickHeartbeats,
  type Reading,
  readByJava,
  until,
} from '../support/group-readers.ts'
import { killNode, startNode } from '../support/killable-node.ts'
import { RawClient } from '../support/raw-client.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

/** Apache's consumers with `group.protocol=consumer` at our broker, its tools at both, and such groups in exchanged directories. */
const missing = apacheMissing()
if (missing) console.warn(`consumers of Apache with group.protocol=consumer are not tested: ${missing}`)

const PORT = 26_080
const COUNT = 400
const work = mkdtempSync(join(tmpdir(), 'consumer-group-clients-'))
let node: TestServer
let apache: ApacheBroker
const consumers: Reading[] = []

beforeAll(async () => {
  if (missing) return
  ;[apache, node] = await Promise.all([
    startBroker(join(work, 'apache'), PORT, quickHeartbeats),
    startTestServer(quickHeartbeats),
  ])
  for (const { bootstrap } of [apache, node]) await makeTopic(bootstrap)
}, 60_000)
afterAll(async () => {
  await Promise.all(consumers.map((consumer) => consumer.stop()))
  await node?.close()
  await apache?.stop()
  rmSync(work, { recursive: true, force: true })
})

async function makeTopic(bootstrap: string): Promise<void> {
  const admin = new Admin({ 'bootstrap.servers': bootstrap }, nodeRuntime)
  await admin.createTopics([{ name: 'events', partitions: 4 }])
  await admin.close()
  await produceEvents(bootstrap, 0, COUNT)
}

function read(bootstrap: string, group: string, clientId: string, protocol?: string): Reading {
  const reading = readByJava(bootstrap, group, clientId, protocol)
  consumers.push(reading)
  return reading
}

describe.skipIf(missing)('consumers of Apache with group.protocol=consumer', () => {
  it('share partitions, leave them to each other, and read each record once', async () => {
    const [one, two] = [read(node.bootstrap, 'pair', 'one'), read(node.bootstrap, 'pair', 'two')]
    await until(() => isStable(node.bootstrap, 'pair', 2))
    await until(() => one.lines.length + two.lines.length >= COUNT)
    await produceEvents(node.bootstrap, COUNT, 2 * COUNT)
    await until(() => one.lines.length + two.lines.length >= 2 * COUNT)
    expect([...one.lines, ...two.lines].sort()).toEqual(events(0, 2 * COUNT))
    expect(two.lines.length).toBeGreaterThanOrEqual(COUNT / 2)
    await one.stop()
    await until(() => isStable(node.bootstrap, 'pair', 1))
    await produceEvents(node.bootstrap, 2 * COUNT, 3 * COUNT)
    await until(() => one.lines.length + two.lines.length >= 3 * COUNT)
    await two.stop()
    expect([...one.lines, ...two.lines].sort()).toEqual(events(0, 3 * COUNT))
    const lag = await runTool('kafka-consumer-groups', [
      '--bootstrap-server',
      node.bootstrap,
      '--describe',
      '--group',
      'pair',
    ])
    expect(lag.stdout.match(/ 300 +300 +0 /g)).toHaveLength(4)
  }, 60_000)

  it('join a group of the classic protocol that is at work, and leave it to that again', async () => {
    const classic = read(node.bootstrap, 'mixed', 'classic', 'classic')
    await until(() => classic.lines.length >= 3 * COUNT)
    const consumer = read(node.bootstrap, 'mixed', 'consumer')
    await until(() => isStable(node.bootstrap, 'mixed', 2))
    await produceEvents(node.bootstrap, 3 * COUNT, 4 * COUNT)
    await until(() => classic.lines.length + consumer.lines.length >= 4 * COUNT)
    expect(consumer.lines.length).toBe(COUNT / 2)
    await consumer.stop()
    await produceEvents(node.bootstrap, 4 * COUNT, 5 * COUNT)
    await until(() => classic.lines.length + consumer.lines.length >= 5 * COUNT)
    expect([...classic.lines, ...consumer.lines].sort()).toEqual(events(0, 5 * COUNT))
    await classic.stop()
  }, 60_000)

  it("are described alike by Apache's tools at both brokers", async () => {
    const both = [apache.bootstrap, node.bootstrap] as const
    for (const bootstrap of both) read(bootstrap, 'seen', 'reader')
    for (const bootstrap of both) await until(() => isStable(bootstrap, 'seen', 1))
    for (const args of [
      '--describe --group seen --members --verbose',
      '--describe --group seen --state',
      '--describe --group seen --offsets --verbose',
    ]) {
      const [theirs, ours] = await Promise.all(
        both.map(async (bootstrap) => {
          const line = ['--bootstrap-server', bootstrap, ...args.split(' ')]
          return plain((await runTool('kafka-consumer-groups', line)).stdout, bootstrap)
        }),
      )
      expect(ours, args).toBe(theirs)
    }
  }, 60_000)
})

/** Without what is chance: ids of members, the port, how far the group has come, and so the width of columns. */
const plain = (text: string, bootstrap: string): string =>
  text
    .replaceAll(/[\w-]{22}(?= )/g, 'ID')
    .replaceAll(bootstrap, 'BROKER')
    .replaceAll(/ +/g, ' ')
    .replaceAll(/(?<= events \d) .* (?=ID )/g, ' OFFSETS ')
    .trim()

/** The topic's id, as requests name it. */
async function topicIdAt(client: RawClient): Promise<string> {
  const metadata = await client.call(Metadata, 12, { topics: [{ name: 'events' }] })
  return metadata?.topics[0]?.topicId as string
}

async function beat(client: RawClient, memberId: string, more: object) {
  const request = { groupId: 'kept', memberId, memberEpoch: 0, ...more }
  const { errorCode, memberEpoch, assignment } = (await client.call(ConsumerGroupHeartbeat, 1, request)) ?? {}
  return { errorCode, memberEpoch, assignment }
}
const joining = { rebalanceTimeoutMs: 60_000, subscribedTopicNames: ['events'], topicPartitions: [] }

/** A member that has everything, and one that waits for its part. */
async function makeGroup(port: number): Promise<void> {
  const client = await RawClient.connect(port)
  // That makes the topic of the offsets.
  await client.call(FindCoordinator, 2, { key: 'kept', keyType: 0 })
  await until(async () => (await beat(client, 'a', joining)).errorCode === 0)
  const { memberEpoch } = await beat(client, 'a', joining)
  const topicId = await topicIdAt(client)
  await beat(client, 'b', joining)
  // A new target may have to wait for a second after the one before.
  await until(async () => {
    const topicPartitions = [{ topicId, partitions: [0, 1, 2, 3] }]
    const { assignment } = await beat(client, 'a', { memberEpoch, topicPartitions })
    return assignment?.topicPartitions[0]?.partitions.length === 2
  })
  client.destroy()
}

/** The member gives up what it was asked to, and the other gets it: in the same epoch, for the group is the same. */
async function goOn(port: number, epoch: number): Promise<void> {
  const client = await RawClient.connect(port)
  const topicId = await topicIdAt(client)
  const kept = (await describedAt(`127.0.0.1:${port}`, 'kept'))?.members.find(({ memberId }) => memberId === 'a')
  const partitions = kept?.targetAssignment.topicPartitions[0]?.partitions as number[]
  const given = await beat(client, 'a', { memberEpoch: kept?.memberEpoch, topicPartitions: [{ topicId, partitions }] })
  expect(given).toMatchObject({ errorCode: 0, memberEpoch: epoch })
  const other = await beat(client, 'b', { memberEpoch: epoch - 1, topicPartitions: [] })
  expect(other.assignment?.topicPartitions[0]?.partitions).toHaveLength(2)
  expect((await describedAt(`127.0.0.1:${port}`, 'kept'))?.groupEpoch).toBe(epoch)
  client.destroy()
}

describe.skipIf(missing)('a group of consumers', () => {
  const there = PORT + 10
  const here = PORT + 20
  const properties = {
    'controller.quorum.voters': `1@127.0.0.1:${here + 1}`,
    listeners: `PLAINTEXT://127.0.0.1:${here},CONTROLLER://127.0.0.1:${here + 1}`,
    'controller.listener.names': 'CONTROLLER',
    'offsets.topic.num.partitions': '3',
  }

  it('goes on in a directory that the other kind of broker opens', async () => {
    const dir = join(work, 'exchanged')
    const ours = await startTestServer(properties, { dir, port: here })
    await makeTopic(ours.bootstrap)
    await makeGroup(here)
    const before = await describedAt(ours.bootstrap, 'kept')
    await ours.server.close()
    const copy = join(work, 'copy')
    cpSync(dir, copy, { recursive: true })

    const theirs = await startBroker(copy, there)
    await until(async () => (await describedAt(theirs.bootstrap, 'kept'))?.errorCode === 0)
    expect(sorted(await describedAt(theirs.bootstrap, 'kept'))).toEqual(sorted(before))
    await goOn(there, before?.groupEpoch as number)
    const after = await describedAt(theirs.bootstrap, 'kept')
    await theirs.stop()

    const again = await startTestServer(properties, { dir: copy, port: here })
    expect(sorted(await describedAt(again.bootstrap, 'kept'))).toEqual(sorted(after))
    await again.server.close()
  }, 90_000)

  it('goes on after kill -9', async () => {
    const dir = join(work, 'killed')
    const first = await startNode(dir, here)
    await makeTopic(`127.0.0.1:${here}`)
    await makeGroup(here)
    const before = await describedAt(`127.0.0.1:${here}`, 'kept')
    await killNode(first)
    const second = await startNode(dir, here)
    expect(await describedAt(`127.0.0.1:${here}`, 'kept')).toEqual(before)
    await goOn(here, before?.groupEpoch as number)
    await killNode(second)
  }, 60_000)
})

const sorted = (group: Awaited<ReturnType<typeof describedAt>>) => ({
  ...group,
  members: [...(group?.members ?? [])].sort((one, other) => (one.memberId < other.memberId ? -1 : 1)),
})
