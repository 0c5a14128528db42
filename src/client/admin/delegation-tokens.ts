import {
  CreateDelegationToken,
  DescribeDelegationToken,
  ExpireDelegationToken,
  RenewDelegationToken,
} from '../../protocol/apis/index.ts'
import type { Cluster } from '../cluster.ts'

/** `User:alice`, in its two parts. */
export interface Principal {
  readonly type: string
  readonly name: string
}

export interface DelegationToken {
  readonly id: string
  readonly hmac: Buffer
  readonly owner: Principal
  readonly requester: Principal
  readonly renewers: readonly Principal[]
  /** Milliseconds since 1970, all three. */
  readonly issued: number
  readonly expires: number
  readonly ends: number
}

const wire = ({ type, name }: Principal) => ({ principalType: type, principalName: name })
const errorOf = ({ errorCode }: { readonly errorCode: number }): number => errorCode

export async function createDelegationToken(
  cluster: Cluster,
  renewers: readonly Principal[],
  maxLifetimeMs: number,
  owner?: Principal,
): Promise<DelegationToken> {
  const response = await cluster.call(
    CreateDelegationToken,
    (version) => ({
      renewers: renewers.map(wire),
      maxLifetimeMs,
      ...(version >= 3 ? { ownerPrincipalType: owner?.type ?? null, ownerPrincipalName: owner?.name ?? null } : {}),
    }),
    { call: 'createDelegationToken', errorOf },
  )
  return {
    id: response.tokenId,
    hmac: Buffer.from(response.hmac),
    owner: { type: response.principalType, name: response.principalName },
    requester: { type: response.tokenRequesterPrincipalType, name: response.tokenRequesterPrincipalName },
    renewers,
    issued: response.issueTimestampMs,
    expires: response.expiryTimestampMs,
    ends: response.maxTimestampMs,
  }
}

/** Gives the new time of expiry. */
export async function renewDelegationToken(cluster: Cluster, hmac: Buffer, renewPeriodMs: number): Promise<number> {
  const request = { hmac, renewPeriodMs }
  return (await cluster.call(RenewDelegationToken, request, { call: 'renewDelegationToken', errorOf }))
    .expiryTimestampMs
}

/** Gives the new time of expiry; a negative period ends the token at once. */
export async function expireDelegationToken(
  cluster: Cluster,
  hmac: Buffer,
  expiryTimePeriodMs: number,
): Promise<number> {
  const request = { hmac, expiryTimePeriodMs }
  return (await cluster.call(ExpireDelegationToken, request, { call: 'expireDelegationToken', errorOf }))
    .expiryTimestampMs
}

/** Of the given owners, or all that the user may see. */
export async function describeDelegationTokens(
  cluster: Cluster,
  owners: readonly Principal[] = [],
): Promise<DelegationToken[]> {
  const request = { owners: owners.length > 0 ? owners.map(wire) : null }
  const { tokens } = await cluster.call(DescribeDelegationToken, request, { call: 'describeDelegationToken', errorOf })
  return tokens.map((row) => ({
    id: row.tokenId,
    hmac: Buffer.from(row.hmac),
    owner: { type: row.principalType, name: row.principalName },
    requester: { type: row.tokenRequesterPrincipalType, name: row.tokenRequesterPrincipalName },
    renewers: row.renewers.map(({ principalType, principalName }) => ({ type: principalType, name: principalName })),
    issued: row.issueTimestamp,
    expires: row.expiryTimestamp,
    ends: row.maxTimestamp,
  }))
}
