import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import * as storage from '../../src/cli/classic/storage.ts'
import { Admin } from '../../src/client/index.ts'
import {
  DescribeConfigs,
  IncrementalAlterConfigs,
  Metadata,
  SaslAuthenticate,
  SaslHandshake,
} from '../../src/protocol/apis/index.ts'
import { Errors } from '../../src/protocol/errors.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { RawClient } from '../support/raw-client.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { runClassic } from '../support/test-console.ts'

/** Logins at our node; Apache's broker is asked the same in security-listeners.compat.test.ts. */
const root = mkdtempSync(join(tmpdir(), 'logins-'))
const properties = {
  listeners: 'SASL_PLAINTEXT://127.0.0.1:0',
  'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-512',
  'listener.name.sasl_plaintext.plain.sasl.jaas.config':
    'org.apache.kafka.common.security.plain.PlainLoginModule required user_alice="alice-secret";',
  'listener.name.sasl_plaintext.plain.connections.max.reauth.ms': '150',
  'connection.failed.authentication.delay.ms': '0',
  'delegation.token.secret.key': 'secret-of-tokens',
}
let node: TestServer

beforeAll(async () => {
  const file = join(root, 'server.properties')
  writeFileSync(file, `log.dirs=${join(root, 'logs')}\nnode.id=1\nlisteners=SASL_PLAINTEXT://:1\n`)
  const user = ['--add-scram', 'SCRAM-SHA-512=[name=admin,password=admin-secret]']
  const { code, err } = await runClassic(storage, ['format', '-c', file, '-t', 'MkU3OEVBNTcwNTJENDM2Qg', ...user])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  node = await startTestServer(properties, { dir: root })
})
afterAll(async () => {
  await node?.close()
  rmSync(root, { recursive: true, force: true })
})

it('lets in the first user, who was made with the directory', async () => {
  const admin = new Admin(
    {
      'bootstrap.servers': node.bootstrap,
      'security.protocol': 'SASL_PLAINTEXT',
      'sasl.mechanism': 'SCRAM-SHA-512',
      'sasl.jaas.config':
        'org.apache.kafka.common.security.scram.ScramLoginModule required username="admin" password="admin-secret";',
    },
    nodeRuntime,
  )
  expect(await admin.listTopics()).toBeDefined()
  await admin.close()
})

it('takes nothing of a client whose login has ended', async () => {
  const client = await RawClient.connect(node.port)
  await client.call(SaslHandshake, 1, { mechanism: 'PLAIN' })
  const answer = await client.call(SaslAuthenticate, 2, { authBytes: Buffer.from('\0alice\0alice-secret') })
  expect(answer).toMatchObject({ errorCode: 0, sessionLifetimeMs: 150 })
  expect(await client.call(Metadata, 12, { topics: null })).toBeDefined()
  await nodeRuntime.clock.sleep(160)
  expect(await client.call(Metadata, 12, { topics: null })).toBeUndefined()
})

it('does not pretend to take over what a listener keeps from its start', async () => {
  const client = await RawClient.connect(node.port)
  await client.call(SaslHandshake, 1, { mechanism: 'PLAIN' })
  await client.call(SaslAuthenticate, 2, { authBytes: Buffer.from('\0alice\0alice-secret') })
  const name = 'listener.name.sasl_plaintext.plain.sasl.jaas.config'
  const configs = [{ name, configOperation: 0, value: 'x' }]
  const resources = [{ resourceType: 4, resourceName: '1', configs }]
  const answer = await client.call(IncrementalAlterConfigs, 1, { resources, validateOnly: false })
  expect(answer?.responses).toEqual([
    {
      errorCode: Errors.INVALID_REQUEST,
      errorMessage: `Cannot update these configs dynamically: [${name}]`,
      resourceType: 4,
      resourceName: '1',
    },
  ])
  client.destroy()
})

it('shows passwords to nobody', async () => {
  const client = await RawClient.connect(node.port)
  await client.call(SaslHandshake, 1, { mechanism: 'PLAIN' })
  await client.call(SaslAuthenticate, 2, { authBytes: Buffer.from('\0alice\0alice-secret') })
  const resources = [{ resourceType: 4, resourceName: '1', configurationKeys: null }]
  const answer = await client.call(DescribeConfigs, 4, {
    resources,
    includeSynonyms: true,
    includeDocumentation: false,
  })
  const configs = answer?.results[0]?.configs ?? []
  const [key] = configs.filter(({ name }) => name === 'delegation.token.secret.key')
  expect(key).toMatchObject({ value: null, isSensitive: true, synonyms: [{ value: null }] })
  expect(JSON.stringify(configs)).not.toContain('secret-of-tokens')
  client.destroy()
})

it('reads no large request of a client that has not logged in', async () => {
  const client = await RawClient.connect(node.port)
  const size = Buffer.alloc(4)
  size.writeInt32BE(524_289)
  client.write(size)
  expect(await client.frame()).toBeUndefined()
})

it('tells once of clients that do not log in', async () => {
  const before = node.lines.length
  for (let times = 0; times < 3; times++) {
    const client = await RawClient.connect(node.port)
    expect(await client.call(Metadata, 12, { topics: null })).toBeUndefined()
  }
  expect(node.lines.slice(before)).toEqual([
    `A client at 127.0.0.1 does not log in, and sends Metadata to the listener SASL_PLAINTEXT on port ${node.port}: its connections are closed`,
  ])
})
