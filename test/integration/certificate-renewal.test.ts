import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Admin, type KafkaError } from '../../src/client/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { Certificates } from '../support/secure-broker.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

/** A listener that is given new certificates while its node runs (KIP-226). */
const root = mkdtempSync(join(tmpdir(), 'renewal-'))
const KEYSTORE = 'listener.name.ssl.ssl.keystore.location'
let certificates: Certificates
let node: TestServer
let admin: Admin

const file = (name: string) => join(root, name)
const useAs = (name: string, target: string) => copyFileSync(certificates.file(`${name}.p12`), file(target))

beforeAll(async () => {
  certificates = new Certificates(join(root, 'certificates'))
  for (const name of ['first', 'second', 'third']) {
    certificates.make(name, 'DNS:localhost,IP:127.0.0.1')
    certificates.makePkcs12(name, 'secret')
  }
  useAs('first', 'broker.p12')
  node = await startTestServer({
    listeners: 'PLAINTEXT://127.0.0.1:0,SSL://127.0.0.1:0',
    'ssl.keystore.location': file('broker.p12'),
    'ssl.keystore.password': 'secret',
  })
  admin = new Admin({ 'bootstrap.servers': node.bootstrap }, nodeRuntime)
})
afterAll(async () => {
  await admin?.close()
  await node?.close()
  rmSync(root, { recursive: true, force: true })
})

/** The name in the certificate that somebody who comes now is shown. */
async function shown(): Promise<string | undefined> {
  const port = node.server.listeners[1]?.port ?? 0
  const socket = tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false })
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
  const name = socket.getPeerCertificate().subject.CN
  socket.destroy()
  return String(name)
}

async function set(
  op: 'set' | 'delete',
  value: string,
  name = KEYSTORE,
  broker = '1',
): Promise<KafkaError | undefined> {
  const ops = [op === 'set' ? { name, op, value } : ({ name, op } as const)]
  const outcomes = await admin.incrementalAlterConfigs([{ type: 'broker', name: broker, ops }])
  return [...outcomes.values()][0]
}

it('shows them to whoever comes from then on, and those of its file again afterwards', async () => {
  expect(await shown()).toBe('first')
  useAs('second', 'other.p12')
  expect(await set('set', file('other.p12'))).toBeUndefined()
  await expect.poll(shown).toBe('second')
  // The same file, with something else in it.
  useAs('third', 'other.p12')
  expect(await set('set', file('other.p12'))).toBeUndefined()
  await expect.poll(shown).toBe('third')

  node = await node.restart()
  await admin.close()
  admin = new Admin({ 'bootstrap.servers': node.bootstrap }, nodeRuntime)
  expect(await shown()).toBe('third')
  expect(await set('delete', '')).toBeUndefined()
  await expect.poll(shown).toBe('first')
})

it('refuses what a listener could not use, and goes on with what it has', async () => {
  const before = await shown()
  expect((await set('set', file('nowhere.p12')))?.message).toMatch(/^Listener SSL: .*nowhere\.p12/)
  writeFileSync(file('broken.p12'), 'no store')
  expect((await set('set', file('broken.p12')))?.error).toBe('INVALID_REQUEST')
  expect((await set('set', 'wrong', 'listener.name.ssl.ssl.keystore.password'))?.error).toBe('INVALID_REQUEST')
  expect((await set('set', file('other.p12'), KEYSTORE, ''))?.message).toMatch(/default cluster level/)
  expect((await set('set', 'required', 'listener.name.ssl.ssl.client.auth'))?.message).toMatch(/dynamically/)
  expect(await shown()).toBe(before)
})
