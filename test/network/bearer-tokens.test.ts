import { beforeEach, describe, expect, it } from 'vitest'
import { adminConfig } from '../../src/config/client.ts'
import { credentialsOf } from '../../src/config/client-security.ts'
import { bearerExchange } from '../../src/network/sasl/bearer-client.ts'
import { BearerTokens } from '../../src/network/sasl/bearer-tokens.ts'
import type { HttpReply, HttpRequest } from '../../src/runtime/index.ts'
import { memoryRuntime } from '../support/memory-runtime.ts'

const MODULE = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule'
const bearer = (options: string, properties: Record<string, string> = {}) => {
  const all = {
    'bootstrap.servers': 'b:1',
    'security.protocol': 'SASL_SSL',
    'sasl.mechanism': 'OAUTHBEARER',
    'sasl.jaas.config': `${MODULE} required ${options};`,
    ...properties,
  }
  const credentials = credentialsOf(adminConfig(all).values)
  if (credentials?.mechanism !== 'OAUTHBEARER') throw new Error('no bearer')
  return credentials
}

let runtime: ReturnType<typeof memoryRuntime>
let asked: HttpRequest[]
let replies: (HttpReply | Error)[]
beforeEach(() => {
  runtime = memoryRuntime()
  asked = []
  replies = []
})
const tokensOf = (options: string, properties?: Record<string, string>): BearerTokens =>
  new BearerTokens(bearer(options, properties).source, {
    ...runtime,
    http: async (request) => {
      asked.push(request)
      const reply = replies.shift() ?? new Error('nobody answers')
      if (reply instanceof Error) throw reply
      return reply
    },
  })

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
/** A token that ends so many seconds after now. */
const ending = (name: string, seconds: number): string =>
  `${part({ alg: 'RS256' })}.${part({ sub: name, exp: runtime.clock.now() / 1000 + seconds })}.c2ln`
const given = (token: string, status = 200): HttpReply => ({
  status,
  body: JSON.stringify({ access_token: token, expires_in: 1, token_type: 'Bearer' }),
})

const ENDPOINT = { 'sasl.oauthbearer.token.endpoint.url': 'https://id.example/token' }
const WHO = 'clientId="me" clientSecret="s&cret" scope="kafka read"'

