import { describe, expect, it } from 'vitest'
import { BrokerConfig } from '../../../src/config/broker.ts'
import { userPrincipal } from '../../../src/network/principal.ts'
import { Errors } from '../../../src/protocol/errors.ts'
import { nodeRuntime } from '../../../src/runtime/node/index.ts'
import type { ControllerContext, MetadataDecision } from '../../../src/server/controller/controller.ts'
import {
  createToken,
  expireToken,
  removeEndedTokens,
  renewToken,
  tokensIn,
} from '../../../src/server/controller/delegation-tokens.ts'
import { MetadataDelta } from '../../../src/server/metadata/delta.ts'
import { emptyImage } from '../../../src/server/metadata/image.ts'

/** A controller that commits at once. */
class Tokens {
  image = emptyImage
  private readonly config = new BrokerConfig({
    'delegation.token.max.lifetime.ms': '1000',
    'delegation.token.expiry.time.ms': '400',
  })

  run<R>(decide: (context: ControllerContext) => MetadataDecision<R>): R {
    const { records, reply } = decide({
      image: this.image,
      nextOffset: 0,
      config: this.config,
      random: nodeRuntime.random,
    })
    const delta = new MetadataDelta(this.image)
    for (const record of records) delta.replay(record)
    this.image = delta.apply(this.image.offset + 1, 1)
    return reply
  }
}

const [carol, bob, eve] = ['carol', 'bob', 'eve'].map((name) => userPrincipal(name)) as [
  ReturnType<typeof userPrincipal>,
  ReturnType<typeof userPrincipal>,
  ReturnType<typeof userPrincipal>,
]
const order = {
  id: 't',
  owner: 'User:carol',
  requester: 'User:dora',
  renewers: ['User:bob'],
  maxLifetimeMs: -1,
  now: 0,
}

describe('a delegation token', () => {
  it('can be renewed by its owner and its renewers, up to the end of its life', () => {
    const tokens = new Tokens()
    expect(tokens.run((context) => createToken(context, order))).toMatchObject({
      maxTimestamp: 1000,
      expirationTimestamp: 400,
    })
    const renew = (by: typeof carol, now: number, periodMs = -1) =>
      tokens.run((context) => renewToken(context, { id: 't', by, periodMs, now }))
    expect(renew(bob, 300)).toEqual({ errorCode: 0, expiryTimestampMs: 700 })
    expect(renew(carol, 310, 100)).toEqual({ errorCode: 0, expiryTimestampMs: 410 })
    expect(renew(carol, 400, 9999)).toEqual({ errorCode: 0, expiryTimestampMs: 800 })
    expect(renew(carol, 800)).toEqual({ errorCode: 0, expiryTimestampMs: 1000 })
    expect(renew(eve, 900).errorCode).toBe(Errors.DELEGATION_TOKEN_OWNER_MISMATCH)
    expect(renew(carol, 1001).errorCode).toBe(Errors.DELEGATION_TOKEN_EXPIRED)
  })

  it('is taken out when it has ended, or when somebody ends it', () => {
    const tokens = new Tokens()
    for (const id of ['a', 'b', 'c']) tokens.run((context) => createToken(context, { ...order, id }))
    const end = (id: string, periodMs: number, by = carol) =>
      tokens.run((context) => expireToken(context, { id, by, periodMs, now: 10 }))
    expect(end('a', -1)).toEqual({ errorCode: 0, expiryTimestampMs: 10 })
    expect(end('a', -1).errorCode).toBe(Errors.DELEGATION_TOKEN_NOT_FOUND)
    expect(end('b', 50, bob)).toEqual({ errorCode: 0, expiryTimestampMs: 60 })
    expect(end('b', 50, eve).errorCode).toBe(Errors.DELEGATION_TOKEN_OWNER_MISMATCH)
    tokens.run((context) => removeEndedTokens(context, 61))
    expect(tokensIn(tokens.image).map(({ fields }) => fields.tokenId)).toEqual(['c'])
  })
})
