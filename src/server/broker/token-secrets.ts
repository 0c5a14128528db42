import {
  type ScramCredential,
  type ScramMechanism,
  saltedPassword,
  scramIterations,
  scramKeys,
} from '../../network/sasl/scram.ts'
import type { Random } from '../../runtime/index.ts'
import { equalInSecret } from '../../std/bytes.ts'
import { type TokenRecord, tokensIn } from '../controller/delegation-tokens.ts'
import type { MetadataImage } from '../metadata/image.ts'

/** What makes tokens secrets: `delegation.token.secret.key`, which all nodes of a cluster have. */
export class TokenSecrets {
  private readonly hmacs = new WeakMap<TokenRecord, Promise<Buffer>>()
  private readonly credentials = new WeakMap<TokenRecord, Map<ScramMechanism, Promise<ScramCredential>>>()

  constructor(
    private readonly key: string,
    private readonly random: Random,
  ) {}

  /** The secret of the token with this id, 64 bytes. */
  async hmacOf(id: string): Promise<Buffer> {
    const { subtle } = crypto
    const how = { name: 'HMAC', hash: 'SHA-512' }
    const key = await subtle.importKey('raw', Buffer.from(this.key), how, false, ['sign'])
    return Buffer.from(await subtle.sign('HMAC', key, Buffer.from(id)))
  }

  hmac(token: TokenRecord): Promise<Buffer> {
    let hmac = this.hmacs.get(token)
    if (!hmac) this.hmacs.set(token, (hmac = this.hmacOf(token.fields.tokenId)))
    return hmac
  }

  /** The id of the token with this secret. */
  async find(image: MetadataImage, secret: Buffer): Promise<string | undefined> {
    for (const token of tokensIn(image)) if (equalInSecret(await this.hmac(token), secret)) return token.fields.tokenId
    return undefined
  }

  /** What a login with the token is checked against: its secret in Base64 is the password. Made once, for it takes milliseconds. */
  credential(mechanism: ScramMechanism, token: TokenRecord): Promise<ScramCredential> {
    let known = this.credentials.get(token)
    if (!known) this.credentials.set(token, (known = new Map()))
    let credential = known.get(mechanism)
    if (!credential) known.set(mechanism, (credential = this.makeCredential(mechanism, token)))
    return credential
  }

  private async makeCredential(mechanism: ScramMechanism, token: TokenRecord): Promise<ScramCredential> {
    const password = (await this.hmac(token)).toString('base64')
    const salt = this.random.bytes(24)
    const iterations = scramIterations.min
    return {
      salt,
      iterations,
      ...(await scramKeys(mechanism, await saltedPassword(mechanism, password, salt, iterations))),
    }
  }
}
