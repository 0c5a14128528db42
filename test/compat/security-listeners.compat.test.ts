import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as configs from '../../src/cli/classic/configs.ts'
import * as consoleConsumer from '../../src/cli/classic/console-consumer.ts'
import * as consoleProducer from '../../src/cli/classic/console-producer.ts'
import * as delegationTokens from '../../src/cli/classic/delegation-tokens.ts'
import { Admin } from '../../src/client/index.ts'
import { SaslAuthenticate, SaslHandshake } from '../../src/protocol/apis/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { apacheMissing, runTool } from '../support/apache.ts'
import { ALICE, loginTalks, password, Talk } from '../support/login-talks.ts'
import { RawClient } from '../support/raw-client.ts'
import {
  Certificates,
  type SecureBroker,
  secureAddresses,
  secureProperties,
  startSecureBroker,
} from '../support/secure-broker.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { runClassic } from '../support/test-console.ts'
import { tokenTalk } from '../support/token-talk.ts'

/** Listeners of our broker with TLS and logins: what Apache's broker answers is answered here, and Apache's tools get in. */
const missing = apacheMissing()
if (missing) console.warn(`Listeners with TLS and logins are not tested: ${missing}`)

const THEIRS = 24_720
const OURS = 24_730
const root = mkdtempSync(path.join(os.tmpdir(), 'security-listeners-'))
let certificates: Certificates
let apache: SecureBroker
let node: TestServer

const extra = {
  'connections.max.reauth.ms': '60000',
  'connection.failed.authentication.delay.ms': '300',
  'listener.name.sasl_ssl.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
}

/** A user for SCRAM at both. */
async function addCarol(bootstrap: string): Promise<void> {
  const user = ['--bootstrap-server', bootstrap, '--alter', '--entity-type', 'users', '--entity-name', 'carol']
  for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-512']) {
    const { code } = await runClassic(configs, [...user, '--add-config', `${mechanism}=[password=carol-secret]`])
    expect(code).toBe(0)
  }
}

/** Properties as they stand in a file. */
type Settings = Readonly<Record<string, string>>

const trust = (name = 'ca'): Settings => ({
  'ssl.truststore.type': 'PEM',
  'ssl.truststore.location': certificates.file(`${name}.pem`),
})
const own = (name: string): Settings => ({
  'ssl.keystore.type': 'PEM',
  'ssl.keystore.location': certificates.file(`${name}-store.pem`),
})
const tls = (): Settings => ({ 'security.protocol': 'SSL', ...trust() })
function login(mechanism: string, secret?: string, name?: string): Settings {
  const isPlain = mechanism === 'PLAIN'
  const [user, usual] = isPlain ? ['alice', 'alice-secret'] : ['carol', 'carol-secret']
  const module = isPlain ? 'plain.PlainLoginModule' : 'scram.ScramLoginModule'
  return {
    'security.protocol': 'SASL_PLAINTEXT',
    'sasl.mechanism': mechanism,
    'sasl.jaas.config': `org.apache.kafka.common.security.${module} required username="${name ?? user}" password="${secret ?? usual}";`,
  }
}

/** The same in librdkafka's words. */
function kcatSettings(settings: Settings): Settings {
  const [, username, secret] = /username="(.*?)" password="(.*?)"/.exec(settings['sasl.jaas.config'] ?? '') ?? []
  return {
    'security.protocol': settings['security.protocol'] as string,
    ...(settings['sasl.mechanism'] && { 'sasl.mechanism': settings['sasl.mechanism'] }),
    ...(username && { 'sasl.username': username, 'sasl.password': secret as string }),
    ...(settings['ssl.truststore.location'] && { 'ssl.ca.location': settings['ssl.truststore.location'] }),
    ...(settings['ssl.keystore.location'] && {
      'ssl.key.location': certificates.file('client.key'),
      'ssl.certificate.location': certificates.file('client.pem'),
    }),
  }
}

