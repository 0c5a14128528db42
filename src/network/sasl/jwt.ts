/** JSON Web Tokens in their compact form (RFC 7515, RFC 7519): taken apart, and their signatures checked. */

export interface Jwt {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
  /** What was signed. */
  readonly signed: Buffer
  readonly signature: Buffer
}

/** A token that is not believed; the message is for the log. */
export class TokenRefused extends Error {
  override name = 'TokenRefused'

  constructor(
    message: string,
    /** What the client is told (RFC 6750, 3.1). */
    readonly status: 'invalid_token' | 'insufficient_scope' = 'invalid_token',
    /** What it would have to have. */
    readonly scope?: readonly string[],
  ) {
    super(message)
  }
}

/** Throws a `TokenRefused` for what is no token. */
export function parseJwt(text: string): Jwt {
  const parts = text.split('.')
  const [header, claims, signature] = parts
  if (parts.length !== 3 || header === undefined || claims === undefined || signature === undefined)
    throw new TokenRefused(`a token has three parts, and this one ${parts.length}`)
  const read = objectOf(header, 'header')
  // What must be understood, and is not, makes a token worthless (RFC 7515, 4.1.11).
  if (read['crit'] !== undefined) throw new TokenRefused('the token has extensions that are not known here')
  return {
    header: read,
    claims: objectOf(claims, 'claims'),
    signed: Buffer.from(`${header}.${claims}`),
    signature: Buffer.from(signature, 'base64url'),
  }
}

function objectOf(part: string, what: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // Told below.
  }
  throw new TokenRefused(`the ${what} of the token cannot be read`)
}

/** In the words of WebCrypto. */
interface Algorithm {
  readonly keyType: string
  readonly key:
    | { readonly name: string; readonly hash: string }
    | { readonly name: string; readonly namedCurve: string }
  readonly check: { readonly name: string; readonly hash?: string; readonly saltLength?: number }
}

const rsa = (bits: number): Algorithm => ({
  keyType: 'RSA',
  key: { name: 'RSASSA-PKCS1-v1_5', hash: `SHA-${bits}` },
  check: { name: 'RSASSA-PKCS1-v1_5' },
})
const pss = (bits: number): Algorithm => ({
  keyType: 'RSA',
  key: { name: 'RSA-PSS', hash: `SHA-${bits}` },
  check: { name: 'RSA-PSS', saltLength: bits / 8 },
})
const ec = (bits: number, namedCurve: string): Algorithm => ({
  keyType: 'EC',
  key: { name: 'ECDSA', namedCurve },
  check: { name: 'ECDSA', hash: `SHA-${bits}` },
})

/** Those of RFC 7518 with a public key: a shared secret would have no place among published keys. */
const algorithms: Readonly<Record<string, Algorithm>> = {
  RS256: rsa(256),
  RS384: rsa(384),
  RS512: rsa(512),
  PS256: pss(256),
  PS384: pss(384),
  PS512: pss(512),
  ES256: ec(256, 'P-256'),
  ES384: ec(384, 'P-384'),
  ES512: ec(512, 'P-521'),
}

/** A published key (RFC 7517). */
export type Jwk = Readonly<Record<string, unknown>>

/** RSA keys of fewer bytes can be broken (RFC 7518, 3.3). */
const LEAST_RSA_BYTES = 256

/** Whether a key may have signed a token with this header. */
export function suits(key: Jwk, { kid, alg }: Jwt['header']): boolean {
  const algorithm = Object.hasOwn(algorithms, String(alg)) ? algorithms[String(alg)] : undefined
  if (key['kty'] !== algorithm?.keyType) return false
  if (key['kty'] === 'RSA' && Buffer.from(String(key['n']), 'base64url').length < LEAST_RSA_BYTES) return false
  if (key['use'] !== undefined && key['use'] !== 'sig') return false
  if (key['alg'] !== undefined && key['alg'] !== alg) return false
  return kid === undefined || key['kid'] === kid
}

/** Whether the token's signature is the key's. A key that cannot be read has signed nothing. */
export async function isSignedBy(token: Jwt, key: Jwk): Promise<boolean> {
  const algorithm = algorithms[String(token.header['alg'])] as Algorithm
  try {
    const { subtle } = crypto
    const { kty, n, e, crv, x, y } = key
    const imported = await subtle.importKey('jwk', { kty, n, e, crv, x, y } as never, algorithm.key, false, ['verify'])
    return await subtle.verify(algorithm.check, imported, new Uint8Array(token.signature), new Uint8Array(token.signed))
  } catch {
    return false
  }
}
