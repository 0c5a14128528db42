import { type Principal, userPrincipal } from '../../network/principal.ts'
import { type ErrorName, Errors } from '../../protocol/errors.ts'
import type { MetadataImage } from '../metadata/image.ts'
import { type FieldsOf, type MetadataRecord, metadataRecord } from '../metadata/records.ts'
import type { ControllerContext, MetadataDecision } from './controller.ts'

/** Tokens that stand for a user until they end (KIP-48). Their secret is made of their id and the cluster's key, and nowhere written. */

export type TokenRecord = Extract<MetadataRecord, { type: 'DelegationTokenRecord' }>

export const nameOf = ({ type, name }: Pick<Principal, 'type' | 'name'>): string => `${type}:${name}`

/** `User:alice` in its parts. */
export function principalOf(text: string): { principalType: string; principalName: string } {
  const colon = text.indexOf(':')
  return { principalType: text.slice(0, colon), principalName: text.slice(colon + 1) }
}

export const tokensIn = ({ kept }: MetadataImage): TokenRecord[] =>
  [...kept.values()].filter((record) => record.type === 'DelegationTokenRecord')

export function tokenOf({ kept }: MetadataImage, id: string): TokenRecord | undefined {
  const record = kept.get(`token:${id}`)
  return record?.type === 'DelegationTokenRecord' ? record : undefined
}

export const hasEnded = ({ fields }: TokenRecord, now: number): boolean =>
  fields.maxTimestamp < now || fields.expirationTimestamp < now

/** The user that a token stands for. */
export const ownerOf = ({ fields }: TokenRecord): Principal =>
  userPrincipal(principalOf(fields.owner).principalName, true)

type Token = FieldsOf<'DelegationTokenRecord'>

export interface TokenOrder {
  readonly id: string
  readonly owner: string
  readonly requester: string
  readonly renewers: readonly string[]
  /** Milliseconds for which the token can be renewed; as long as the cluster allows when not above 0. */
  readonly maxLifetimeMs: number
  readonly now: number
}

export function createToken({ config }: ControllerContext, order: TokenOrder): MetadataDecision<Token> {
  const { id: tokenId, owner, requester, renewers, now } = order
  const longest = config.get('delegation.token.max.lifetime.ms')
  const maxTimestamp = now + atMost(longest, order.maxLifetimeMs)
  const expirationTimestamp = Math.min(maxTimestamp, now + config.get('delegation.token.expiry.time.ms'))
  const record = metadataRecord('DelegationTokenRecord', 0, {
    owner,
    requester,
    renewers: [...renewers],
    issueTimestamp: now,
    maxTimestamp,
    expirationTimestamp,
    tokenId,
  }) as TokenRecord
  return { records: [record], reply: record.fields }
}

const atMost = (limit: number, wanted: number): number => (wanted > 0 ? Math.min(limit, wanted) : limit)

export interface TokenChange {
  /** Of the token; undefined when no token has the secret that was shown. */
  readonly id: string | undefined
  readonly by: Principal
  readonly periodMs: number
  readonly now: number
}

type Reply = { readonly errorCode: number; readonly expiryTimestampMs: number }

const refused = (name: ErrorName): MetadataDecision<Reply> => ({
  records: [],
  reply: { errorCode: Errors[name], expiryTimestampMs: 0 },
})

/** Owners and renewers may renew and end a token. */
const mayChange = ({ owner, renewers }: Token, by: Principal): boolean => [owner, ...renewers].includes(nameOf(by))

/** Whoever asked for it may see it, too. */
export const belongsTo = (token: Token, principal: Principal): boolean =>
  mayChange(token, principal) || token.requester === nameOf(principal)

const until = ({ fields }: TokenRecord, expirationTimestamp: number): MetadataDecision<Reply> => ({
  records: [metadataRecord('DelegationTokenRecord', 0, { ...fields, expirationTimestamp })],
  reply: { errorCode: Errors.NONE, expiryTimestampMs: expirationTimestamp },
})

export function renewToken(
  context: ControllerContext,
  { id, by, periodMs, now }: TokenChange,
): MetadataDecision<Reply> {
  const token = id === undefined ? undefined : tokenOf(context.image, id)
  if (!token) return refused('DELEGATION_TOKEN_NOT_FOUND')
  if (hasEnded(token, now)) return refused('DELEGATION_TOKEN_EXPIRED')
  if (!mayChange(token.fields, by)) return refused('DELEGATION_TOKEN_OWNER_MISMATCH')
  const period = atMost(context.config.get('delegation.token.expiry.time.ms'), periodMs)
  return until(token, Math.min(token.fields.maxTimestamp, now + period))
}

/** A negative period ends the token now. */
export function expireToken(
  { image }: ControllerContext,
  { id, by, periodMs, now }: TokenChange,
): MetadataDecision<Reply> {
  const token = id === undefined ? undefined : tokenOf(image, id)
  if (!token) return refused('DELEGATION_TOKEN_NOT_FOUND')
  if (!mayChange(token.fields, by)) return refused('DELEGATION_TOKEN_OWNER_MISMATCH')
  if (periodMs < 0) return { records: [removal(token)], reply: { errorCode: Errors.NONE, expiryTimestampMs: now } }
  if (hasEnded(token, now)) return refused('DELEGATION_TOKEN_EXPIRED')
  return until(token, Math.min(token.fields.maxTimestamp, now + periodMs))
}

const removal = ({ fields }: TokenRecord): MetadataRecord =>
  metadataRecord('RemoveDelegationTokenRecord', 0, { tokenId: fields.tokenId })

/** Takes out the tokens that have ended. */
export function removeEndedTokens({ image }: ControllerContext, now: number): MetadataDecision<void> {
  return {
    records: tokensIn(image)
      .filter((token) => hasEnded(token, now))
      .map(removal),
    reply: undefined,
  }
}
