import type { Principal } from '../../client/index.ts'

/** Reads `User:alice`; throws for what has no colon. */
export function parsePrincipal(text: string): Principal {
  const at = text.indexOf(':')
  if (at <= 0) throw new Error(`expected a string in format principalType:principalName but got ${text}`)
  return { type: text.slice(0, at), name: text.slice(at + 1) }
}

export const principalText = ({ type, name }: Principal): string => `${type}:${name}`

/** A token's secret in its usual form, Base64; throws for what is none. */
export function parseHmac(text: string): Buffer {
  if (text === '' || !/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0)
    throw new Error('The HMAC of a token is Base64, as the token was printed when it was made.')
  return Buffer.from(text, 'base64')
}
