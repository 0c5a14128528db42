import type { Random } from '../../runtime/index.ts'
import { type Principal, userPrincipal } from '../principal.ts'
import { answerToProof, type ScramCredential, type ScramMechanism, scramIterations } from './scram.ts'
import { LoginRefused, refusedAloud, type ServerExchange, type Step } from './server-exchange.ts'

/** A delegation token, as far as a login needs it. */
export interface TokenCredential {
  readonly credential: ScramCredential
  readonly owner: Principal
  readonly endsAt: number
}

/** Where the credentials of users and tokens are. */
export interface ScramSource {
  user(mechanism: ScramMechanism, name: string): ScramCredential | undefined
  token(mechanism: ScramMechanism, id: string): Promise<TokenCredential | undefined>
}

const CLIENT_FIRST =
  /^n,(?:a=((?:[^=,\0]|=2C|=3D)+))?,((?:m=[^,]+,)?n=((?:[^=,\0]|=2C|=3D)+),r=([\x21-\x2b\x2d-\x7e]+)((?:,[A-Za-z]+=[^,]+)*))$/
const CLIENT_FINAL = /^(c=[A-Za-z0-9+/=]+,r=([\x21-\x2b\x2d-\x7e]+)(?:,[A-Za-z]+=[^,]+)*),p=([A-Za-z0-9+/=]+)$/

const plainName = (saslName: string): string => saslName.replaceAll('=2C', ',').replaceAll('=3D', '=')

interface Begun {
  readonly found: { readonly credential: ScramCredential; readonly principal: Principal; readonly endsAt?: number }
  readonly nonce: string
  readonly clientFirst: string
  readonly serverFirst: string
}

/** The server's half of RFC 5802, with Kafka's extension for delegation tokens (KIP-48). Says no word about why a login was refused. */
export class ScramServer implements ServerExchange {
  private begun: Begun | undefined

  constructor(
    private readonly mechanism: ScramMechanism,
    private readonly source: ScramSource,
    private readonly random: Random,
  ) {}

  next(message: Buffer): Promise<Step> {
    const text = message.toString('utf8')
    return this.begun ? this.finish(text, this.begun) : this.begin(text)
  }

  private async begin(text: string): Promise<Step> {
    const parsed = CLIENT_FIRST.exec(text)
    if (!parsed) throw new LoginRefused('the first message is not one of SCRAM')
    const [, actAs, clientFirst = '', saslName = '', clientNonce = '', extensions = ''] = parsed
    const name = plainName(saslName)
    const isToken = /(?:^|,)tokenauth=true(?:,|$)/i.test(extensions)
    const found = await this.find(name, isToken)
    if (!found) throw new LoginRefused(`there are no credentials of ${name}`)
    // Who acts as another one by a token is its owner.
    if (actAs !== undefined && plainName(actAs) !== name)
      throw refusedAloud('Authentication failed: Client requested an authorization id that is different from username')
    const { salt, iterations } = found.credential
    if (iterations < scramIterations.min)
      throw new LoginRefused(
        `the credentials of ${name} have ${iterations} iterations, which is less than ${scramIterations.min}`,
      )
    const nonce = clientNonce + this.random.bytes(24).toString('base64url')
    const serverFirst = `r=${nonce},s=${salt.toString('base64')},i=${iterations}`
    this.begun = { found, nonce, clientFirst, serverFirst }
    return { answer: Buffer.from(serverFirst) }
  }

  private async find(name: string, isToken: boolean): Promise<Begun['found'] | undefined> {
    if (isToken) {
      const token = await this.source.token(this.mechanism, name)
      return token && { credential: token.credential, principal: token.owner, endsAt: token.endsAt }
    }
    const credential = this.source.user(this.mechanism, name)
    return credential && { credential, principal: userPrincipal(name) }
  }

  private async finish(text: string, { found, nonce, clientFirst, serverFirst }: Begun): Promise<Step> {
    const parsed = CLIENT_FINAL.exec(text)
    if (!parsed) throw new LoginRefused('the last message is not one of SCRAM')
    const [, withoutProof, sentNonce, proof = ''] = parsed
    // librdkafka puts its own part in front of it once more.
    if (!sentNonce?.endsWith(nonce)) throw new LoginRefused('the nonce is not the one that was given')
    const dialog = `${clientFirst},${serverFirst},${withoutProof}`
    const signature = await answerToProof(this.mechanism, found.credential, Buffer.from(proof, 'base64'), dialog)
    if (!signature) throw new LoginRefused('the password is wrong')
    const { principal, endsAt } = found
    return {
      answer: Buffer.from(`v=${signature.toString('base64')}`),
      done: { principal, ...(endsAt !== undefined && { endsAt }) },
    }
  }
}
