import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { Admin } from '../../../src/client/index.ts'
import { adminConfig } from '../../../src/config/client.ts'
import { tlsSettings } from '../../../src/network/tls.ts'
import { nodeRuntime } from '../../../src/runtime/node/index.ts'
import { startTestServer } from '../../support/server.ts'

/** Stores that Java's keytool has written, which most users of secured clusters have. */
const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const truststore = (name: string, password?: string) => ({
  'ssl.truststore.location': file(name),
  ...(password !== undefined && { 'ssl.truststore.password': password }),
})
const keystore = (name: string, password: string, key?: string) => ({
  'ssl.keystore.location': file(name),
  'ssl.keystore.password': password,
  ...(key !== undefined && { 'ssl.key.password': key }),
})
const settings = (properties: Record<string, string>) =>
  tlsSettings(
    adminConfig({ 'bootstrap.servers': 'localhost:1', 'security.protocol': 'SSL', ...properties }).values,
    nodeRuntime.disk,
  )

const certificatesOf = (pem = ''): Buffer[] =>
  (pem.match(/-----BEGIN[\s\S]*?-----END CERTIFICATE-----/g) ?? []).map((one) => new X509Certificate(one).raw)

describe('truststores of Java', () => {
  it.each([
    ['trust.jks', 'secret1'],
    ['trust.jks', undefined],
    ['trust.p12', 'secret1'],
    ['trust-rc2.p12', 'secret1'],
  ])('%s with the password %s', (name, password) => {
    const found = certificatesOf(settings(truststore(name, password))?.trusted)
    const known = ['server.der', 'client.der'].map((der) => readFileSync(file(der)))
    expect(found.sort(Buffer.compare)).toEqual(known.sort(Buffer.compare))
  })

  it('may be a store of keys, whose owners are trusted', () => {
    const found = certificatesOf(settings(truststore('server.jks', 'secret1'))?.trusted)
    expect(found).toEqual([readFileSync(file('server.der'))])
  })

  it.each([
    ['trust.jks', 'another'],
    ['trust.p12', 'another'],
    ['trust.p12', undefined],
  ])('%s does not open with the password %s', (name, password) => {
    expect(() => settings(truststore(name, password))).toThrow(
      `ssl.truststore.location: ${file(name)} cannot be opened: ssl.truststore.password is missing or another one, or the file is damaged.`,
    )
  })
})

describe('keystores of Java', () => {
  it.each([
    ['server', 'server.jks', undefined],
    ['client', 'client.jks', 'secret2'],
    ['server', 'server-rc2.p12', undefined],
    ['client', 'client-rc2.p12', undefined],
  ])("%s's key in %s", (name, store, password) => {
    const own = settings(keystore(store, 'secret1', password))?.own
    if (!own || 'pkcs12' in own) throw new Error('no key')
    const [certificate] = certificatesOf(own.certificates)
    expect(certificate).toEqual(readFileSync(file(`${name}.der`)))
    expect(new X509Certificate(own.certificates).checkPrivateKey(createPrivateKey(own.key))).toBe(true)
  })

  it.each([
    [keystore('client.jks', 'secret1'), /key client in .* another password than ssl\.keystore\.password: set ssl\.key/],
    [keystore('client.jks', 'secret1', 'x'), /key client in .* another password than ssl\.key\.password/],
    [keystore('client.jks', 'x', 'secret2'), /ssl\.keystore\.password is missing or another one/],
    [keystore('server-rc2.p12', 'x'), /ssl\.keystore\.password is missing or another one/],
    [keystore('trust-rc2.p12', 'secret1'), /There is no private key in/],
    [{ 'ssl.keystore.location': file('client.jks') }, /The key in .* needs ssl\.keystore\.password/],
    [keystore('trust.jks', 'secret1'), /There is no private key in/],
  ])('%o', (properties, why) => {
    expect(() => settings(properties)).toThrow(why)
  })

  it('are damaged when they are cut anywhere', () => {
    const whole = readFileSync(file('client.jks'))
    for (let length = 4; length < whole.length; length += 7) {
      const disk = { ...nodeRuntime.disk, readFile: () => whole.subarray(0, length) }
      const { values } = adminConfig({
        'bootstrap.servers': 'localhost:1',
        'security.protocol': 'SSL',
        'ssl.keystore.location': 'cut',
        'ssl.key.password': 'secret2',
      })
      expect(() => tlsSettings(values, disk), `${length} bytes`).toThrow(
        /ssl\.keystore\.location: cut cannot be opened/,
      )
    }
  })
})

it('both ends of a connection take them', async () => {
  const node = await startTestServer({
    listeners: 'PLAINTEXT://127.0.0.1:0,SSL://127.0.0.1:0',
    'ssl.client.auth': 'required',
    ...keystore('server.jks', 'secret1'),
    ...truststore('trust.jks', 'secret1'),
  })
  try {
    for (const trusting of ['trust.jks', 'trust.p12', 'trust-rc2.p12']) {
      const properties = {
        'bootstrap.servers': `127.0.0.1:${node.server.listeners[1]?.port}`,
        'security.protocol': 'SSL',
        ...keystore('client.jks', 'secret1', 'secret2'),
        ...truststore(trusting, 'secret1'),
      }
      const admin = new Admin(properties, nodeRuntime)
      expect(await admin.listTopics()).toBeDefined()
      await admin.close()
    }
  } finally {
    await node.close()
  }
})
