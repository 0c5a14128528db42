import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { Admin, Consumer, Producer } from '../../../src/client/index.ts'
import { nodeRuntime } from '../../../src/runtime/node/index.ts'
import { quickHeartbeats } from '../../support/group-readers.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'

/** Consumers that subscribe to a topic before it is there. Metadata as old as `metadata.max.age.ms` is five minutes late. */
let node: TestServer
let admin: Admin
let consumers: Consumer[] = []

beforeAll(async () => {
  node = await startTestServer(quickHeartbeats)
  admin = new Admin({ 'bootstrap.servers': node.bootstrap }, nodeRuntime)
})
afterEach(async () => {
  for (const consumer of consumers) await consumer.close()
  consumers = []
})
afterAll(async () => {
  await admin.close()
  await node.close()
})

function subscribed(group: string, topic: string, protocol = 'classic'): Consumer {
  const properties = { 'bootstrap.servers': node.bootstrap, 'group.id': group, 'group.protocol': protocol }
  const consumer = new Consumer(
    { ...properties, 'allow.auto.create.topics': 'false', 'auto.offset.reset': 'earliest' },
    nodeRuntime,
  )
  consumer.subscribe([topic])
  consumers.push(consumer)
  return consumer
}

async function make(topic: string): Promise<void> {
  await admin.createTopics([{ name: topic, partitions: 1 }])
  const producer = new Producer({ 'bootstrap.servers': node.bootstrap }, nodeRuntime)
  await producer.send({ topic, value: 'here' })
  await producer.close()
}

async function read(consumer: Consumer): Promise<string> {
  for (;;) for (const { value } of await consumer.poll(100)) return String(value)
}

/** Polls until the group has so many members and is at rest. */
async function settle(group: string, members: number, ...polling: Consumer[]): Promise<void> {
  for (;;) {
    for (const consumer of polling) await consumer.poll(50)
    const found = (await admin.describeConsumerGroups([group])).get(group)
    if (found && 'members' in found && found.state === 'Stable' && found.members.length === members) return
  }
}

it.each(['classic', 'consumer'])('a topic is read soon after it was made, %s', async (protocol) => {
  const topic = `late-${protocol}`
  const consumer = subscribed(topic, topic, protocol)
  await settle(topic, 1, consumer)
  await make(topic)
  expect(await read(consumer)).toBe('here')
})

it('a leader gives it to a member that subscribes to it, and does not itself', async () => {
  await make('early')
  const leader = subscribed('two', 'early')
  expect(await read(leader)).toBe('here')
  const other = subscribed('two', 'late-of-another')
  await settle('two', 2, leader, other)
  await make('late-of-another')
  const reading = read(other)
  let isRead = false
  void reading.then(() => {
    isRead = true
  })
  while (!isRead) await leader.poll(50)
  expect(await reading).toBe('here')
})
