import type { SignedRules, TokenRules, UnsecuredRules } from '../../config/token-rules.ts'
import type { Clock, Disk, Http } from '../../runtime/index.ts'
import { userPrincipal } from '../principal.ts'
import { type Jwt, parseJwt, TokenRefused } from './jwt.ts'
import type { LoggedIn } from './server-exchange.ts'
import { SigningKeys } from './signing-keys.ts'

/** Who a token stands for. Rejects with a `TokenRefused`. */
export type TokenCheck = (token: string) => Promise<LoggedIn>

export function tokenCheck(
  rules: TokenRules,
  runtime: { readonly clock: Clock; readonly disk: Disk; readonly http: Http },
): TokenCheck {
  if (rules.kind === 'unsecured') return async (text) => unsecured(parseJwt(text), rules, runtime.clock.now())
  const keys = new SigningKeys(rules, runtime)
  return async (text) => {
    const token = parseJwt(text)
    await keys.check(token)
    return signed(token, rules, runtime.clock.now())
  }
}

function unsecured({ header, claims, signature }: Jwt, rules: UnsecuredRules, now: number): LoggedIn {
  if (header['alg'] !== 'none' || signature.length > 0)
    throw new TokenRefused('this listener takes tokens that nobody has signed')
  const scope = scopeOf(claims, rules.scopeClaim)
  const user = nameOf(claims, rules.principalClaim)
  const endsAt = lifetimeOf(claims, rules.clockSkewMs, now)
  const missing = rules.requiredScope.find((one) => !scope.includes(one))
  if (missing !== undefined)
    throw new TokenRefused(
      `the token of ${user} does not have the scope ${missing}`,
      'insufficient_scope',
      rules.requiredScope,
    )
  return { principal: userPrincipal(user), endsAt }
}

function signed({ claims }: Jwt, rules: SignedRules, now: number): LoggedIn {
  const { iss, aud, nbf } = claims
  if (rules.issuer !== undefined && iss !== rules.issuer)
    throw new TokenRefused(`it was issued by ${String(iss)}, and not by ${rules.issuer}`)
  const audience: unknown[] = Array.isArray(aud) ? aud : [aud]
  if (rules.audience.length > 0 && !audience.some((one) => typeof one === 'string' && rules.audience.includes(one)))
    throw new TokenRefused(`it is for ${audience.map(String).join(', ')}, and not for ${rules.audience.join(', ')}`)
  if (typeof claims['iat'] !== 'number') throw new TokenRefused('it does not say when it was issued (iat)')
  if (typeof nbf === 'number' && nbf * 1000 > now + rules.clockSkewMs) throw new TokenRefused('it does not hold yet')
  scopeOf(claims, rules.scopeClaim)
  const endsAt = lifetimeOf(claims, rules.clockSkewMs, now)
  return { principal: userPrincipal(nameOf(claims, rules.principalClaim)), endsAt }
}

function nameOf(claims: Jwt['claims'], claim: string): string {
  const name = claims[claim]
  if (typeof name !== 'string' || name.trim() === '') throw new TokenRefused(`it names nobody (${claim})`)
  return name
}

/** When it ends, in milliseconds since the epoch. */
function lifetimeOf({ exp, iat }: Jwt['claims'], clockSkewMs: number, now: number): number {
  if (typeof exp !== 'number') throw new TokenRefused('it does not say when it ends (exp)')
  if (iat !== undefined && typeof iat !== 'number') throw new TokenRefused('it was issued at no time (iat)')
  if (iat !== undefined && iat * 1000 > now + clockSkewMs) throw new TokenRefused('it was issued in the future')
  if (iat !== undefined && exp <= iat) throw new TokenRefused('it ended before it was issued')
  if (exp * 1000 <= now - clockSkewMs) throw new TokenRefused('it has ended')
  return Math.round(exp * 1000)
}

/** A list, or words with blanks between them. */
function scopeOf(claims: Jwt['claims'], claim: string): string[] {
  const scope = claims[claim]
  if (scope === undefined) return []
  if (typeof scope === 'string') return scope.split(/\s+/).filter(Boolean)
  if (Array.isArray(scope) && scope.every((one) => typeof one === 'string')) return scope as string[]
  throw new TokenRefused(`its ${claim} is no list of words`)
}
