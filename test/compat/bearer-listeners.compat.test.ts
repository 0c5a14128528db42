import { createSign, generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as consoleConsumer from '../../src/cli/classic/console-consumer.ts'
import * as consoleProducer from '../../src/cli/classic/console-producer.ts'
import { Metadata, SaslAuthenticate, SaslHandshake } from '../../src/protocol/apis/index.ts'
import { type ApacheBroker, apacheMissing, runTool, startBroker } from '../support/apache.ts'
import { password, Talk } from '../support/login-talks.ts'
import { RawClient } from '../support/raw-client.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { runClassic } from '../support/test-console.ts'

/** Logins with tokens: Apache's broker and ours believe the same ones, and say the same of the others. */
const missing = apacheMissing()
if (missing) console.warn(`Logins with tokens are not compared: ${missing}`)

const THEIRS = 24_840
const OURS = 24_850
/** Behind the first port: a listener for tokens that nobody has signed, and one for those that somebody has. */
const UNSIGNED = 2
const SIGNED = 3
const root = mkdtempSync(path.join(os.tmpdir(), 'bearer-listeners-'))
let apache: ApacheBroker
let node: TestServer

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const now = Math.floor(Date.now() / 1000)
const claims = (more: object = {}) => ({ sub: 'alice', iat: now, exp: now + 3600, ...more })
const unsigned = (more: object = {}, header: object = { alg: 'none' }) => `${part(header)}.${part(claims(more))}.`
function signed(more: object = {}, header: object = { alg: 'RS256', kid: 'one' }): string {
  const text = `${part(header)}.${part(claims({ iss: 'https://id', aud: 'kafka', ...more }))}`
  return `${text}.${createSign('SHA256').update(text).sign(privateKey).toString('base64url')}`
}

const keysFile = path.join(root, 'keys.json')
const module = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required'
const properties = (port: number, controller = ''): Record<string, string> => ({
  listeners: `PLAINTEXT://127.0.0.1:${port},UNSIGNED://127.0.0.1:${port + UNSIGNED},SIGNED://127.0.0.1:${port + SIGNED}${controller}`,
  'advertised.listeners': `PLAINTEXT://localhost:${port},UNSIGNED://localhost:${port + UNSIGNED},SIGNED://localhost:${port + SIGNED}`,
  'listener.security.protocol.map':
    'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,UNSIGNED:SASL_PLAINTEXT,SIGNED:SASL_PLAINTEXT',
  'sasl.enabled.mechanisms': 'OAUTHBEARER',
  'connection.failed.authentication.delay.ms': '0',
  'listener.name.unsigned.oauthbearer.sasl.jaas.config': `${module} unsecuredLoginStringClaim_sub="broker" unsecuredValidatorScopeClaimName="scp" unsecuredValidatorRequiredScope="kafka";`,
  'listener.name.signed.oauthbearer.sasl.jaas.config': `${module} unsecuredLoginStringClaim_sub="broker";`,
  'listener.name.signed.oauthbearer.sasl.server.callback.handler.class':
    'org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler',
  'listener.name.signed.oauthbearer.connections.max.reauth.ms': '60000',
  'sasl.oauthbearer.jwks.endpoint.url': `file://${keysFile}`,
  'sasl.oauthbearer.expected.audience': 'kafka,other',
  'sasl.oauthbearer.expected.issuer': 'https://id',
})

const first = (token: string, before = 'n,,', behind = '') =>
  `${before}\x01auth=Bearer ${token}\x01${behind}\x01`.replaceAll('|', '\x01')

/** What is sent, to which listener. */
const messages: readonly [string, number, string][] = [
  ['a token', UNSIGNED, first(unsigned({ scp: 'kafka' }))],
  ['a list of scopes', UNSIGNED, first(unsigned({ scp: ['web', 'kafka'] }))],
  ['a token without the scope', UNSIGNED, first(unsigned())],
  ['a token with another scope', UNSIGNED, first(unsigned({ scp: 'web' }))],
  ['a scope that is none', UNSIGNED, first(unsigned({ scp: 7 }))],
  ['a token that has ended', UNSIGNED, first(unsigned({ scp: 'kafka', exp: now - 5, iat: now - 50 }))],
  ['a token of the future', UNSIGNED, first(unsigned({ scp: 'kafka', iat: now + 900 }))],
  ['a token that ends before it begins', UNSIGNED, first(unsigned({ scp: 'kafka', iat: now - 5, exp: now - 6 }))],
  ['a token without an end', UNSIGNED, first(unsigned({ scp: 'kafka', exp: undefined }))],
  ['a token without a beginning', UNSIGNED, first(unsigned({ scp: 'kafka', iat: undefined }))],
  ['a token of nobody', UNSIGNED, first(unsigned({ scp: 'kafka', sub: undefined }))],
  ['a token of a number', UNSIGNED, first(unsigned({ scp: 'kafka', sub: 5 }))],
  ['a token that somebody has signed', UNSIGNED, first(signed({ scp: 'kafka' }))],
  ['no token', UNSIGNED, first('abc')],
  ['a name to act as', UNSIGNED, first(unsigned({ scp: 'kafka' }), 'n,a=alice,')],
  ['another name to act as', UNSIGNED, first(unsigned({ scp: 'kafka' }), 'n,a=bob,')],
  ['more beside the token', UNSIGNED, first(unsigned({ scp: 'kafka' }), 'n,,', 'traceId=1\x01')],
  ['no scheme', UNSIGNED, 'n,,\x01host=x\x01\x01'],
  ['channel binding', UNSIGNED, first(unsigned({ scp: 'kafka' }), 'y,,')],
  ['nothing', UNSIGNED, ''],
  ['no sense', UNSIGNED, 'hello'],
  ['a signed token', SIGNED, first(signed())],
  ['a token without a key id', SIGNED, first(signed({}, { alg: 'RS256' }))],
  ['a token for several', SIGNED, first(signed({ aud: ['web', 'other'] }))],
  ['a token for somebody else', SIGNED, first(signed({ aud: 'web' }))],
  ['a token for nobody', SIGNED, first(signed({ aud: undefined }))],
  ['a token of somebody else', SIGNED, first(signed({ iss: 'https://evil' }))],
  ['a token of another key', SIGNED, first(signed({}, { alg: 'RS256', kid: 'two' }))],
  ['a token with an extension', SIGNED, first(signed({}, { alg: 'RS256', kid: 'one', crit: ['x'], x: 1 }))],
  ['a token with a wrong signature', SIGNED, first(signed().replace(/.{6}$/, 'AAAAAA'))],
  ['a token that nobody has signed', SIGNED, first(unsigned({ iss: 'https://id', aud: 'kafka' }))],
  ['a signed token that has ended', SIGNED, first(signed({ exp: now - 60, iat: now - 600 }))],
  ['one that has ended within the skew', SIGNED, first(signed({ exp: now - 1, iat: now - 600 }))],
  ['a signed token without a beginning', SIGNED, first(signed({ iat: undefined }))],
  ['a signed token without an end', SIGNED, first(signed({ exp: undefined }))],
  ['a signed token that does not hold yet', SIGNED, first(signed({ nbf: now + 900 }))],
  ['a signed token of nobody', SIGNED, first(signed({ sub: undefined }))],
  ['a signed token of a blank name', SIGNED, first(signed({ sub: ' ' }))],
]

function fileOf(name: string, settings: Readonly<Record<string, string>>): string {
  const file = path.join(root, name)
  writeFileSync(
    file,
    Object.entries(settings)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  )
  return file
}

describe.skipIf(missing)("beside Apache's broker", { timeout: 120_000 }, () => {
  beforeAll(async () => {
    writeFileSync(keysFile, JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one' }] }))
    ;[apache, node] = await Promise.all([
      startBroker(path.join(root, 'apache'), THEIRS, properties(THEIRS, `,CONTROLLER://127.0.0.1:${THEIRS + 1}`), {
        'org.apache.kafka.sasl.oauthbearer.allowed.urls': `file://${keysFile}`,
      }),
      startTestServer(properties(OURS), { dir: path.join(root, 'ours') }),
    ])
  }, 120_000)
  afterAll(async () => {
    await node?.close()
    await apache?.stop()
    rmSync(root, { recursive: true, force: true })
  })

  it.each(messages)('%s', async (_name, listener, message) => {
    const [theirs, ours] = await Promise.all(
      [THEIRS, OURS].map(async (port) => {
        const client = await RawClient.connect(port + listener)
        const talk = new Talk(client)
        await talk.ask(SaslHandshake, 1, { mechanism: 'OAUTHBEARER' })
        await talk.ask(SaslAuthenticate, 2, password(message))
        if (String(talk.heard[1]).includes('status')) await talk.ask(SaslAuthenticate, 2, password('\x01'))
        else if (String(talk.heard[1]).includes('"errorCode":0')) await talk.ask(Metadata, 12, { topics: null })
        client.destroy()
        // How long a login holds is counted from when it was looked at.
        return talk.heard.map((said) => String(said).replace(/("sessionLifetimeMs":)\d{5,}/, '$1SOME'))
      }),
    )
    expect(ours).toEqual(theirs)
  })

  describe('at ours', () => {
    const at = (listener: number) => `localhost:${OURS + listener}`
    const byToken = (options: string, more: Record<string, string> = {}) => ({
      'security.protocol': 'SASL_PLAINTEXT',
      'sasl.mechanism': 'OAUTHBEARER',
      'sasl.jaas.config': `${module} ${options};`,
      ...more,
    })
    const scope = 'unsecuredLoginStringClaim_sub="alice" unsecuredLoginListClaim_scp=",kafka"'

    it("Apache's console tools write and read", async () => {
      const file = ['--command-config', fileOf('java.properties', byToken(scope))]
      const where = ['--bootstrap-server', at(UNSIGNED), '--topic', 'java', ...file]
      const made = await runTool('kafka-console-producer', where, { input: 'a\nb\n' })
      expect({ exitCode: made.exitCode, stderr: made.stderr }).toEqual({ exitCode: 0, stderr: '' })
      const read = await runTool('kafka-console-consumer', [...where, '--from-beginning', '--max-messages', '2'])
      expect(read.stdout).toBe('a\nb\n')
    })

    it('kcat writes and reads', async () => {
      const settings = [
        'security.protocol=SASL_PLAINTEXT',
        'sasl.mechanisms=OAUTHBEARER',
        'enable.sasl.oauthbearer.unsecure.jwt=true',
        'sasl.oauthbearer.config=principal=alice scopeClaimName=scp scope=kafka',
      ].flatMap((setting) => ['-X', setting])
      await execa('kcat', ['-b', at(UNSIGNED), '-P', '-t', 'kcat', '-p', '0', ...settings], { input: 'x\ny\n' })
      const read = ['-b', at(UNSIGNED), '-C', '-q', '-t', 'kcat', '-c', '2', '-o', 'beginning', ...settings]
      expect((await execa('kcat', read)).stdout).toBe('x\ny')
    })

    it('our console tools write and read with a signed token from a file', async () => {
      const token = path.join(root, 'token')
      writeFileSync(token, signed())
      const settings = byToken('', { 'sasl.oauthbearer.token.endpoint.url': `file://${token}` })
      const where = ['--bootstrap-server', at(SIGNED), '--topic', 'own']
      const file = ['--command-config', fileOf('own.properties', settings)]
      const made = await runClassic(consoleProducer, [...where, ...file], { input: 'a\nb\n' })
      expect({ code: made.code, err: made.err }).toEqual({ code: 0, err: '' })
      const read = [...where, ...file, '--from-beginning', '--max-messages', '2']
      expect((await runClassic(consoleConsumer, read)).out).toBe('a\nb\n')
    })

    it('nobody gets in with a token that has ended', async () => {
      const token = path.join(root, 'ended')
      writeFileSync(token, signed({ exp: now - 60, iat: now - 600 }))
      const settings = byToken('', { 'sasl.oauthbearer.token.endpoint.url': `file://${token}` })
      const where = ['--bootstrap-server', at(SIGNED), '--topic', 'own']
      const file = ['--command-config', fileOf('ended.properties', settings)]
      const made = await runClassic(consoleProducer, [...where, ...file], { input: 'a\n' })
      expect(made).toMatchObject({ code: 1, err: expect.stringContaining('invalid_token') })
    })
  })
})
