import { beforeEach, describe, expect, it } from 'vitest'
import type { PasswordCredentials, PasswordMechanism } from '../../src/config/client-security.ts'
import { type LoginContext, LoginSession } from '../../src/network/sasl/login-session.ts'
import { type ScramMechanism, saltedPassword, scramKeys } from '../../src/network/sasl/scram.ts'
import { ScramExchange } from '../../src/network/sasl/scram-client.ts'
import { LoginRefused } from '../../src/network/sasl/server-exchange.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { ManualClock } from '../support/memory-runtime.ts'

/** What is kept of a password. */
async function credentialOf(mechanism: ScramMechanism, password: string, iterations = 4096) {
  const salt = Buffer.from('salt')
  return {
    salt,
    iterations,
    ...(await scramKeys(mechanism, await saltedPassword(mechanism, password, salt, iterations))),
  }
}

let clock: ManualClock
let context: LoginContext
beforeEach(async () => {
  clock = new ManualClock()
  const alice = await credentialOf('SCRAM-SHA-256', 'alice-secret')
  const weak = await credentialOf('SCRAM-SHA-256', 'weak-secret', 1000)
  const token = await credentialOf('SCRAM-SHA-512', 'hmac')
  context = {
    logins: {
      mechanisms: ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'],
      users: new Map([['bob', 'bob-secret']]),
      tokens: undefined,
      maxReauthMs: { PLAIN: 0, 'SCRAM-SHA-256': 5000, 'SCRAM-SHA-512': 0, OAUTHBEARER: 0 },
      maxReceiveBytes: 1000,
      failureDelayMs: 0,
    },
    clock,
    random: nodeRuntime.random,
    user: (mechanism, name) => (mechanism === 'SCRAM-SHA-256' ? { 'a,l=ice': alice, weak }[name] : undefined),
    token: async (mechanism, id) =>
      mechanism === 'SCRAM-SHA-512' && id === 'id'
        ? { credential: token, owner: { type: 'User', name: 'carol', byToken: true }, endsAt: clock.now() + 700 }
        : undefined,
  }
})

/** A whole login by our own client. */
async function login(session: LoginSession, credentials: PasswordCredentials): Promise<number> {
  expect(session.begin(credentials.mechanism, false)).toBe(true)
  const exchange = new ScramExchange(credentials.mechanism as ScramMechanism, credentials, nodeRuntime.random)
  let lifetime = 0
  for (let message: Buffer | undefined = exchange.first(); message; ) {
    const taken: { answer: Buffer; lifetimeMs: number } = await inTime(session.take(message))
    lifetime = taken.lifetimeMs
    message = await exchange.next(taken.answer)
  }
  return lifetime
}

/** Refusals wait for the clock. */
async function inTime<T>(promise: Promise<T>): Promise<T> {
  let over = false
  const settled = promise.finally(() => {
    over = true
  })
  settled.catch(() => {})
  while (!over) {
    await new Promise((resolve) => setImmediate(resolve))
    await clock.advance(0)
  }
  return settled
}

const scram = (
  username: string,
  password: string,
  mechanism: PasswordMechanism = 'SCRAM-SHA-256',
  isToken = false,
) => ({
  mechanism,
  username,
  password,
  isToken,
})

describe('a login', () => {
  it('by SCRAM goes to its end, with the client believing the server', async () => {
    const session = new LoginSession(context)
    expect(await login(session, scram('a,l=ice', 'alice-secret'))).toBe(5000)
    expect([session.isOpen, session.principal]).toEqual([true, { type: 'User', name: 'a,l=ice', byToken: false }])
  })

  it('by a delegation token is its owner, until the token ends', async () => {
    const session = new LoginSession(context)
    expect(await login(session, scram('id', 'hmac', 'SCRAM-SHA-512', true))).toBe(700)
    expect(session.principal).toEqual({ type: 'User', name: 'carol', byToken: true })
    await clock.advance(701)
    expect(session.isExpired).toBe(true)
  })

  it.each([
    ['a wrong password', scram('a,l=ice', 'wrong'), 'the password is wrong'],
    ['a user who is not there', scram('eve', 'x'), 'there are no credentials of eve'],
    ['a token that is not there', scram('eve', 'x', 'SCRAM-SHA-512', true), 'there are no credentials of eve'],
    ['too few iterations', scram('weak', 'weak-secret'), 'the credentials of weak have 1000 iterations'],
  ])('with %s says why to the log only', async (_name, credentials, why) => {
    const session = new LoginSession(context)
    const refused = await login(session, credentials as PasswordCredentials).then(
      () => undefined,
      (error: unknown) => error,
    )
    expect(refused).toBeInstanceOf(LoginRefused)
    expect((refused as LoginRefused).message).toContain(why)
    expect((refused as LoginRefused).tell).toMatch(/^Authentication failed during authentication due to invalid cred/)
    expect([session.isOpen, session.takesHandshake, session.isInExchange]).toEqual([false, false, false])
  })
})

describe('a login again', () => {
  it('is taken a second after the last one, where logins end', async () => {
    const session = new LoginSession(context)
    await login(session, scram('a,l=ice', 'alice-secret'))
    expect(session.takesHandshake).toBe(true)
    await login(session, scram('a,l=ice', 'alice-secret'))
    expect(session.takesHandshake).toBe(false)
    await clock.advance(1000)
    expect(session.takesHandshake).toBe(true)
  })

  it('is not taken where they do not', async () => {
    const session = new LoginSession(context)
    session.begin('PLAIN', false)
    expect(await session.take(Buffer.from('\0bob\0bob-secret'))).toEqual({ answer: Buffer.alloc(0), lifetimeMs: 0 })
    expect(session.takesHandshake).toBe(false)
  })
})
