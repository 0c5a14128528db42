import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Acl,
  type AclOperation,
  type AclResource,
  Admin,
  Consumer,
  KafkaError,
  Producer,
  type TopicDescription,
} from '../../src/client/index.ts'
import * as apis from '../../src/protocol/apis/index.ts'
import type { Api } from '../../src/protocol/schema/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { RawClient } from '../support/raw-client.ts'
import { isAmongNodes, sampleRequests } from '../support/sample-requests.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

/** A node whose ACLs keep users from what they may not do; Apache's broker is asked the same in authorizer.compat.test.ts. */
const users = ['admin', 'alice', 'bob', 'nobody']
let node: TestServer
let admin: Admin
let topicId: string

const loginOf = (user: string) => ({
  'bootstrap.servers': node.bootstrap,
  'security.protocol': 'SASL_PLAINTEXT',
  'sasl.mechanism': 'PLAIN',
  'sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required username="${user}" password="${user}";`,
})

const allow = (principal: string, operation: AclOperation, type: AclResource['type'], name: string): Acl => ({
  resource: { type, name, pattern: 'LITERAL' },
  entry: { principal, host: '*', operation, permission: 'ALLOW' },
})

beforeAll(async () => {
  const passwords = users.map((user) => `user_${user}="${user}"`).join(' ')
  node = await startTestServer({
    listeners: 'SASL_PLAINTEXT://127.0.0.1:0',
    'sasl.enabled.mechanisms': 'PLAIN',
    'listener.name.sasl_plaintext.plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required ${passwords};`,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:admin',
  })
  admin = new Admin(loginOf('admin'), nodeRuntime)
  await admin.createTopics([{ name: 't', partitions: 1 }])
  topicId = ((await admin.describeTopics(['t'])).get('t') as TopicDescription).topicId
  await admin.createAcls([
    allow('User:alice', 'WRITE', 'TOPIC', 't'),
    allow('User:bob', 'READ', 'TOPIC', 't'),
    allow('User:bob', 'READ', 'GROUP', 'g'),
  ])
})
afterAll(async () => {
  await admin?.close()
  await node?.close()
})

async function write(user: string): Promise<void> {
  const producer = new Producer(loginOf(user), nodeRuntime)
  try {
    await producer.send({ topic: 't', value: Buffer.from(user) })
  } finally {
    await producer.close()
  }
}

async function read(user: string, group: string): Promise<string[]> {
  const consumer = new Consumer({ ...loginOf(user), 'group.id': group, 'auto.offset.reset': 'earliest' }, nodeRuntime)
  try {
    consumer.subscribe(['t'])
    for (;;) {
      const records = [...(await consumer.poll(1000))]
      if (records.length > 0) return records.map(({ value }) => String(value))
    }
  } finally {
    await consumer.close()
  }
}

const errorOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'allowed',
    (error) => (error instanceof KafkaError ? error.error : String(error)),
  )

describe('a node with an authorizer', () => {
  it('lets users do what they may, and nothing else', async () => {
    await write('alice')
    expect(await read('bob', 'g')).toEqual(['alice'])
    expect(await errorOf(read('bob', 'other'))).toBe('GROUP_AUTHORIZATION_FAILED')
    expect(await errorOf(write('bob'))).toBe('CLUSTER_AUTHORIZATION_FAILED')
    expect(await errorOf(read('alice', 'g'))).toBe('GROUP_AUTHORIZATION_FAILED')
    expect(node.lines.filter((line) => line.includes('not allowed'))).toContain(
      'User:bob at 127.0.0.1 is not allowed to DESCRIBE GROUP other',
    )
  })

  it('knows its ACLs after a restart, and heeds changes at once', async () => {
    node = await node.restart()
    await admin.close()
    admin = new Admin(loginOf('admin'), nodeRuntime)
    await write('alice')
    const filter = {
      resource: { type: 'TOPIC', name: 't', pattern: 'LITERAL' },
      entry: { principal: 'User:alice', host: null, operation: 'ANY', permission: 'ANY' },
    } as const
    await admin.deleteAcls([filter])
    expect(await admin.describeAcls(filter)).toEqual([])
    expect(await errorOf(write('alice'))).toBe('TOPIC_AUTHORIZATION_FAILED')
  })
})

describe('a consumer that subscribes to a topic which it may not read', () => {
  it.each(['classic', 'consumer'])('hears of it by the %s protocol', async (protocol) => {
    const config = { ...loginOf('bob'), 'group.id': 'g', 'group.protocol': protocol }
    const consumer = new Consumer(config, nodeRuntime)
    consumer.subscribe(['t', 'secret'])
    await expect(
      (async () => {
        for (;;) await consumer.poll(1000)
      })(),
    ).rejects.toMatchObject({
      error: 'TOPIC_AUTHORIZATION_FAILED',
      message: 'Not authorized to access topics: [secret]',
    })
    await consumer.close()
  })
})

describe('somebody without any right', () => {
  /** What anybody may ask: of these, what must not be known is left out of the answer. */
  const harmless = [
    'ApiVersions',
    'DescribeCluster',
    'ListGroups',
    'ListTransactions',
    'SaslHandshake',
    'SaslAuthenticate',
  ]
  const tokens = ['CreateDelegationToken', 'RenewDelegationToken', 'ExpireDelegationToken', 'DescribeDelegationToken']
  const cases = (Object.values(apis) as Api[]).filter(
    (api) => !isAmongNodes(api) && ![...harmless, ...tokens].includes(api.name),
  )

  it.each(cases.map((api) => [api.name, api] as const))('is refused %s', async (name, api) => {
    const client = await RawClient.connect(node.port)
    await client.call(apis.SaslHandshake, 1, { mechanism: 'PLAIN' })
    await client.call(apis.SaslAuthenticate, 2, { authBytes: Buffer.from('\0nobody\0nobody') })
    const version = api.versions[1]
    const request = sampleRequests(topicId)[name]?.(version, name !== 'Metadata')
    const answer = await client.call(api, version, request as never)
    client.destroy()
    expect(JSON.stringify(answer)).toMatch(/[eE]rrorCode":(29|30|31|53)\b/)
  })
})
