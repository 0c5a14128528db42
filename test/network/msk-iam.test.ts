import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { adminConfig } from '../../src/config/client.ts'
import { type Credentials, credentialsOf } from '../../src/config/client-security.ts'
import { ClientLogin } from '../../src/network/sasl/client-login.ts'
import { AwsKeySource } from '../../src/network/sasl/msk-iam/aws-keys.ts'
import type { Surroundings } from '../../src/network/sasl/msk-iam/key-sources.ts'
import { regionOf, signedLogin } from '../../src/network/sasl/msk-iam/signature.ts'
import type { Runtime } from '../../src/runtime/index.ts'
import { fromUtc } from '../../src/std/calendar.ts'

/** What version 2.3.2 of Amazon's library for Java says first, at brokers of several regions, with the keys of a user and those of a role. */
const golden = readFileSync(join(import.meta.dirname, 'golden/msk-iam.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))

const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'

describe('the login of AWS_MSK_IAM', () => {
  it.each(golden)('is signed as in Java: $host', (said) => {
    const at = said['x-amz-date'].replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z')
    const [id] = said['x-amz-credential'].split('/')
    const own = JSON.parse(
      signedLogin({
        ...{ host: said.host, region: regionOf(said.host) as string, userAgent: said['user-agent'] },
        keys: { id, secret, token: said['x-amz-security-token'] },
        now: fromUtc(at) as number,
      }).toString(),
    )
    // Java's time runs on between the two looks that it takes at its clock.
    if (said['x-amz-expires'] === '900') expect(own).toEqual(said)
    else expect(Object.keys(own).sort()).toEqual(Object.keys(said).sort())
  })

  it('knows no region of other names', () => {
    expect(regionOf('localhost')).toBeUndefined()
    expect(regionOf('kafka.example.com')).toBeUndefined()
  })
})

const NOW = Date.UTC(2026, 0, 1)

interface Place {
  readonly environment?: Record<string, string>
  readonly files?: Record<string, string>
  readonly answers?: Record<string, { status: number; body: string }>
}

/** Surroundings with these files, variables and servers. */
function source(profile: string | undefined, { environment = {}, files = {}, answers = {} }: Place) {
  const asked: string[] = []
  const clock = { now: () => NOW }
  const surroundings = {
    clock,
    environment: { HOME: '/home', ...environment },
    disk: { readFile: (path: string) => (files[path] === undefined ? undefined : Buffer.from(files[path])) },
    http: async ({ method, url }: { method: string; url: string }) => {
      asked.push(`${method} ${url}`)
      const answer = answers[`${method} ${url}`]
      if (!answer) throw new Error('connect ECONNREFUSED')
      return answer
    },
  }
  return { surroundings, keys: new AwsKeySource(profile, surroundings as unknown as Surroundings), asked, clock }
}

const json = (id: string, minutes: number) => ({
  status: 200,
  body: JSON.stringify({
    ...{ AccessKeyId: id, SecretAccessKey: 's', Token: 't' },
    Expiration: new Date(NOW + minutes * 60_000).toISOString(),
  }),
})
const MACHINE = 'http://169.254.169.254/latest'
const inMachine = {
  [`PUT ${MACHINE}/api/token`]: { status: 200, body: 'session' },
  [`GET ${MACHINE}/meta-data/iam/security-credentials/`]: { status: 200, body: 'role\n' },
  [`GET ${MACHINE}/meta-data/iam/security-credentials/role`]: json('MACHINE', 60),
}
const files = {
  '/home/.aws/credentials':
    '[default]\naws_access_key_id = DEFAULT\naws_secret_access_key=s\n[other]\naws_access_key_id=OTHER\naws_secret_access_key=s\n',
  '/home/.aws/config': '[profile sso]\nsso_session = corp\n[default]\nregion = eu-north-1\n',
}
const variables = { AWS_ACCESS_KEY_ID: 'VARIABLE', AWS_SECRET_ACCESS_KEY: 's' }
const container = { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/x' }
const inContainer = { 'GET http://169.254.170.2/v2/x': json('CONTAINER', 60) }
const identity = { AWS_WEB_IDENTITY_TOKEN_FILE: '/token', AWS_ROLE_ARN: 'arn:aws:iam::1:role/r' }
const inSts = {
  'POST https://sts.eu-west-1.amazonaws.com/': {
    status: 200,
    body: '<R><Credentials><AccessKeyId>ROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2026-01-01T01:00:00Z</Expiration></Credentials></R>',
  },
}

describe('keys for AWS_MSK_IAM', () => {
  it.each<[string, string | undefined, Place]>([
    ['VARIABLE', undefined, { environment: { ...variables, ...container }, files }],
    [
      'ROLE',
      undefined,
      { environment: { ...identity, ...container }, files: { ...files, '/token': 'jwt' }, answers: inSts },
    ],
    ['DEFAULT', undefined, { environment: container, files, answers: inContainer }],
    ['OTHER', undefined, { environment: { AWS_PROFILE: 'other' }, files }],
    ['OTHER', 'other', { environment: variables, files }],
    ['CONTAINER', undefined, { environment: container, answers: { ...inContainer, ...inMachine } }],
    ['MACHINE', undefined, { answers: inMachine }],
  ])('come from where they are first: %s', async (id, profile, place) => {
    expect((await source(profile, place).keys.keys('eu-west-1')).id).toBe(id)
  })

  it('are kept until five minutes before their end', async () => {
    const { keys, asked, clock } = source(undefined, { answers: inMachine })
    await keys.keys('eu-west-1')
    await keys.keys('eu-west-1')
    expect(asked).toHaveLength(3)
    clock.now = () => NOW + 56 * 60_000
    await keys.keys('eu-west-1')
    expect(asked).toHaveLength(6)
  })

  it.each<[string, string | undefined, Place]>([
    [
      'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
      undefined,
      { environment: { AWS_EC2_METADATA_DISABLED: 'true' } },
    ],
    ['the profile nowhere has none', 'nowhere', { files, environment: variables }],
    ['the profile sso has no keys, but sso_session: run eval "$(aws configure export-credentials', 'sso', { files }],
    [
      'http://169.254.170.2/v2/x answered 403',
      undefined,
      { environment: container, answers: { 'GET http://169.254.170.2/v2/x': { status: 403, body: '' } } },
    ],
    ['there is no token in /token', undefined, { environment: identity }],
  ])('that are missing are told of: %s', async (sentence, profile, place) => {
    await expect(source(profile, place).keys.keys('eu-west-1')).rejects.toThrow(sentence)
  })

  it('are for the region of the broker, or the one that is set', () => {
    const regionFor = (host: string, place: Place) => source(undefined, place).keys.regionFor(host)
    expect(regionFor('b-1.x.kafka.us-east-1.amazonaws.com', { environment: { AWS_REGION: 'eu-west-1' } })).toBe(
      'us-east-1',
    )
    expect(regionFor('localhost', { environment: { AWS_REGION: 'eu-west-1' }, files })).toBe('eu-west-1')
    expect(regionFor('localhost', { files })).toBe('eu-north-1')
    expect(() => regionFor('localhost', {})).toThrow('set AWS_REGION')
  })
})

describe("the properties that Amazon's documents give", () => {
  const given = {
    'bootstrap.servers': 'b-1.x.kafka.eu-west-1.amazonaws.com:9098',
    'security.protocol': 'SASL_SSL',
    'sasl.mechanism': 'AWS_MSK_IAM',
    'sasl.jaas.config':
      'software.amazon.msk.auth.iam.IAMLoginModule required awsProfileName="other" awsDebugCreds=true;',
    'sasl.client.callback.handler.class': 'software.amazon.msk.auth.iam.IAMClientCallbackHandler',
  }

  it('are taken, and log in by one message', async () => {
    const credentials = credentialsOf(adminConfig(given).values)
    expect(credentials).toEqual({ mechanism: 'AWS_MSK_IAM', profile: 'other' })
    const { surroundings } = source('other', { files })
    const login = new ClientLogin(credentials as Credentials, surroundings as unknown as Runtime)
    const exchange = await login.exchangeAt('b-1.x.kafka.eu-west-1.amazonaws.com')
    expect(JSON.parse(exchange.first().toString())).toMatchObject({
      host: 'b-1.x.kafka.eu-west-1.amazonaws.com',
      'x-amz-credential': 'OTHER/20260101/eu-west-1/kafka-cluster/aws4_request',
    })
    expect(await exchange.next(Buffer.from('{"version":"2020_10_22","request-id":"1"}'))).toBeUndefined()
  })

  it('that cannot be heeded are refused', () => {
    const module = 'software.amazon.msk.auth.iam.IAMLoginModule required'
    const asRole = { ...given, 'sasl.jaas.config': `${module} awsRoleArn="arn:aws:iam::1:role/r";` }
    expect(() => adminConfig(asRole)).toThrow('awsRoleArn of IAMLoginModule is not there')
    expect(() => adminConfig({ ...given, 'sasl.client.callback.handler.class': 'x.Other' })).toThrow('is not there')
    expect(() => adminConfig({ ...given, 'sasl.mechanism': 'PLAIN' })).toThrow('PLAIN goes with PlainLoginModule')
  })
})