describe('a token of an endpoint', () => {
  it('is asked for as the client, once for all connections, and used for four fifths of its time', async () => {
    const tokens = tokensOf(WHO, ENDPOINT)
    const [first, second] = [ending('one', 100), ending('two', 200)]
    replies = [given(first), given(second)]
    expect(await Promise.all([tokens.get(), tokens.get()])).toEqual([first, first])
    expect(asked).toEqual([
      {
        method: 'POST',
        url: 'https://id.example/token',
        headers: {
          accept: 'application/json',
          authorization: `Basic ${Buffer.from('me:s&cret').toString('base64')}`,
          'cache-control': 'no-cache',
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: 'grant_type=client_credentials&scope=kafka+read',
        timeoutMs: 60_000,
      },
    ])
    await runtime.clock.advance(79_000)
    expect(await tokens.get()).toBe(first)
    await runtime.clock.advance(2000)
    expect(await tokens.get()).toBe(second)
  })

  it('may have its client in properties', async () => {
    const prefix = 'sasl.oauthbearer.client.credentials.client'
    const tokens = tokensOf('', {
      ...ENDPOINT,
      [`${prefix}.id`]: 'a b',
      [`${prefix}.secret`]: 'c+d',
      'sasl.oauthbearer.header.urlencode': 'true',
      'sasl.login.connect.timeout.ms': '1000',
      'sasl.login.read.timeout.ms': '2000',
      'sasl.login.callback.handler.class': `${MODULE.replace('OAuthBearerLoginModule', 'OAuthBearerLoginCallbackHandler')}`,
    })
    replies = [{ status: 200, body: '{"id_token":"opaque"}' }]
    expect(await tokens.get()).toBe('opaque')
    expect(asked[0]).toMatchObject({
      headers: { authorization: `Basic ${Buffer.from('a%20b:c%2Bd').toString('base64')}` },
      body: 'grant_type=client_credentials',
      timeoutMs: 3000,
    })
    // Nothing says how long it holds.
    replies = [given('other')]
    expect(await tokens.get()).toBe('other')
  })

  it.each([
    [
      { status: 401, body: '{"error":"invalid_client","error_description":"no such"}' },
      'no-token',
      /answered 401 \(invalid_client - no such\)\. Check/,
    ],
    [{ status: 200, body: '<html>' }, 'no-token', /gave no token: it answered 200\./],
    [given('with blank'), 'no-token', /What was given for a token is none/],
    [{ status: 503, body: '' }, 'other', /No token came from https:\/\/id\.example\/token: it answered 503/],
    [new Error('getaddrinfo ENOTFOUND id.example'), 'other', /No token came from .*: getaddrinfo ENOTFOUND/],
  ])('%o', async (reply, failure, message) => {
    replies = [reply]
    const error = await tokensOf(WHO, ENDPOINT)
      .get()
      .catch((caught: unknown) => caught)
    expect(error).toMatchObject({ failure, message: expect.stringMatching(message) })
    expect(String(error)).not.toContain('s&cret')
  })
})

it('a token of a file is read at each login', async () => {
  const tokens = tokensOf('', { 'sasl.oauthbearer.token.endpoint.url': 'file:///logs/token' })
  await expect(tokens.get()).rejects.toThrow('there is no file /logs/token.')
  const write = (text: string) => runtime.disk.writeFile('/logs/token', Buffer.from(text))
  write(' first\n')
  expect(await tokens.get()).toBe('first')
  write('second')
  expect(await tokens.get()).toBe('second')
})

it('a token that nobody has signed has the claims of the login module', async () => {
  const options = [
    'unsecuredLoginStringClaim_sub="dora"',
    'unsecuredLoginNumberClaim_age="7"',
    'unsecuredLoginListClaim_scope="|a|b"',
    'unsecuredLoginLifetimeSeconds="10"',
    'unsecuredLoginExtension_trace="x1"',
  ].join(' ')
  const token = await tokensOf(options).get()
  const [head, body, signature] = token.split('.').map((one) => Buffer.from(one, 'base64url').toString())
  const iat = runtime.clock.now() / 1000
  expect(JSON.parse(head ?? '')).toEqual({ alg: 'none' })
  expect(JSON.parse(body ?? '')).toEqual({ iat, exp: iat + 10, sub: 'dora', age: 7, scope: ['a', 'b'] })
  expect(signature).toBe('')
  const exchange = bearerExchange(token, bearer(options).extensions)
  expect(exchange.first().toString()).toBe(`n,,\x01auth=Bearer ${token}\x01trace=x1\x01\x01`)
  expect(await exchange.next(Buffer.alloc(0))).toBeUndefined()
  expect(await exchange.next(Buffer.from('{"status":"invalid_token"}'))).toEqual(Buffer.from('\x01'))
})

describe('what cannot be', () => {
  it.each([
    ['', {}, /needs a token: set sasl\.oauthbearer\.token\.endpoint\.url/],
    ['', ENDPOINT, /set sasl\.oauthbearer\.client\.credentials\.client\.id, or clientId in sasl\.jaas\.config/],
    ['clientId="me"', ENDPOINT, /client\.secret, or clientSecret/],
    ['', { 'sasl.oauthbearer.token.endpoint.url': 'ftp://x' }, /begins with none of https/],
    [WHO, { ...ENDPOINT, 'sasl.login.callback.handler.class': 'com.example.Iam' }, /com\.example\.Iam is not there/],
    [WHO, { ...ENDPOINT, 'sasl.oauthbearer.jwt.retriever.class': 'x.JwtBearerJwtRetriever' }, /is not there/],
  ])('%s %o', (options, properties, why) => {
    expect(() => bearer(options, properties as unknown as Record<string, string>)).toThrow(why)
  })
})
