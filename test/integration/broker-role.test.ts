import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Admin, Consumer, Producer } from '../../src/client/index.ts'
import { Errors } from '../../src/protocol/errors.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { formatDirectory } from '../../src/server/format.ts'
import { type RunningServer, startServer } from '../../src/server/index.ts'
import { freePort } from '../support/free-ports.ts'

/**
 * A broker of ours in the cluster of a combined node of ours. Clients log in at the broker by SASL, brokers at the controller too, and an authorizer knows
 * whom a request is from.
 */
const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule required'
const users = 'user_admin="s" user_alice="s" user_node="s"'
const loginOf = (user: string, more = '') => `${plain} username="${user}" password="s" ${more};`
const work = mkdtempSync(join(tmpdir(), 'broker-role-'))
const lines: string[] = []
let ports: { first: number; controller: number; broker: number }
let first: RunningServer
let broker: RunningServer

const common = () => ({
  'controller.listener.names': 'CONTROLLER',
  'controller.quorum.bootstrap.servers': `127.0.0.1:${ports.controller}`,
  'group.initial.rebalance.delay.ms': '0',
  'offsets.topic.num.partitions': '2',
  'offsets.topic.replication.factor': '1',
  'broker.session.timeout.ms': '1500',
  'broker.heartbeat.interval.ms': '200',
  'listener.security.protocol.map': 'INSIDE:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT',
  'inter.broker.listener.name': 'INSIDE',
  'sasl.enabled.mechanisms': 'PLAIN',
  'sasl.mechanism.inter.broker.protocol': 'PLAIN',
  'sasl.mechanism.controller.protocol': 'PLAIN',
  'listener.name.inside.plain.sasl.jaas.config': loginOf('node', users),
  'listener.name.controller.plain.sasl.jaas.config': loginOf('node', users),
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:admin;User:node',
})

const startFirst = (): Promise<RunningServer> =>
  startServer({
    runtime: nodeRuntime,
    log: (line) => lines.push(`1 ${line}`),
    properties: {
      ...common(),
      'process.roles': 'broker,controller',
      'node.id': '1',
      listeners: `INSIDE://127.0.0.1:${ports.first},CONTROLLER://127.0.0.1:${ports.controller}`,
      'log.dirs': join(work, 'first'),
      'metadata.log.max.record.bytes.between.snapshots': '3000',
      'metadata.max.retention.bytes': '0',
    },
  })

const startBroker = (signal?: AbortSignal): Promise<RunningServer> =>
  startServer({
    runtime: nodeRuntime,
    log: (line) => lines.push(`2 ${line}`),
    ...(signal && { signal }),
    properties: {
      ...common(),
      'process.roles': 'broker',
      'node.id': '2',
      listeners: `INSIDE://127.0.0.1:${ports.broker}`,
      'log.dirs': join(work, 'second'),
    },
  })

const client = (user: string, more: Record<string, string> = {}) => ({
  'bootstrap.servers': `127.0.0.1:${ports.broker}`,
  'security.protocol': 'SASL_PLAINTEXT',
  'sasl.mechanism': 'PLAIN',
  'sasl.jaas.config': loginOf(user),
  ...more,
})

async function asking<T>(user: string, action: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Admin(client(user), nodeRuntime)
  try {
    return await action(admin)
  } finally {
    await admin.close()
  }
}

async function produce(topic: string, ...values: string[]): Promise<void> {
  const producer = new Producer(client('admin'), nodeRuntime)
  for (const value of values) await producer.send({ topic, value })
  await producer.close()
}

/** Of both nodes. */
async function read(topic: string, count: number): Promise<string[]> {
  const group = { 'group.id': 'readers', 'auto.offset.reset': 'earliest' }
  const consumer = new Consumer(client('admin', group), nodeRuntime)
  consumer.subscribe([topic])
  const values: string[] = []
  while (values.length < count) for (const { value } of await consumer.poll(100)) values.push(String(value))
  await consumer.close()
  return values.sort()
}

