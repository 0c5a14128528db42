import type { Exchange } from './exchange.ts'

const SEPARATOR = '\x01'

/** RFC 7628: the token in one message. A refusal comes as an answer, to which the client says that it has heard it. */
export function bearerExchange(token: string, extensions: ReadonlyMap<string, string>): Exchange {
  const more = [...extensions].map(([name, value]) => `${name}=${value}${SEPARATOR}`).join('')
  return {
    first: () => Buffer.from(`n,,${SEPARATOR}auth=Bearer ${token}${SEPARATOR}${more}${SEPARATOR}`),
    next: async (answer) => (answer.length === 0 ? undefined : Buffer.from(SEPARATOR)),
  }
}
