import type { BrokerConfig } from '../../config/broker.ts'
import { listenerLogins } from '../../config/listener-logins.ts'
import type { LoginContext } from '../../network/sasl/login-session.ts'
import { tokenCheck } from '../../network/sasl/token-check.ts'
import type { Runtime } from '../../runtime/index.ts'
import { hasEnded, ownerOf, tokenOf } from '../controller/delegation-tokens.ts'
import { scramCredentialOf } from '../controller/scram.ts'
import type { MetadataImage } from '../metadata/image.ts'
import type { TokenSecrets } from './token-secrets.ts'

/** What logins at a listener look at: its properties, and credentials in the metadata as it is then. Undefined for one without SASL. */
export function loginContext(
  config: BrokerConfig,
  listener: string,
  runtime: Runtime,
  image: () => MetadataImage,
  secrets: TokenSecrets | undefined,
): LoginContext | undefined {
  const { clock, random } = runtime
  const logins = listenerLogins(config, listener)
  return (
    logins && {
      logins,
      clock,
      random,
      bearer: logins.tokens && tokenCheck(logins.tokens, runtime),
      user: (mechanism, name) => scramCredentialOf(image(), mechanism, name),
      token: async (mechanism, id) => {
        const token = tokenOf(image(), id)
        if (!token || !secrets || hasEnded(token, clock.now())) return undefined
        const credential = await secrets.credential(mechanism, token)
        return { credential, owner: ownerOf(token), endsAt: token.fields.expirationTimestamp }
      },
    }
  )
}
