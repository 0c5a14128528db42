import { afterAll, beforeAll, beforeEach, describe, it } from 'vitest'
import { Admin } from '../../src/client/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { isBuilt } from '../support/built-commands.ts'
import { examplesOf, Home } from '../support/examples.ts'
import { atApache, startTestServer, type TestServer } from '../support/server.ts'

/** The examples about delegation tokens, at our node with a listener for logins. At Apache's the commands are run by security.compat.test.ts. */
const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule required'
const skipped = atApache || !isBuilt()
const home = new Home()
let server: TestServer
let admin: Admin
let hmac: string

beforeAll(async () => {
  if (skipped) return
  server = await startTestServer({
    listeners: 'SASL_PLAINTEXT://127.0.0.1:0',
    'sasl.enabled.mechanisms': 'PLAIN',
    'listener.name.sasl_plaintext.plain.sasl.jaas.config': `${plain} user_alice="alice-secret";`,
    'delegation.token.secret.key': 'secret-of-tokens',
  })
  const staging = {
    'bootstrap.servers': server.bootstrap,
    'security.protocol': 'SASL_PLAINTEXT',
    'sasl.mechanism': 'PLAIN',
    'sasl.jaas.config': `${plain} username="alice" password="alice-secret";`,
  }
  home.write('kafka-toolset/profiles.json', JSON.stringify({ profiles: { staging } }))
  admin = new Admin(staging, nodeRuntime)
})
beforeEach(async () => {
  if (!skipped) hmac = (await admin.createDelegationToken()).hmac.toString('base64')
})
afterAll(async () => {
  home.remove()
  await admin?.close()
  await server?.close()
})

describe.skipIf(skipped)('delegation tokens, in the examples of the help', () => {
  it.each(examplesOf('delegation-tokens'))('%s', (line) =>
    home.succeeds(line.replace('bWFkZSBieSBjcmVhdGU=', hmac), server.bootstrap),
  )
})
