import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import tls from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as configs from '../../src/cli/classic/configs.ts'
import * as consoleConsumer from '../../src/cli/classic/console-consumer.ts'
import * as consoleProducer from '../../src/cli/classic/console-producer.ts'
import * as delegationTokens from '../../src/cli/classic/delegation-tokens.ts'
import { Admin, Producer } from '../../src/client/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { apacheMissing, runTool } from '../support/apache.ts'
import { isBuilt, runBuilt } from '../support/built-commands.ts'
import { Certificates, type SecureBroker, startSecureBroker } from '../support/secure-broker.ts'
import { runClassic } from '../support/test-console.ts'

/** Logins, TLS and delegation tokens at Apache's broker, with Apache's tools beside ours. */
const missing = apacheMissing()
if (missing) console.warn(`TLS and logins are not tested: ${missing}`)

const PORT = 24_700
const root = mkdtempSync(path.join(os.tmpdir(), 'security-compat-'))
let certificates: Certificates
let broker: SecureBroker

/** Properties as they stand in a file. */
type Settings = Readonly<Record<string, string>>

const plain = (password = 'alice-secret', protocol = 'SASL_PLAINTEXT'): Settings => ({
  'security.protocol': protocol,
  'sasl.mechanism': 'PLAIN',
  'sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required username="alice" password="${password}";`,
})
const scram = (
  mechanism: string,
  password = 'carol "secret"',
  protocol = 'SASL_PLAINTEXT',
  name = 'carol',
  more = '',
) => ({
  'security.protocol': protocol,
  'sasl.mechanism': mechanism,
  'sasl.jaas.config': `org.apache.kafka.common.security.scram.ScramLoginModule required username="${name}" password="${password.replaceAll('"', '\\"')}"${more};`,
})
const bearer = (options = 'unsecuredLoginStringClaim_sub="dora"', more: Settings = {}): Settings => ({
  'security.protocol': 'SASL_PLAINTEXT',
  'sasl.mechanism': 'OAUTHBEARER',
  'sasl.jaas.config': `org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required ${options};`,
  ...more,
})
const trust = (): Settings => ({ 'ssl.truststore.type': 'PEM', 'ssl.truststore.location': certificates.file('ca.pem') })
const overTls = (): Settings => ({ 'security.protocol': 'SSL', ...trust() })

function fileOf(name: string, settings: Settings): string {
  const file = path.join(root, `${name}.properties`)
  const escaped = (value: string) => value.replaceAll('\\', '\\\\')
  writeFileSync(
    file,
    Object.entries(settings)
      .map(([key, value]) => `${key}=${escaped(value)}\n`)
      .join(''),
  )
  return file
}

/** Why a client cannot list topics; undefined when it can. */
async function failure(bootstrap: string, settings: Settings): Promise<string | undefined> {
  const admin = new Admin({ 'bootstrap.servers': bootstrap, 'default.api.timeout.ms': 4000, ...settings }, nodeRuntime)
  try {
    await admin.listTopics()
    return undefined
  } catch (error) {
    const { message, cause } = error as Error
    return cause instanceof Error ? `${message} ${cause.message}` : message
  } finally {
    await admin.close()
  }
}

