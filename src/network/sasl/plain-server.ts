import { equalInSecret } from '../../std/bytes.ts'
import { userPrincipal } from '../principal.ts'
import { refusedAloud, type ServerExchange, type Step } from './server-exchange.ts'

/** RFC 4616: a name to act as (which must be the user's own, or empty), the name and the password, in one message. */
export class PlainServer implements ServerExchange {
  constructor(private readonly users: ReadonlyMap<string, string>) {}

  next(message: Buffer): Step {
    const tokens = message.toString('utf8').split('\0')
    const [actAs = '', name = '', password = ''] = tokens
    if (tokens.length !== 3) throw refusedAloud(`Invalid SASL/PLAIN response: expected 3 tokens, got ${tokens.length}`)
    if (name === '') throw refusedAloud('Authentication failed: username not specified')
    if (password === '') throw refusedAloud('Authentication failed: password not specified')
    const known = this.users.get(name)
    // A user who is not there takes as long.
    const isRight = equalInSecret(Buffer.from(known ?? `${password}.`), Buffer.from(password))
    if (!isRight) throw refusedAloud('Authentication failed: Invalid username or password')
    if (actAs !== '' && actAs !== name)
      throw refusedAloud('Authentication failed: Client requested an authorization id that is different from username')
    return { answer: Buffer.alloc(0), done: { principal: userPrincipal(name) } }
  }
}
