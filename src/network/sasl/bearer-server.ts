import { TokenRefused } from './jwt.ts'
import { LoginRefused, refusedAloud, type ServerExchange, type Step } from './server-exchange.ts'
import type { TokenCheck } from './token-check.ts'

/** GS2 header with the name to act as, then pairs, each behind a byte 1, and one more at the end. */
const CLIENT_FIRST = /^n,(?:a=((?:[^=,\0]|=2C|=3D)+))?,\x01((?:[A-Za-z]+=[\x21-\x7e \t\r\n]+\x01)*)\x01$/

/** RFC 7628: the token and more in one message. A refusal is an answer, in which the client finds why; it says that it has heard it, and that is the end. */
export class BearerServer implements ServerExchange {
  private refusal: { readonly answer: string; readonly why: string } | undefined

  constructor(private readonly check: TokenCheck) {}

  async next(message: Buffer): Promise<Step> {
    if (this.refusal) throw new LoginRefused(this.refusal.why, this.refusal.answer)
    const [, actAs, pairs] = CLIENT_FIRST.exec(message.toString('utf8')) ?? []
    if (pairs === undefined) throw new LoginRefused('the message is not one of OAUTHBEARER')
    const values = new Map(pairs.split('\x01').map((pair) => cut(pair, '=')))
    const [scheme, token] = cut(values.get('auth') ?? '', ' ')
    if (scheme.toLowerCase() !== 'bearer' || token === '') throw new LoginRefused('the message has no bearer token')
    try {
      const done = await this.check(token)
      if (actAs !== undefined && plainName(actAs) !== done.principal.name)
        throw refusedAloud(
          `Authentication failed: Client requested an authorization id (${plainName(actAs)}) that is different from the token's principal name (${done.principal.name})`,
        )
      return { answer: Buffer.alloc(0), done }
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw error
      this.refusal = { answer: answerTo(error), why: `the token: ${error.message}` }
      return { answer: Buffer.from(this.refusal.answer) }
    }
  }
}

/** In Kafka's form, with a blank between the two and the scope as Java shows a list. */
const answerTo = ({ status, scope }: TokenRefused): string =>
  `{"status":"${status}"${scope ? `, "scope":${JSON.stringify(`[${scope.join(', ')}]`)}` : ''}}`

function cut(text: string, sign: string): [string, string] {
  const at = text.indexOf(sign)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + sign.length)]
}

const plainName = (saslName: string): string => saslName.replaceAll('=2C', ',').replaceAll('=3D', '=')
