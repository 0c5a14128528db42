import type { BrokerConfig } from './broker.ts'
import { ConfigError } from './define.ts'
import type { JaasEntry } from './jaas.ts'

/** What a listener asks of the tokens of OAUTHBEARER. */
export type TokenRules = UnsecuredRules | SignedRules

/** Tokens that nobody has signed: whoever can make one is whom it names. For tests, and Kafka's default (KIP-255). */
export interface UnsecuredRules {
  readonly kind: 'unsecured'
  readonly principalClaim: string
  readonly scopeClaim: string
  readonly requiredScope: readonly string[]
  readonly clockSkewMs: number
}

/** Tokens that an identity provider has signed with one of its published keys (KIP-768). */
export interface SignedRules {
  readonly kind: 'signed'
  readonly keysUrl: string
  readonly keysRefreshMs: number
  readonly retryBackoffMs: number
  readonly clockSkewMs: number
  /** One of them must be in the token; empty when anything may. */
  readonly audience: readonly string[]
  readonly issuer: string | undefined
  readonly principalClaim: string
  readonly scopeClaim: string
}

const UNSECURED = 'OAuthBearerUnsecuredValidatorCallbackHandler'
const SIGNED = 'OAuthBearerValidatorCallbackHandler'
const VALIDATORS = ['DefaultJwtValidator', 'BrokerJwtValidator']

/** Reads the properties of a listener. Throws `ConfigError`, whose sentence names it. */
export function tokenRules(config: BrokerConfig, listener: string, entry: JaasEntry | undefined): TokenRules {
  const wrong = (why: string) => new ConfigError(`Listener ${listener}: ${why}`)
  const property = 'sasl.server.callback.handler.class'
  const handler = (config.givenAt(listener, `oauthbearer.${property}`) ?? UNSECURED) as string
  const handlerName = handler.split('.').at(-1)
  if (handlerName === UNSECURED) return unsecuredRules(entry?.options ?? new Map(), wrong)
  if (handlerName !== SIGNED)
    throw wrong(
      `oauthbearer.${property}=${handler} is not there: this broker has ${SIGNED}, and ${UNSECURED} for tests.`,
    )
  return signedRules(config, listener, wrong)
}

type Wrong = (why: string) => ConfigError

function unsecuredRules(options: ReadonlyMap<string, string>, wrong: Wrong): UnsecuredRules {
  const skew = options.get('unsecuredValidatorAllowableClockSkewMs') ?? '0'
  if (!/^\d+$/.test(skew)) throw wrong(`unsecuredValidatorAllowableClockSkewMs="${skew}" is no number of milliseconds.`)
  return {
    kind: 'unsecured',
    principalClaim: options.get('unsecuredValidatorPrincipalClaimName') ?? 'sub',
    scopeClaim: options.get('unsecuredValidatorScopeClaimName') ?? 'scope',
    requiredScope: (options.get('unsecuredValidatorRequiredScope') ?? '').split(/\s+/).filter(Boolean),
    clockSkewMs: Number(skew),
  }
}

function signedRules(config: BrokerConfig, listener: string, wrong: Wrong): SignedRules {
  // What a mechanism is set to at a listener has its name in front.
  const at = (<N extends Parameters<BrokerConfig['at']>[1]>(name: N) =>
    config.givenAt(listener, `oauthbearer.${name}`) ?? config.at(listener, name)) as BrokerConfig['get']
  const validator = at('sasl.oauthbearer.jwt.validator.class')
  if (!VALIDATORS.some((name) => validator.endsWith(`.${name}`)))
    throw wrong(`sasl.oauthbearer.jwt.validator.class=${validator} is not there: it names a part of Java's runtime.`)
  const keysUrl = at('sasl.oauthbearer.jwks.endpoint.url')
  if (keysUrl === null)
    throw wrong(
      'tokens are checked with the keys of who signs them: set sasl.oauthbearer.jwks.endpoint.url to where they are (https:// or file:).',
    )
  if (!/^(https?:\/\/|file:)/.test(keysUrl))
    throw wrong(`sasl.oauthbearer.jwks.endpoint.url=${keysUrl} begins with none of https://, http:// and file:.`)
  return {
    kind: 'signed',
    keysUrl,
    keysRefreshMs: at('sasl.oauthbearer.jwks.endpoint.refresh.ms'),
    retryBackoffMs: at('sasl.oauthbearer.jwks.endpoint.retry.backoff.ms'),
    clockSkewMs: at('sasl.oauthbearer.clock.skew.seconds') * 1000,
    audience: at('sasl.oauthbearer.expected.audience'),
    issuer: at('sasl.oauthbearer.expected.issuer') ?? undefined,
    principalClaim: at('sasl.oauthbearer.sub.claim.name'),
    scopeClaim: at('sasl.oauthbearer.scope.claim.name'),
  }
}
