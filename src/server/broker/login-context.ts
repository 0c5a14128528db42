import type { BrokerConfig } from '../../config/broker.ts'
import { listenerLogins } from '../../config/listener-logins.ts'
import type { LoginContext } from '../../network/sasl/login-session.ts'
import type { Runtime } from '../../runtime/index.ts'
import { scramCredentialOf } from '../controller/scram.ts'
import type { MetadataImage } from '../metadata/image.ts'

/** What logins at a listener look at: its properties, and credentials in the metadata as it is then. Undefined for one without SASL. */
export function loginContext(
  config: BrokerConfig,
  listener: string,
  { clock, random }: Runtime,
  image: () => MetadataImage,
): LoginContext | undefined {
  const logins = listenerLogins(config, listener)
  return (
    logins && {
      logins,
      clock,
      random,
      user: (mechanism, name) => scramCredentialOf(image(), mechanism, name),
      token: async () => undefined,
    }
  )
}