describe.skipIf(missing)("at Apache's broker", { timeout: 120_000 }, () => {
  beforeAll(async () => {
    certificates = new Certificates(path.join(root, 'certificates'))
    certificates.make('broker', 'DNS:localhost')
    certificates.make('client', 'DNS:client')
    certificates.make('expired', 'DNS:localhost', '-days', '0')
    certificates.makePkcs12('client', 'p12-secret')
    broker = await startSecureBroker(path.join(root, 'broker'), PORT, certificates, {
      'connections.max.reauth.ms': '2500',
      'listener.name.sasl_ssl.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
      'listener.name.sasl_plaintext.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
      'listener.name.sasl_plaintext.oauthbearer.sasl.jaas.config':
        'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";',
    })
    const alter = [
      '--bootstrap-server',
      broker.plaintext,
      '--alter',
      '--entity-type',
      'users',
      '--entity-name',
      'carol',
    ]
    for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-512']) {
      const { code } = await runClassic(configs, [...alter, '--add-config', `${mechanism}=[password=carol "secret"]`])
      expect(code).toBe(0)
    }
  }, 120_000)
  afterAll(async () => {
    await broker?.stop()
    rmSync(root, { recursive: true, force: true })
  })

  describe('the console tools', () => {
    const ways = (): [string, string, Settings][] => [
      ['plain', broker.sasl, plain()],
      ['scram256', broker.sasl, scram('SCRAM-SHA-256')],
      ['bearer', broker.sasl, bearer()],
      ['scram512', broker.saslSsl, { ...scram('SCRAM-SHA-512', undefined, 'SASL_SSL'), ...trust() }],
      ['tls', broker.ssl, overTls()],
    ]

    it('produce and consume over every protocol and mechanism', async () => {
      for (const [name, bootstrap, settings] of ways()) {
        const file = fileOf(name, settings)
        const where = ['--bootstrap-server', bootstrap, '--topic', `t-${name}`]
        const made = await runClassic(consoleProducer, [...where, '--producer.config', file], { input: 'a\nb\n' })
        expect({ name, code: made.code, err: made.err }).toEqual({ name, code: 0, err: '' })
        const read = [...where, '--consumer.config', file, '--from-beginning', '--max-messages', '2']
        const { code, out } = await runClassic(consoleConsumer, read)
        expect({ name, code, out: out.replace(/^.* is deprecated .*\n/gm, '') }).toEqual({
          name,
          code: 0,
          out: 'a\nb\n',
        })
      }
    })

    it("read what Apache's wrote, with the same file", async () => {
      const file = fileOf('both', { ...scram('SCRAM-SHA-512', undefined, 'SASL_SSL'), ...trust() })
      const where = ['--bootstrap-server', broker.saslSsl, '--topic', 'theirs']
      const made = await runTool('kafka-console-producer', [...where, '--command-config', file], { input: 'x\ny\n' })
      expect(made.exitCode).toBe(0)
      const read = [...where, '--command-config', file, '--from-beginning', '--max-messages', '2']
      expect((await runClassic(consoleConsumer, read)).out).toBe('x\ny\n')
    })
  })

  it('logs in again on the connection before the time is over', async () => {
    const troubles: string[] = []
    const settings = { 'bootstrap.servers': broker.sasl, ...scram('SCRAM-SHA-256') }
    const producer = new Producer(settings, nodeRuntime, { warn: (sentence) => troubles.push(sentence) })
    const sent: Promise<unknown>[] = []
    for (let i = 0; i < 70; i++) {
      sent.push(producer.send({ topic: 't-plain', value: `v${i}` }))
      await nodeRuntime.clock.sleep(100)
    }
    await Promise.all(sent)
    await producer.close()
    expect(troubles).toEqual([])
  })

  it('names what is wrong with a login', async () => {
    expect(await failure(broker.sasl, plain('wrong'))).toBe('Authentication failed: Invalid username or password')
    expect(await failure(broker.sasl, scram('SCRAM-SHA-256', 'wrong'))).toBe(
      'Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-256',
    )
    writeFileSync(path.join(root, 'token'), 'no.token')
    const fromFile = { 'sasl.oauthbearer.token.endpoint.url': `file:${path.join(root, 'token')}` }
    expect(await failure(broker.sasl, bearer('', fromFile))).toBe('{"status":"invalid_token"}')
    expect(await failure(broker.saslSsl, { ...plain(undefined, 'SASL_SSL'), ...trust() })).toBe(
      "Client SASL mechanism 'PLAIN' not enabled in the server, enabled mechanisms are [SCRAM-SHA-512]",
    )
    expect(await failure(broker.plaintext, plain())).toMatch(/takes no login \(SASL\)/)
    expect(await failure(broker.sasl, {})).toMatch(/wants a login \(SASL\): set security\.protocol/)
  })

  it('names what is wrong with TLS', async () => {
    expect(await failure(broker.ssl, overTls())).toBeUndefined()
    expect(await failure(broker.ssl, { 'security.protocol': 'SSL' })).toMatch(
      /^SSL handshake failed: .* signed by nobody/,
    )
    const elsewhere = `127.0.0.1:${PORT + 3}`
    expect(await failure(elsewhere, overTls())).toMatch(/is for DNS:localhost, not for this host/)
    const unchecked = { ...overTls(), 'ssl.endpoint.identification.algorithm': '' }
    expect(await failure(elsewhere, unchecked)).toBeUndefined()
    expect(await failure(broker.plaintext, overTls())).toMatch(/does not answer in TLS/)
    expect(await failure(broker.sasl, { ...plain(undefined, 'SASL_SSL'), ...trust() })).toMatch(
      /does not answer in TLS/,
    )
    expect(await failure(broker.ssl, {})).toMatch(/speaks TLS, and was spoken to in plain text/)
  })

  it('names a certificate that has expired', async () => {
    const [cert, key] = ['expired.pem', 'expired.key'].map((name) => readFileSync(certificates.file(name)))
    const server = tls.createServer({ cert, key }, (socket) => socket.destroy())
    server.on('tlsClientError', () => {})
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    expect(await failure(`localhost:${port}`, overTls())).toMatch(/^SSL handshake failed: .* has expired/)
    server.close()
  })

  it('shows a certificate of its own, from PEM and PKCS12', async () => {
    const pem = { 'ssl.keystore.type': 'PEM', 'ssl.keystore.location': certificates.file('client-store.pem') }
    const pkcs12 = { 'ssl.keystore.location': certificates.file('client.p12'), 'ssl.keystore.password': 'p12-secret' }
    for (const [own, allowed] of [
      [pem, true],
      [pkcs12, true],
      [{}, false],
    ] as [Settings, boolean][]) {
      const admin = new Admin({ 'bootstrap.servers': broker.ssl, ...overTls(), ...own }, nodeRuntime)
      // Only whom the broker knows may ask for tokens.
      const asked = admin.createDelegationToken()
      if (allowed) expect((await asked).owner).toEqual({ type: 'User', name: 'CN=client' })
      else await expect(asked).rejects.toThrow('not allowed on PLAINTEXT/1-way SSL channels')
      await admin.close()
    }
    const wrong = { ...pkcs12, 'ssl.keystore.password': 'wrong' }
    expect(await failure(broker.ssl, { ...overTls(), ...wrong })).toMatch(/cannot be used .*ssl\.keystore\.password/)
  })

  describe('kafka-delegation-tokens', () => {
    const tokens = (args: readonly string[]) => {
      const file = fileOf('carol', scram('SCRAM-SHA-256'))
      return ['--bootstrap-server', broker.sasl, '--command-config', file, ...args]
    }
    const ours = (...args: string[]) => runClassic(delegationTokens, tokens(args))
    const theirs = async (...args: string[]) => {
      const { stdout, stderr, exitCode } = await runTool('kafka-delegation-tokens', tokens(args))
      return { code: exitCode, out: stdout, err: stderr }
    }
    /** Ids, secrets and dates differ; columns do not. */
    const normal = (out: string) =>
      out
        .replace(/[\w-]{22}(?=\s)/g, 'ID')
        .replace(/[A-Za-z0-9+/]{86}==/g, 'HMAC')
        .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d/g, 'DATE')
    const firstLine = (text: string) => text.split('\n')[0]

    it.each([
      [
        '--create',
        '--max-life-time-period',
        '-1',
        '--renewer-principal',
        'User:bob',
        '--renewer-principal',
        'User:eve',
      ],
      ['--create', '--max-life-time-period', '86400000', '--owner-principal', 'User:alice'],
      ['--describe', '--owner-principal', 'User:nobody'],
      ['--renew', '--hmac', 'AAAA', '--renew-time-period', '-1'],
      ['--expire', '--hmac', 'AAAA', '--expiry-time-period', '-1'],
      ['--create', '--max-life-time-period', '-1', '--renewer-principal', 'nobody'],
      ['--create', '--max-life-time-period', '-1', '--hmac', 'AAAA'],
      ['--expire', '--hmac', 'AAAA'],
    ])('%s %s %s %s %s %s %s', async (...args) => {
      const [a, b] = [await theirs(...args), await ours(...args)]
      expect({ code: b.code, out: normal(b.out), err: firstLine(b.err) }).toEqual({
        code: a.code,
        out: normal(a.out),
        err: firstLine(a.err),
      })
    })

    it('describes, renews and ends what the other made', async () => {
      const made = (await theirs('--create', '--max-life-time-period', '-1')).out
      const hmac = /[A-Za-z0-9+/]{86}==/.exec(made)?.[0] as string
      // The broker hears of a change a moment after its controller has made it.
      const all = async () => (await ours('--describe')).out
      await expect.poll(all, { timeout: 10_000 }).toContain(hmac)
      const described = ['--describe', '--owner-principal', 'User:carol']
      const [a, b] = [await theirs(...described), await ours(...described)]
      expect(b.out.split('\n').sort()).toEqual(a.out.split('\n').sort())
      // Without an owner Apache's shows none, against the word of its own help.
      expect(await all()).toContain(hmac)
      for (const args of [
        ['--renew', '--hmac', hmac, '--renew-time-period', '3600000'],
        ['--expire', '--hmac', hmac, '--expiry-time-period', '600000'],
      ])
        expect(normal((await ours(...args)).out)).toBe(normal((await theirs(...args)).out))
      await ours('--expire', '--hmac', hmac, '--expiry-time-period', '-1')
      await expect.poll(all, { timeout: 10_000 }).not.toContain(hmac)
    })

    it('makes tokens that log in, at both console tools', async () => {
      const { out } = await ours('--create', '--max-life-time-period', '-1')
      const [, id = '', hmac = ''] = /^(\S{22}) (\S+)/m.exec(out) ?? []
      const settings = scram('SCRAM-SHA-512', hmac, 'SASL_PLAINTEXT', id, ' tokenauth="true"')
      const file = fileOf('token', settings)
      const where = ['--bootstrap-server', broker.sasl, '--topic', 'by-token', '--command-config', file]
      // The broker learns of a token a moment after its controller has made it.
      await expect.poll(() => failure(broker.sasl, settings), { timeout: 10_000 }).toBeUndefined()
      expect(await runClassic(consoleProducer, where, { input: 'ours\n' })).toMatchObject({ code: 0, err: '' })
      expect((await runTool('kafka-console-producer', where, { input: 'theirs\n' })).exitCode).toBe(0)
      const read = [...where, '--from-beginning', '--max-messages', '2']
      expect((await runClassic(consoleConsumer, read)).out).toBe('ours\ntheirs\n')
      expect((await runTool('kafka-console-consumer', read)).stdout).toBe('ours\ntheirs\n')
      const again = [
        '--bootstrap-server',
        broker.sasl,
        '--command-config',
        file,
        '--create',
        '--max-life-time-period',
        '-1',
      ]
      expect((await runClassic(delegationTokens, again)).err).toContain('delegation token authenticated channels')
    })

    it.skipIf(!isBuilt())('has a native form, with a promised shape', async () => {
      const file = fileOf('native', scram('SCRAM-SHA-256'))
      const kafka = (args: string) => runBuilt(broker.sasl, `delegation-tokens ${args} --command-config ${file}`)
      const made = JSON.parse((await kafka('create --renewer bob --max-lifetime 1h --json')).out)
      const shape = {
        tokenId: expect.stringMatching(/^[\w-]{22}$/),
        hmac: expect.stringMatching(/^[A-Za-z0-9+/]{86}==$/),
        owner: 'User:carol',
        requester: 'User:carol',
        renewers: ['User:bob'],
        issuedAt: expect.any(Number),
        expiresAt: made.issuedAt + 3_600_000,
        maxAt: made.issuedAt + 3_600_000,
      }
      expect(made).toEqual(shape)
      const described = () => kafka('describe carol --json').then(({ out }) => JSON.parse(out).tokens)
      await expect.poll(described, { timeout: 15_000 }).toContainEqual(made)
      const [titles] = (await kafka('describe User:nobody -o csv')).out.split('\n')
      expect(titles).toBe('token-id,owner,requester,renewers,issued-at,expires-at,max-at,hmac')
      const renewed = JSON.parse((await kafka(`renew ${made.hmac} --for 30m --json`)).out)
      expect(renewed).toEqual({ expiresAt: expect.any(Number) })
      expect(await kafka(`expire ${made.hmac}`)).toMatchObject({
        code: 0,
        out: expect.stringMatching(/^The token ends at 2/),
      })
      const gone = await kafka(`renew ${made.hmac}`)
      expect(gone).toMatchObject({ code: 1, err: 'Delegation Token is not found on server.' })
      expect(await kafka('renew no-sense')).toMatchObject({
        code: 2,
        err: expect.stringMatching(/^The HMAC of a token is/),
      })
    })

    it('is refused on a channel without a login', async () => {
      const args = ['--bootstrap-server', broker.plaintext, '--command-config', fileOf('none', {}), '--describe']
      const { stdout, stderr, exitCode } = await runTool('kafka-delegation-tokens', args)
      const own = await runClassic(delegationTokens, args)
      expect([own.code, own.out, firstLine(own.err)]).toEqual([exitCode, stdout, firstLine(stderr)])
    })
  })
})