function fileOf(name: string, settings: Settings): string {
  const file = path.join(root, `${name}.properties`)
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`)
  writeFileSync(file, lines.join(''))
  return file
}

describe.skipIf(missing)("beside Apache's broker", { timeout: 120_000 }, () => {
  beforeAll(async () => {
    certificates = new Certificates(path.join(root, 'certificates'))
    certificates.make('broker', 'DNS:localhost')
    certificates.make('client', 'DNS:client')
    certificates.make('expired', 'DNS:client', '-days', '0')
    const stranger = new Certificates(path.join(root, 'stranger'))
    stranger.make('client', 'DNS:client')
    copyFileSync(stranger.file('ca.pem'), certificates.file('stranger.pem'))
    copyFileSync(stranger.file('client-store.pem'), certificates.file('stranger-store.pem'))
    ;[apache, node] = await Promise.all([
      startSecureBroker(path.join(root, 'apache'), THEIRS, certificates, extra),
      startTestServer({ ...secureProperties(OURS, certificates), ...extra }, { dir: path.join(root, 'ours') }),
    ])
    await Promise.all([addCarol(apache.plaintext), addCarol(secureAddresses(OURS).plaintext)])
  }, 120_000)
  afterAll(async () => {
    await node?.close()
    await apache?.stop()
    rmSync(root, { recursive: true, force: true })
  })

  it.each(loginTalks)('%s', async (_name, says) => {
    const [theirs, ours] = await Promise.all(
      [THEIRS, OURS].map(async (port) => {
        const client = await RawClient.connect(port + 2)
        const talk = new Talk(client)
        await says(talk)
        client.destroy()
        return talk.heard
      }),
    )
    expect(ours).toEqual(theirs)
  })

  it("says why a login in another way is none, where Apache's says nothing", async () => {
    const client = await RawClient.connect(OURS + 2)
    const talk = new Talk(client)
    await talk.ask(SaslHandshake, 1, { mechanism: 'PLAIN' })
    await talk.ask(SaslAuthenticate, 2, password(ALICE))
    await talk.ask(SaslHandshake, 1, { mechanism: 'SCRAM-SHA-256' })
    await talk.ask(SaslAuthenticate, 2, password('n,,n=alice,r=abc'))
    await talk.closes()
    client.destroy()
    expect(talk.heard[3]).toContain(
      "SASL mechanism 'SCRAM-SHA-256' requested by client is not supported for re-authentication of mechanism 'PLAIN'",
    )
    expect(talk.heard[4]).toBe('closed')
  })

  it.each([
    ['a user who has logged in', 2],
    ['nobody', 0],
  ])('answers %s about delegation tokens', async (_name, offset) => {
    const [theirs, ours] = await Promise.all([THEIRS, OURS].map((port) => tokenTalk(port + offset, offset > 0)))
    expect(ours).toEqual(theirs)
  })

  describe('kafka-delegation-tokens', () => {
    const at = (port: number) => ['--bootstrap-server', `localhost:${port + 2}`, '--command-config']
    const asCarol = (port: number) => [...at(port), fileOf('carol', login('SCRAM-SHA-256'))]
    /** Ids, secrets and dates differ; columns do not. */
    const normal = (out: string) =>
      out
        .replace(/[\w-]{22}(?=\s)/g, 'ID')
        .replace(/[A-Za-z0-9+/]{86}==/g, 'HMAC')
        .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d/g, 'DATE')

    it("of Apache's and ours make, show, renew and end tokens, which log in", async () => {
      const theirs = await runTool('kafka-delegation-tokens', [
        ...asCarol(OURS),
        ...['--create', '--max-life-time-period', '-1', '--renewer-principal', 'User:bob'],
      ])
      expect(theirs).toMatchObject({ exitCode: 0, stderr: '' })
      const own = await runClassic(delegationTokens, [
        ...asCarol(OURS),
        ...['--create', '--max-life-time-period', '-1', '--renewer-principal', 'User:bob'],
      ])
      expect(normal(own.out)).toBe(normal(theirs.stdout))
      const [, id = '', hmac = ''] = /^(\S{22}) (\S+)/m.exec(own.out) ?? []
      const shown = await runTool('kafka-delegation-tokens', [
        ...asCarol(OURS),
        ...['--describe', '--owner-principal', 'User:carol'],
      ])
      expect(shown.stdout).toContain(hmac)
      const byToken = {
        ...login('SCRAM-SHA-512'),
        'sasl.jaas.config': `org.apache.kafka.common.security.scram.ScramLoginModule required username="${id}" password="${hmac}" tokenauth="true";`,
      }
      const where = ['--bootstrap-server', `localhost:${OURS + 2}`, '--topic', 'by-token']
      const file = ['--command-config', fileOf('by-token', byToken)]
      expect((await runTool('kafka-console-producer', [...where, ...file], { input: 'x\n' })).exitCode).toBe(0)
      const read = [...where, ...file, '--from-beginning', '--max-messages', '1']
      expect((await runClassic(consoleConsumer, read)).out).toBe('x\n')
      const again = [...at(OURS), fileOf('by-token', byToken), '--create', '--max-life-time-period', '-1']
      expect((await runClassic(delegationTokens, again)).err).toContain('delegation token authenticated channels')
      const ended = await runTool('kafka-delegation-tokens', [
        ...asCarol(OURS),
        ...['--expire', '--hmac', hmac, '--expiry-time-period', '-1'],
      ])
      expect(ended).toMatchObject({ exitCode: 0, stderr: '' })
      const admin = new Admin({ 'bootstrap.servers': `localhost:${OURS + 2}`, ...byToken }, nodeRuntime)
      await expect(admin.listTopics()).rejects.toThrow('invalid credentials')
      await admin.close()
    })
  })

  describe('by every protocol and mechanism', () => {
    const ways = (): [string, number, Settings][] => [
      ['plain', 2, login('PLAIN')],
      ['scram', 2, login('SCRAM-SHA-256')],
      ['tls', 3, tls()],
      ['mutual', 5, { ...tls(), ...own('client') }],
      ['scram-tls', 4, { ...login('SCRAM-SHA-512'), 'security.protocol': 'SASL_SSL', ...trust() }],
    ]

    it("lets Apache's console tools write and read", async () => {
      await Promise.all(
        ways()
          .filter(([name]) => name !== 'scram' && name !== 'tls')
          .map(async ([name, offset, settings]) => {
            const where = ['--bootstrap-server', `localhost:${OURS + offset}`, '--topic', `java-${name}`]
            const file = ['--command-config', fileOf(name, settings)]
            const made = await runTool('kafka-console-producer', [...where, ...file], { input: 'a\nb\n' })
            expect({ name, exitCode: made.exitCode, stderr: made.stderr }).toEqual({ name, exitCode: 0, stderr: '' })
            const read = [...where, ...file, '--from-beginning', '--max-messages', '2']
            expect((await runTool('kafka-console-consumer', read)).stdout).toBe('a\nb\n')
          }),
      )
    })

    it('lets kcat write and read', async () => {
      for (const [name, offset, settings] of ways()) {
        const broker = `localhost:${OURS + offset}`
        const options = Object.entries(kcatSettings(settings)).flatMap(([key, value]) => ['-X', `${key}=${value}`])
        await execa('kcat', ['-b', broker, '-P', '-t', `kcat-${name}`, '-p', '0', ...options], { input: 'x\ny\n' })
        const read = ['-b', broker, '-C', '-q', '-t', `kcat-${name}`, '-c', '2', '-o', 'beginning', ...options]
        expect((await execa('kcat', read)).stdout).toBe('x\ny')
      }
    })

    it('lets our console tools write and read', async () => {
      for (const [name, offset, settings] of ways()) {
        const where = ['--bootstrap-server', `localhost:${OURS + offset}`, '--topic', `own-${name}`]
        const file = ['--command-config', fileOf(name, settings)]
        const made = await runClassic(consoleProducer, [...where, ...file], { input: 'a\nb\n' })
        expect({ name, code: made.code, err: made.err }).toEqual({ name, code: 0, err: '' })
        const read = [...where, ...file, '--from-beginning', '--max-messages', '2']
        expect((await runClassic(consoleConsumer, read)).out).toBe('a\nb\n')
      }
    })
  })

  it("lets in whom Apache's kafka-configs has added, at once, and nobody whom it has taken out", async () => {
    const user = [
      '--bootstrap-server',
      `localhost:${OURS}`,
      '--alter',
      '--entity-type',
      'users',
      '--entity-name',
      'dora',
    ]
    const added = await runTool('kafka-configs', [...user, '--add-config', 'SCRAM-SHA-256=[password=dora-secret]'])
    expect(added).toMatchObject({ exitCode: 0, stdout: 'Completed updating config for user dora.\n' })
    const dora = { 'bootstrap.servers': `localhost:${OURS + 2}`, ...login('SCRAM-SHA-256', 'dora-secret', 'dora') }
    const admin = new Admin(dora, nodeRuntime)
    expect(await admin.listTopics()).toBeDefined()
    await admin.close()
    await runTool('kafka-configs', [...user, '--delete-config', 'SCRAM-SHA-256'])
    const again = new Admin(dora, nodeRuntime)
    await expect(again.listTopics()).rejects.toThrow('invalid credentials with SASL mechanism SCRAM-SHA-256')
    await again.close()
  })

  describe("Apache's tools say the same at both", () => {
    it.each([
      ['a wrong password', 2, () => login('PLAIN', 'wrong')],
      ['a wrong password with SCRAM', 2, () => login('SCRAM-SHA-512', 'wrong')],
      [
        'a mechanism that is not enabled',
        4,
        () => ({ ...login('PLAIN'), 'security.protocol': 'SASL_SSL', ...trust() }),
      ],
      ['a certificate that they do not trust', 3, () => ({ 'security.protocol': 'SSL', ...trust('stranger') })],
      ['a certificate of nobody', 5, () => tls()],
      ['a certificate of a stranger', 5, () => ({ ...tls(), ...own('stranger') })],
      ['a certificate that has expired', 5, () => ({ ...tls(), ...own('expired') })],
      [
        'a login at a listener without one',
        3,
        () => ({ ...login('PLAIN'), 'security.protocol': 'SASL_SSL', ...trust() }),
      ],
    ] as [string, number, () => Settings][])('about %s', async (name, offset, settings) => {
      const file = fileOf(name.replaceAll(' ', '-'), settings())
      const [theirs, ours] = await Promise.all(
        [THEIRS, OURS].map(async (port) => {
          const args = ['--bootstrap-server', `localhost:${port + offset}`, '--command-config', file, '--list']
          const { stdout, stderr, exitCode } = await runTool('kafka-topics', args)
          const told = `${stdout}${stderr}`
            .replaceAll(/^\[.*?\] |^\s+at .*\n/gm, '')
            .replaceAll(String(port + offset), 'PORT')
          return { exitCode, told }
        }),
      )
      expect(ours).toEqual(theirs)
      expect(ours?.exitCode).toBe(1)
    })
  })
})
