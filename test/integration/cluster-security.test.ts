import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { Admin, Producer } from '../../src/index.ts'
import { ProcessCluster } from '../support/cluster.ts'
import { Certificates } from '../support/secure-broker.ts'

const dir = mkdtempSync(join(tmpdir(), 'cluster-security-'))
const certificates = new Certificates(join(dir, 'certificates'))
let cluster: ProcessCluster | undefined
beforeAll(() => certificates.make('node', 'IP:127.0.0.1'))
afterEach(() => cluster?.close())
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const login = (name: string, fields: string) =>
  `org.apache.kafka.common.security.${name}LoginModule required ${fields};`
const users = 'user_node="node-secret" user_root="root-secret" user_bob="bob-secret"'
const stores = {
  'ssl.keystore.type': 'PEM',
  'ssl.keystore.location': certificates.file('node-store.pem'),
  'ssl.truststore.type': 'PEM',
  'ssl.truststore.location': certificates.file('ca.pem'),
}
const nodes = {
  ...stores,
  'inter.broker.listener.name': 'PLAINTEXT',
  'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256',
  'sasl.mechanism.inter.broker.protocol': 'PLAIN',
  'sasl.mechanism.controller.protocol': 'PLAIN',
  'listener.name.controller.sasl.enabled.mechanisms': 'PLAIN',
  'listener.name.plaintext.plain.sasl.jaas.config': login(
    'plain.Plain',
    `username="node" password="node-secret" ${users}`,
  ),
  'listener.name.plaintext.scram-sha-256.sasl.jaas.config': login('scram.Scram', ''),
  'listener.name.controller.plain.sasl.jaas.config': login(
    'plain.Plain',
    'username="node" password="node-secret" user_node="node-secret"',
  ),
  'listener.name.controller.ssl.client.auth': 'required',
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:node;User:root;User:CN=node',
  'delegation.token.secret.key': 'secret of tokens',
}

it.each([
  ['SASL_PLAINTEXT', 'SASL_PLAINTEXT'],
  ['SASL_SSL', 'SSL'],
])(
  'knows who asks at every node: brokers %s, controllers %s',
  async (brokers, controllers) => {
    const map = { 'listener.security.protocol.map': `PLAINTEXT:${brokers},CONTROLLER:${controllers}` }
    cluster = await ProcessCluster.start(
      3,
      3,
      Object.entries({ ...nodes, ...map }).map(([name, value]) => `${name}=${value}`),
    )
    const addresses = cluster.bootstrap.split(',')
    const client = (at: string, mechanism: string, name: string, secret: string, more = '') => ({
      ...{ 'bootstrap.servers': at, 'security.protocol': brokers, 'sasl.mechanism': mechanism, 'retry.backoff.ms': 20 },
      ...{ 'ssl.truststore.type': 'PEM', 'ssl.truststore.location': stores['ssl.truststore.location'] },
      'sasl.jaas.config': login(
        mechanism === 'PLAIN' ? 'plain.Plain' : 'scram.Scram',
        `username="${name}" password="${secret}" ${more}`,
      ),
    })
    const asking = async <T>(properties: ReturnType<typeof client>, ask: (admin: Admin) => Promise<T>): Promise<T> => {
      const admin = new Admin(properties)
      try {
        return await ask(admin)
      } finally {
        await admin.close()
      }
    }
    const everywhere = async (ask: (at: string) => Promise<unknown>, wanted: unknown): Promise<void> => {
      for (const at of addresses) await expect.poll(() => ask(at), { timeout: 5000 }).toEqual(wanted)
    }
    const root = (at: string) => client(at, 'PLAIN', 'root', 'root-secret')
    const create = (properties: ReturnType<typeof client>, name: string) =>
      asking(properties, async (admin) => {
        const made = (await admin.createTopics([{ name, partitions: 1, replicationFactor: 3 }])).get(name)
        return made instanceof Error ? (made as { error?: string }).error : 'made'
      })
    const [first, second, third] = addresses as [string, string, string]
    await everywhere((at) => asking(root(at), async (admin) => (await admin.describeCluster()).nodes.length), 3)
    expect(await create(root(first), 't')).toBe('made')
    const producer = new Producer({ ...root(second), acks: 'all' })
    await producer.send({ topic: 't', value: 'replicated' })
    await producer.close()

    // What one node is told holds at all, whichever of them decides.
    const bob = (at: string) => client(at, 'PLAIN', 'bob', 'bob-secret')
    await everywhere((at) => create(bob(at), 'bob-0'), 'TOPIC_AUTHORIZATION_FAILED')
    const entry = { principal: 'User:bob', host: '*', operation: 'CREATE', permission: 'ALLOW' } as const
    const acl = { entry, resource: { type: 'TOPIC', name: 'bob-', pattern: 'PREFIXED' } } as const
    await asking(root(second), (admin) => admin.createAcls([acl]))
    await everywhere((at) => create(bob(at), `bob-${addresses.indexOf(at)}`), 'made')

    const token = await asking(bob(third), (admin) => admin.createDelegationToken())
    const secret = token.hmac.toString('base64')
    const holder = (at: string) => client(at, 'SCRAM-SHA-256', token.tokenId, secret, 'tokenauth=true')
    const enters = (at: string) =>
      asking(holder(at), async (admin) => (await admin.describeCluster()).nodes.length).catch(
        (error: { error?: string }) => error.error,
      )
    await everywhere(enters, 3)
    await asking(bob(first), (admin) => admin.expireDelegationToken(token.hmac, -1))
    await everywhere(enters, 'SASL_AUTHENTICATION_FAILED')
  },
  60_000,
)
