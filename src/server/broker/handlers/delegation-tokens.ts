import { ANONYMOUS, type Principal } from '../../../network/principal.ts'
import {
  CreateDelegationToken,
  DescribeDelegationToken,
  ExpireDelegationToken,
  RenewDelegationToken,
} from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import { MetadataLevel } from '../../../protocol/metadata-version.ts'
import { randomUuid } from '../../../runtime/index.ts'
import {
  belongsTo,
  createToken,
  expireToken,
  nameOf,
  principalOf,
  renewToken,
  type TokenChange,
  type TokenRecord,
  tokensIn,
} from '../../controller/delegation-tokens.ts'
import { metadataLevel } from '../../metadata/record-forms.ts'
import type { Access } from '../access/access.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import type { TokenSecrets } from '../token-secrets.ts'

type Services = Pick<BrokerServices, 'controller' | 'image' | 'runtime' | 'tokenSecrets'>

/** Tokens belong to users, so that only those who have logged in, and not by a token, may ask for them. */
export const mayAskForTokens = (principal: Principal): boolean => principal !== ANONYMOUS && !principal.byToken

/** The secrets, or the code of an error. */
function secretsFor({ image, tokenSecrets }: Services, principal: Principal): TokenSecrets | number {
  if (!mayAskForTokens(principal)) return Errors.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED
  if (tokenSecrets && metadataLevel(image) < MetadataLevel.delegationTokens) return Errors.UNSUPPORTED_VERSION
  return tokenSecrets ?? Errors.DELEGATION_TOKEN_AUTH_DISABLED
}

/** Those that change tokens. */
export const delegationTokens = (broker: Services): Handler[] => [
  create(broker),
  handler(RenewDelegationToken, ({ hmac, renewPeriodMs }, { peer: { principal } }) =>
    change(broker, principal, hmac, (id, now) =>
      broker.controller.submit((context) => renewToken(context, { id, by: principal, periodMs: renewPeriodMs, now })),
    ),
  ),
  handler(ExpireDelegationToken, ({ hmac, expiryTimePeriodMs }, { peer: { principal } }) =>
    change(broker, principal, hmac, (id, now) =>
      broker.controller.submit((context) =>
        expireToken(context, { id, by: principal, periodMs: expiryTimePeriodMs, now }),
      ),
    ),
  ),
]

const create = (broker: Services): Handler =>
  handler(CreateDelegationToken, async (request, { version, access, peer: { principal } }) => {
    const { ownerPrincipalName, ownerPrincipalType, renewers, maxLifetimeMs } = request
    const requester = { principalType: principal.type, principalName: principal.name }
    const owner =
      ownerPrincipalName === null || ownerPrincipalName === ''
        ? requester
        : { principalType: ownerPrincipalType ?? '', principalName: ownerPrincipalName }
    const people = { ...owner, ...requestedBy(requester, version) }
    const none = { issueTimestampMs: -1, expiryTimestampMs: -1, maxTimestampMs: -1, tokenId: '', hmac: Buffer.alloc(0) }
    const refused = (errorCode: number) => ({ ...people, ...none, throttleTimeMs: 0, errorCode })
    const secrets = secretsFor(broker, principal)
    if (secrets === Errors.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED) return refused(secrets)
    if (textOf(owner) !== nameOf(principal)) {
      const refusal = access.refusal('CREATE_TOKENS', 'USER', textOf(owner))
      if (refusal) return refused(refusal.code)
    }
    if (renewers.some(({ principalType }) => principalType !== 'User')) return refused(Errors.INVALID_PRINCIPAL_TYPE)
    if (typeof secrets === 'number') return refused(secrets)
    const id = randomUuid(broker.runtime.random)
    const hmac = await secrets.hmacOf(id)
    const token = await broker.controller.submit((context) =>
      createToken(context, {
        id,
        owner: textOf(owner),
        requester: nameOf(principal),
        renewers: renewers.map(textOf),
        maxLifetimeMs,
        now: Math.trunc(broker.runtime.clock.now()),
      }),
    )
    return {
      ...people,
      throttleTimeMs: 0,
      errorCode: Errors.NONE as number,
      issueTimestampMs: token.issueTimestamp,
      expiryTimestampMs: token.expirationTimestamp,
      maxTimestampMs: token.maxTimestamp,
      tokenId: id,
      hmac,
    }
  })

type Named = ReturnType<typeof principalOf>

const textOf = ({ principalType, principalName }: Named): string => `${principalType}:${principalName}`

/** Who asked for a token of somebody else, which is told since KIP-373. */
const requestedBy = ({ principalType, principalName }: Named, version: number) =>
  version < 3 ? {} : { tokenRequesterPrincipalType: principalType, tokenRequesterPrincipalName: principalName }

type Changed = { readonly errorCode: number; readonly expiryTimestampMs: number }

async function change(
  broker: Services,
  principal: Principal,
  hmac: Buffer,
  decide: (id: TokenChange['id'], now: number) => Promise<Changed>,
): Promise<Changed & { throttleTimeMs: number }> {
  const secrets = secretsFor(broker, principal)
  if (typeof secrets === 'number') return { errorCode: secrets, expiryTimestampMs: -1, throttleTimeMs: 0 }
  const id = await secrets.find(broker.image, hmac)
  return { ...(await decide(id, Math.trunc(broker.runtime.clock.now()))), throttleTimeMs: 0 }
}

/** Without an authorizer everybody who may ask sees all tokens, their secrets included. */
const maySee = (access: Access, principal: Principal, { fields }: TokenRecord): boolean =>
  belongsTo(fields, principal) ||
  access.may('DESCRIBE', 'DELEGATION_TOKEN', fields.tokenId) ||
  access.may('DESCRIBE_TOKENS', 'USER', fields.owner)

export const describeDelegationTokens = (broker: Services): Handler =>
  handler(DescribeDelegationToken, async ({ owners }, { version, access, peer: { principal } }) => {
    const secrets = secretsFor(broker, principal)
    if (typeof secrets === 'number') return { errorCode: secrets, tokens: [], throttleTimeMs: 0 }
    const wanted = owners && new Set(owners.map(textOf))
    const isWanted = ({ fields }: TokenRecord) => !wanted || wanted.has(fields.owner) || wanted.has(fields.requester)
    const found = tokensIn(broker.image).filter((token) => isWanted(token) && maySee(access, principal, token))
    const tokens = found.map(async (token) => {
      const { fields } = token
      return {
        ...principalOf(fields.owner),
        ...requestedBy(principalOf(fields.requester), version),
        issueTimestamp: fields.issueTimestamp,
        expiryTimestamp: fields.expirationTimestamp,
        maxTimestamp: fields.maxTimestamp,
        tokenId: fields.tokenId,
        hmac: await secrets.hmac(token),
        renewers: fields.renewers.map(principalOf),
      }
    })
    return { errorCode: Errors.NONE as number, tokens: await Promise.all(tokens), throttleTimeMs: 0 }
  })
