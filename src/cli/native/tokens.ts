import type { DelegationToken, Principal } from '../../client/index.ts'
import { parseHmac, parsePrincipal, principalText } from '../../tools/delegation-tokens/principal.ts'
import { InvalidRequest } from '../../tools/groups/reset.ts'
import type { Column } from './table.ts'
import { isoTime } from './time.ts'

/** `User:alice`, or `alice` for short; throws `InvalidRequest`. */
export function userOf(text: string): Principal {
  const principal = text.includes(':') ? parsePrincipal(text) : { type: 'User', name: text }
  if (principal.name === '') throw new InvalidRequest(`${text} is no principal such as User:alice.`)
  return principal
}

export function hmacOf(text: string): Buffer {
  try {
    return parseHmac(text)
  } catch (error) {
    throw new InvalidRequest((error as Error).message)
  }
}

/** A token for programs; times are milliseconds since 1970. */
export const tokenValue = (token: DelegationToken) => ({
  tokenId: token.tokenId,
  hmac: token.hmac.toString('base64'),
  owner: principalText(token.owner),
  requester: principalText(token.requester),
  renewers: token.renewers.map(principalText),
  issuedAt: token.issuedAt,
  expiresAt: token.expiresAt,
  maxAt: token.maxAt,
})

type Value = ReturnType<typeof tokenValue>

type Moment = 'issuedAt' | 'expiresAt' | 'maxAt'

const time = (title: string, moment: Moment): Column<Value> => ({
  title,
  value: (token) => token[moment],
  text: (token) => isoTime(token[moment]),
})

export const tokenColumns: readonly Column<Value>[] = [
  { title: 'TOKEN-ID', value: ({ tokenId }) => tokenId },
  { title: 'OWNER', value: ({ owner }) => owner },
  { title: 'REQUESTER', value: ({ requester }) => requester },
  { title: 'RENEWERS', value: ({ renewers }) => renewers.join(',') },
  time('ISSUED-AT', 'issuedAt'),
  time('EXPIRES-AT', 'expiresAt'),
  time('MAX-AT', 'maxAt'),
  { title: 'HMAC', value: ({ hmac }) => hmac },
]