beforeAll(async () => {
  ports = { first: await freePort(), controller: await freePort(), broker: await freePort() }
  first = await startFirst()
  formatDirectory(nodeRuntime, join(work, 'second'), { clusterId: first.clusterId, nodeId: 2 })
  broker = await startBroker()
})
afterAll(async () => {
  await broker?.close()
  await first?.close()
  rmSync(work, { recursive: true, force: true })
})

describe('a broker that joins a combined node', () => {
  it('is in the cluster, and knows its topics as the other does', async () => {
    const { nodes } = await asking('admin', (admin) => admin.describeCluster())
    expect(nodes.map(({ id }) => id)).toEqual([1, 2])
    await asking('admin', (admin) => admin.createTopics([{ name: 't', partitions: 4, replicationFactor: 1 }]))
    await produce('t', 'a', 'b', 'c', 'd')
    expect(await read('t', 4)).toEqual(['a', 'b', 'c', 'd'])
  })

  it('has the controller decide in the name of the client', async () => {
    const topics = [{ name: 'hers', partitions: 1, replicationFactor: 1 }]
    const results = await asking('alice', (admin) => admin.createTopics(topics))
    expect(results.get('hers')).toMatchObject({ code: Errors.TOPIC_AUTHORIZATION_FAILED })
  })

  it('leads what the combined node has led, when that stops', async () => {
    const topics = [{ name: 'both', partitions: 6, replicationFactor: 2 }]
    await asking('admin', (admin) => admin.createTopics(topics))
    await produce('both', 'a', 'b')
    await first.close()
    const described = await asking('admin', (admin) => admin.describeTopics(['both']))
    const found = described.get('both')
    const leaders = found && 'partitions' in found ? found.partitions.map(({ leader }) => leader?.id) : []
    expect(leaders).toEqual([2, 2, 2, 2, 2, 2])
    const plainOne = new Producer(client('admin', { 'enable.idempotence': 'false', acks: '1' }), nodeRuntime)
    await plainOne.send({ topic: 'both', value: 'c' })
    await plainOne.close()
    first = await startFirst()
    expect(await read('both', 3)).toEqual(['a', 'b', 'c'])
  })

  it('ends a start that finds no controller at the first signal, and says once why it waits', async () => {
    await broker.close()
    await first.close()
    const abort = new AbortController()
    lines.length = 0
    const starting = startBroker(abort.signal)
    while (!lines.some((line) => line.startsWith('2 No active controller is found at 127.0.0.1:')))
      await nodeRuntime.clock.sleep(20)
    await nodeRuntime.clock.sleep(300)
    expect(lines.filter((line) => line.startsWith('2'))).toHaveLength(1)
    abort.abort()
    await expect(starting).rejects.toThrow('shutting down')
  })

  it('left with leave, and comes back with all that it had', async () => {
    const marker = JSON.parse(readFileSync(join(work, 'second', '.kafka_cleanshutdown'), 'utf8'))
    expect(marker.brokerEpoch).toBeGreaterThan(0)
    first = await startFirst()
    broker = await startBroker()
    await produce('t', 'e')
    expect(await read('t', 1)).toEqual(['e'])
  })

  it('begins with a snapshot where it has nothing and the controller no records from the beginning', async () => {
    await broker.close()
    rmSync(join(work, 'second', '__cluster_metadata-0'), { recursive: true })
    for (let n = 0; n < 60; n++) {
      const admin = new Admin({ ...client('admin'), 'bootstrap.servers': `127.0.0.1:${ports.first}` }, nodeRuntime)
      await admin.createTopics([{ name: `many-${n}`, partitions: 1, replicationFactor: 1 }])
      await admin.close()
    }
    lines.length = 0
    broker = await startBroker()
    // A second one may have been made while it registered.
    expect(lines.filter((line) => line.startsWith('2 Took over the metadata'))).not.toEqual([])
    const names = await asking('admin', (admin) => admin.listTopics())
    expect(JSON.stringify(names)).toContain('many-59')
  })
})
