import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { classicTools } from '../../src/cli/classic/registry.ts'
import { Admin } from '../../src/client/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { runClassic } from '../support/test-console.ts'

/** A node and its clients whose passwords are in a file of their own; what variables mean is held against Java's in config-providers.test.ts. */
const root = mkdtempSync(join(tmpdir(), 'config-providers-'))
const secrets = join(root, 'secrets.properties')
const providers = {
  'config.providers': 'file',
  'config.providers.file.class': 'org.apache.kafka.common.config.provider.FileConfigProvider',
}
const variable = (key: string) => `\${file:${secrets}:${key}}`
const login = (password: string) =>
  `org.apache.kafka.common.security.plain.PlainLoginModule required username="alice" password="${password}";`
const client = { ...providers, 'security.protocol': 'SASL_PLAINTEXT', 'sasl.mechanism': 'PLAIN' }
let node: TestServer

beforeAll(async () => {
  writeFileSync(secrets, 'alice=not to be seen\npartitions=7\n')
  node = await startTestServer({
    ...providers,
    listeners: 'SASL_PLAINTEXT://127.0.0.1:0',
    'sasl.enabled.mechanisms': 'PLAIN',
    'listener.name.sasl_plaintext.plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required user_alice="${variable('alice')}";`,
    'num.partitions': variable('partitions'),
    'connection.failed.authentication.delay.ms': '0',
  })
})
afterAll(async () => {
  await node?.close()
  rmSync(root, { recursive: true, force: true })
})

it('are taken by nodes, by the library and by tools', async () => {
  const properties = { ...client, 'bootstrap.servers': node.bootstrap, 'sasl.jaas.config': login(variable('alice')) }
  const admin = new Admin(properties, nodeRuntime)
  const made = (await admin.createTopics([{ name: 'seven' }])).get('seven')
  expect(made).toMatchObject({ partitions: 7 })
  await admin.close()
  const file = join(root, 'client.properties')
  const lines = Object.entries(properties).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(file, lines.join(''))
  const { main } = await classicTools['topics']!()
  const args = ['--bootstrap-server', node.bootstrap, '--command-config', file, '--list']
  expect(await runClassic({ main }, args)).toEqual({ code: 0, out: 'seven\n', err: '' })
  expect(node.lines.join('\n')).not.toContain('not to be seen')
})

it('stay as they are written where nothing is found', async () => {
  const properties = { ...client, 'bootstrap.servers': node.bootstrap, 'sasl.jaas.config': login(variable('nobody')) }
  const admin = new Admin(properties, nodeRuntime)
  await expect(admin.listTopics()).rejects.toThrow('Authentication failed')
  await admin.close()
})
