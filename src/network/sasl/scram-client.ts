import type { PasswordCredentials } from '../../config/client-security.ts'
import type { Random } from '../../runtime/index.ts'
import type { Exchange } from './exchange.ts'
import { clientProof, type ScramMechanism, saltedPassword, scramIterations, serverSignature } from './scram.ts'

/** No channel binding, as Kafka has none. */
const HEADER = 'n,,'

type Step = 'first' | 'final' | 'done'

/** A server that does not follow the protocol, or does not know the password itself. */
class ScramError extends Error {
  override name = 'ScramError'
}

/**
 * The client's half of RFC 5802. The server is believed only with a signature that needs the password's keys: an impostor that knows nothing
 * cannot pass. A delegation token says so in an extension of the first message (KIP-48).
 */
export class ScramExchange implements Exchange {
  private readonly nonce: string
  private readonly firstBare: string
  private step: Step = 'first'
  private expected: Buffer | undefined

  constructor(
    private readonly mechanism: ScramMechanism,
    private readonly credentials: PasswordCredentials,
    random: Random,
  ) {
    this.nonce = random.bytes(24).toString('base64url')
    const name = credentials.username.replaceAll('=', '=3D').replaceAll(',', '=2C')
    this.firstBare = `n=${name},r=${this.nonce}${credentials.isToken ? ',tokenauth=true' : ''}`
  }

  first(): Buffer {
    return Buffer.from(HEADER + this.firstBare)
  }

  async next(answer: Buffer): Promise<Buffer | undefined> {
    const text = answer.toString()
    const fields = readFields(text)
    if (this.step === 'first') {
      this.step = 'final'
      return this.prove(text, fields)
    }
    if (this.step === 'done') throw new ScramError('it goes on after the end')
    this.step = 'done'
    const error = fields.get('e')
    if (error !== undefined) throw new ScramError(error)
    const signature = Buffer.from(fields.get('v') ?? '', 'base64')
    if (this.expected === undefined || !this.expected.equals(signature))
      throw new ScramError('its signature is wrong: it does not know the password')
    return undefined
  }

  private async prove(serverFirst: string, fields: ReadonlyMap<string, string>): Promise<Buffer> {
    const [nonce, salt, count] = [fields.get('r'), fields.get('s'), fields.get('i')]
    if (nonce === undefined || salt === undefined || !/^\d{1,9}$/.test(count ?? ''))
      throw new ScramError('its first message is not one of SCRAM')
    if (!nonce.startsWith(this.nonce) || nonce.length === this.nonce.length)
      throw new ScramError('its nonce does not go on from the one of the client')
    const iterations = Number(count)
    if (iterations < scramIterations.min)
      throw new ScramError(`it asks for ${iterations} iterations, and fewer than ${scramIterations.min} are not safe`)
    const withoutProof = `c=${Buffer.from(HEADER).toString('base64')},r=${nonce}`
    const dialog = `${this.firstBare},${serverFirst},${withoutProof}`
    const { mechanism, credentials } = this
    const salted = await saltedPassword(mechanism, credentials.password, Buffer.from(salt, 'base64'), iterations)
    this.expected = await serverSignature(mechanism, salted, dialog)
    const proof = await clientProof(mechanism, salted, dialog)
    return Buffer.from(`${withoutProof},p=${proof.toString('base64')}`)
  }
}

/** `a=x,b=y`; the first of two with the same letter counts. */
function readFields(text: string): Map<string, string> {
  const fields = new Map<string, string>()
  for (const part of text.split(',')) {
    const [letter, value] = [part.slice(0, 1), part.slice(2)]
    if (part[1] === '=' && !fields.has(letter)) fields.set(letter, value)
  }
  return fields
}
