import {
  CreateDelegationToken,
  DescribeDelegationToken,
  ExpireDelegationToken,
  RenewDelegationToken,
} from '../../protocol/apis/index.ts'
import type { Cluster } from '../cluster.ts'

/** `User` and a name. */
export interface Principal {
  readonly type: string
  readonly name: string
}

/** What stands for a user in logins for a time (KIP-48); times are milliseconds since 1970. */
export interface DelegationToken {
  readonly tokenId: string
  /** The secret. */
  readonly hmac: Buffer
  /** Whose rights it has. */
  readonly owner: Principal
  /** Who asked for it (KIP-373); brokers before 3.3 do not say. */
  readonly requester: Principal
  /** Who may renew it, besides the owner. */
  readonly renewers: readonly Principal[]
  readonly issuedAt: number
  readonly expiresAt: number
  /** It cannot be renewed beyond this. */
  readonly maxAt: number
}

export interface CreateTokenOptions {
  /** The user that logged in, when left out. */
  readonly owner?: Principal | undefined
  readonly renewers?: readonly Principal[]
  /** Milliseconds; -1 is the longest that the brokers allow. */
  readonly maxLifetimeMs?: number
}

interface WirePrincipal {
  readonly principalType: string
  readonly principalName: string
}

const toWire = ({ type, name }: Principal): WirePrincipal => ({ principalType: type, principalName: name })
const fromWire = ({ principalType: type, principalName: name }: WirePrincipal): Principal => ({ type, name })

const errorOf = ({ errorCode }: { readonly errorCode: number }): number => errorCode

export async function createDelegationToken(cluster: Cluster, options: CreateTokenOptions): Promise<DelegationToken> {
  const { owner, renewers = [], maxLifetimeMs = -1 } = options
  const made = await cluster.call(
    CreateDelegationToken,
    {
      ownerPrincipalType: owner?.type ?? null,
      ownerPrincipalName: owner?.name ?? null,
      renewers: renewers.map(toWire),
      maxLifetimeMs,
    },
    { call: 'createDelegationToken', errorOf },
  )
  return {
    ...parties(made),
    tokenId: made.tokenId,
    hmac: made.hmac,
    renewers,
    issuedAt: made.issueTimestampMs,
    expiresAt: made.expiryTimestampMs,
    maxAt: made.maxTimestampMs,
  }
}

interface WireParties extends WirePrincipal {
  readonly tokenRequesterPrincipalType: string
  readonly tokenRequesterPrincipalName: string
}

/** Before KIP-373 tokens were for whoever asked. */
function parties(token: WireParties): Pick<DelegationToken, 'owner' | 'requester'> {
  const owner = fromWire(token)
  const { tokenRequesterPrincipalType: type, tokenRequesterPrincipalName: name } = token
  return { owner, requester: name === '' ? owner : { type, name } }
}

/** Lets a token live for so many milliseconds from now, -1 for the brokers' usual time. Gives the new end, in milliseconds since 1970. */
export async function renewDelegationToken(cluster: Cluster, hmac: Buffer, renewPeriodMs: number): Promise<number> {
  const call = { call: 'renewDelegationToken', errorOf }
  return (await cluster.call(RenewDelegationToken, { hmac, renewPeriodMs }, call)).expiryTimestampMs
}

/** Ends a token in so many milliseconds, -1 for at once. Gives its end, in milliseconds since 1970. */
export async function expireDelegationToken(
  cluster: Cluster,
  hmac: Buffer,
  expiryTimePeriodMs: number,
): Promise<number> {
  const call = { call: 'expireDelegationToken', errorOf }
  return (await cluster.call(ExpireDelegationToken, { hmac, expiryTimePeriodMs }, call)).expiryTimestampMs
}

/** The tokens of some owners, or all that the user may see. */
export async function describeDelegationTokens(
  cluster: Cluster,
  owners?: readonly Principal[],
): Promise<DelegationToken[]> {
  const request = { owners: owners?.map(toWire) ?? null }
  const { tokens } = await cluster.call(DescribeDelegationToken, request, { call: 'describeDelegationToken', errorOf })
  return tokens.map((token) => ({
    ...parties(token),
    tokenId: token.tokenId,
    hmac: token.hmac,
    renewers: token.renewers.map(fromWire),
    issuedAt: token.issueTimestamp,
    expiresAt: token.expiryTimestamp,
    maxAt: token.maxTimestamp,
  }))
}
