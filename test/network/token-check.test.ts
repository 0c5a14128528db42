import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { BrokerConfig } from '../../src/config/broker.ts'
import { listenerLogins } from '../../src/config/listener-logins.ts'
import { BearerServer } from '../../src/network/sasl/bearer-server.ts'
import { tokenCheck } from '../../src/network/sasl/token-check.ts'
import type { Http, HttpReply } from '../../src/runtime/index.ts'
import { memoryRuntime } from '../support/memory-runtime.ts'

/** Tokens are made with OpenSSL, through Node. */
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const short = generateKeyPairSync('rsa', { modulusLength: 1024 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const jwk = (key: KeyObject, more: object) => ({ ...key.export({ format: 'jwk' }), ...more })

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

function signedToken(claims: object, header: object = { alg: 'RS256', kid: 'first' }, key = rsa.privateKey): string {
  const signed = `${part(header)}.${part(claims)}`
  const signature = createSign('SHA256').update(signed).sign({ key, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${signature.toString('base64url')}`
}
const unsigned = (claims: object): string => `${part({ alg: 'none' })}.${part(claims)}.`

let runtime: ReturnType<typeof memoryRuntime>
let replies: (HttpReply | Error)[]
let asked: string[]
beforeEach(() => {
  runtime = memoryRuntime()
  replies = []
  asked = []
})

const LISTENER = 'listener.name.sasl_plaintext.oauthbearer'
const SIGNED = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler'

function checkOf(properties: Readonly<Record<string, string>>, http?: Http) {
  const config = new BrokerConfig({
    listeners: 'SASL_PLAINTEXT://localhost:9092',
    'inter.broker.listener.name': 'SASL_PLAINTEXT',
    'sasl.enabled.mechanisms': 'OAUTHBEARER',
    'log.dirs': '/data',
    ...properties,
  })
  const rules = listenerLogins(config, 'SASL_PLAINTEXT')?.tokens
  if (!rules) throw new Error('no tokens are taken')
  return tokenCheck(rules, {
    ...runtime,
    http:
      http ??
      (async ({ url }) => {
        asked.push(url)
        const reply = replies.shift() ?? new Error('nobody answers')
        if (reply instanceof Error) throw reply
        return reply
      }),
  })
}

const seconds = () => runtime.clock.now() / 1000
const claims = (more: object = {}) => ({ sub: 'alice', iat: seconds(), exp: seconds() + 600, ...more })
const keys = (...list: object[]): HttpReply => ({ status: 200, body: JSON.stringify({ keys: list }) })

describe('tokens that a provider has signed', () => {
  const properties = {
    [`${LISTENER}.sasl.server.callback.handler.class`]: SIGNED,
    'sasl.oauthbearer.jwks.endpoint.url': 'https://id.example.com/keys',
  }
  const first = jwk(rsa.publicKey, { kid: 'first', use: 'sig' })

  it('say who it is, and until when', async () => {
    replies = [keys(first)]
    const check = checkOf(properties)
    const { principal, endsAt } = await check(signedToken(claims()))
    expect(principal).toEqual({ type: 'User', name: 'alice', byToken: false })
    expect(endsAt).toBe(Math.round((seconds() + 600) * 1000))
    await check(signedToken(claims()))
    expect(asked).toEqual(['https://id.example.com/keys'])
  })

  it('may be signed on an elliptic curve', async () => {
    replies = [keys(first, jwk(ec.publicKey, { kid: 'curve' }))]
    const token = signedToken(claims(), { alg: 'ES256', kid: 'curve' }, ec.privateKey)
    expect((await checkOf(properties)(token)).principal.name).toBe('alice')
  })

  it.each([
    ['with another signature', () => signedToken(claims()).replace(/.{8}$/, 'AAAAAAAA'), 'its signature is wrong'],
    [
      'of other claims',
      () => signedToken(claims()).replace(/\..*\./, `.${part(claims({ sub: 'root' }))}.`),
      'signature',
    ],
    ['of nobody', () => unsigned(claims()), 'has no key for it (kid undefined, alg none)'],
    ['by a secret that is the public key', () => signedToken(claims(), { alg: 'HS256', kid: 'first' }), 'has no key'],
    ['with an extension', () => signedToken(claims(), { alg: 'RS256', kid: 'first', crit: ['b64'] }), 'not known here'],
    [
      'by a short key',
      () => signedToken(claims(), { alg: 'RS256', kid: 'short' }, short.privateKey),
      'has no key for it',
    ],
    ['that has ended', () => signedToken(claims({ exp: seconds() - 31, iat: seconds() - 60 })), 'it has ended'],
    ['of the future', () => signedToken(claims({ iat: seconds() + 60 })), 'issued in the future'],
    ['that does not hold yet', () => signedToken(claims({ nbf: seconds() + 60 })), 'does not hold yet'],
    ['without an end', () => signedToken(claims({ exp: undefined })), 'does not say when it ends'],
    ['without a beginning', () => signedToken(claims({ iat: undefined })), 'when it was issued'],
    ['of no user', () => signedToken(claims({ sub: ' ' })), 'it names nobody (sub)'],
    ['in two parts', () => 'a.b', 'a token has three parts, and this one 2'],
    ['that is no JSON', () => 'a.b.c', 'the header of the token cannot be read'],
  ])('%s are not believed', async (_name, token, why) => {
    replies = [keys(first, jwk(short.publicKey, { kid: 'short' }))]
    await expect(checkOf(properties)(token())).rejects.toThrow(why)
  })

  it('must be for this cluster, and by its provider, where that is asked', async () => {
    const check = checkOf({
      ...properties,
      'sasl.oauthbearer.expected.audience': 'kafka,other',
      'sasl.oauthbearer.expected.issuer': 'https://id.example.com',
      'sasl.oauthbearer.sub.claim.name': 'client_id',
    })
    replies = [keys(first)]
    const right = { iss: 'https://id.example.com', aud: ['web', 'kafka'], client_id: 'billing' }
    expect((await check(signedToken(claims(right)))).principal.name).toBe('billing')
    await expect(check(signedToken(claims({ ...right, aud: 'web' })))).rejects.toThrow('it is for web, and not for')
    await expect(check(signedToken(claims({ ...right, iss: 'https://evil' })))).rejects.toThrow(
      'issued by https://evil',
    )
  })

  it('of a key that is new are believed when it has been published, and made up ones have nobody asked all the time', async () => {
    const check = checkOf(properties)
    replies = [keys(first), keys(first, jwk(ec.publicKey, { kid: 'second' }))]
    await check(signedToken(claims()))
    await runtime.clock.advance(200)
    await check(signedToken(claims(), { alg: 'ES256', kid: 'second' }, ec.privateKey))
    expect(asked).toHaveLength(2)
    const forged = signedToken(claims(), { alg: 'RS256', kid: 'forged' })
    for (let i = 0; i < 20; i++) await expect(check(forged)).rejects.toThrow('has no key for it (kid forged')
    expect(asked).toHaveLength(2)
  })

  it('are believed by the keys that are known while there are no new ones to be had', async () => {
    const check = checkOf({ ...properties, 'sasl.oauthbearer.jwks.endpoint.refresh.ms': '1000' })
    replies = [keys(first), { status: 503, body: '' }, new Error('connect ECONNREFUSED')]
    await check(signedToken(claims()))
    await runtime.clock.advance(1001)
    await check(signedToken(claims()))
    await runtime.clock.advance(1001)
    await check(signedToken(claims()))
    expect(asked).toHaveLength(3)
  })

  it('do not wait for new keys while there are old ones', async () => {
    let isAsked = 0
    const rules = { ...properties, 'sasl.oauthbearer.jwks.endpoint.refresh.ms': '1000' }
    const check = checkOf(rules, () => {
      isAsked++
      return isAsked === 1 ? Promise.resolve(keys(first)) : new Promise(() => {})
    })
    await check(signedToken(claims()))
    await runtime.clock.advance(1001)
    expect((await check(signedToken(claims()))).principal.name).toBe('alice')
    expect(isAsked).toBe(2)
  })

  it('cannot be believed without any key', async () => {
    await expect(checkOf(properties)(signedToken(claims()))).rejects.toThrow(
      'there are no keys from https://id.example.com/keys: nobody answers',
    )
  })

  it('have their keys in a file, where that is said', async () => {
    runtime.disk.writeFile('/keys.json', Buffer.from(keys(first).body))
    const check = checkOf({ ...properties, 'sasl.oauthbearer.jwks.endpoint.url': 'file:///keys.json' })
    expect((await check(signedToken(claims()))).principal.name).toBe('alice')
  })
})

describe('tokens that nobody has signed', () => {
  const module = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required'
  const jaas = (options: string) => ({ [`${LISTENER}.sasl.jaas.config`]: `${module} ${options};` })

  it('are taken where nothing else is said', async () => {
    expect((await checkOf({})(unsigned(claims()))).principal.name).toBe('alice')
    await expect(checkOf({})(signedToken(claims()))).rejects.toThrow('takes tokens that nobody has signed')
  })

  it('are looked at as the login module says', async () => {
    const check = checkOf(
      jaas('unsecuredValidatorPrincipalClaimName="user" unsecuredValidatorRequiredScope="read write"'),
    )
    expect((await check(unsigned(claims({ user: 'bob', scope: ['read', 'write'] })))).principal.name).toBe('bob')
    await expect(check(unsigned(claims({ user: 'bob', scope: 'read' })))).rejects.toMatchObject({
      status: 'insufficient_scope',
      scope: ['read', 'write'],
    })
  })
})

describe('the dialog', () => {
  const say = (server: BearerServer, text: string) => server.next(Buffer.from(text.replaceAll('|', '\x01')))

  it('has a refusal in an answer, and ends when the client has heard it', async () => {
    const server = new BearerServer(checkOf({}))
    expect(String((await say(server, 'n,,|auth=Bearer a.b.c||')).answer)).toBe('{"status":"invalid_token"}')
    await expect(say(server, '|')).rejects.toMatchObject({ tell: '{"status":"invalid_token"}' })
  })

  it('takes what clients tell beside the token', async () => {
    const step = await say(
      new BearerServer(checkOf({})),
      `n,a=alice,|auth=bearer ${unsigned(claims())}|traceId=1|||`.replace('|||', '||'),
    )
    expect(step.done?.principal.name).toBe('alice')
  })

  it.each(['', 'hello', 'n,,', 'n,,|auth=Basic abc||', 'n,,|other=x||', 'y,,|auth=Bearer a||', 'n,,|auth=Bearer a|'])(
    'is refused when it begins with %j',
    async (text) => {
      await expect(say(new BearerServer(checkOf({})), text)).rejects.toThrow(/the message/)
    },
  )
})

describe('properties', () => {
  const handler = `${LISTENER}.sasl.server.callback.handler.class`
  it.each([
    [{ [handler]: SIGNED }, 'set sasl.oauthbearer.jwks.endpoint.url'],
    [{ [handler]: 'com.example.Mine' }, 'com.example.Mine is not there'],
    [{ [handler]: SIGNED, 'sasl.oauthbearer.jwks.endpoint.url': 'ldap://x' }, 'begins with none of'],
    [{ 'sasl.server.callback.handler.class': SIGNED }, "names a part of Java's runtime"],
  ])('%o are refused', (properties, why) => {
    expect(() => checkOf(properties as Record<string, string>)).toThrow(why)
  })
})
