import type { BrokerConfig } from '../config/broker.ts'
import { brokerProperties } from '../config/broker-table.ts'
import { type StoreConfig, storeProperties } from '../config/client-security.ts'
import { ConfigError } from '../config/define.ts'
import { listenerPrefix } from '../config/listeners.ts'
import type { Disk, ListenerTls } from '../runtime/index.ts'
import { ownerOf } from './distinguished-name.ts'
import { ANONYMOUS, type Principal, userPrincipal } from './principal.ts'
import { principalMapping } from './principal-mapping.ts'
import { tlsStores } from './tls.ts'

/** Kafka leaves a handshake the time that an idle connection has; half a minute is enough for the slowest. */
const HANDSHAKE_MS = 30_000

const nothing: ReadonlyMap<string, string> = new Map()

/**
 * The TLS of a listener, with its files read; undefined for one without. `changed` has what was set while the node runs, by names with the listener in
 * front. Throws `ConfigError`, whose sentence names the listener.
 */
export function listenerTls(
  config: BrokerConfig,
  listener: string,
  disk: Disk,
  changed: ReadonlyMap<string, string> = nothing,
): ListenerTls | undefined {
  const protocol = config.protocolOf(listener)
  if (!protocol.endsWith('SSL')) return undefined
  try {
    const inForce = (name: (typeof storeProperties)[number]) => {
      const value = changed.get(listenerPrefix(listener) + name)
      return value === undefined ? config.at(listener, name) : brokerProperties[name].parse(name, value)
    }
    const properties = Object.fromEntries(storeProperties.map((name) => [name, inForce(name)]))
    const stores = tlsStores(properties as unknown as StoreConfig, disk)
    if (stores.own === undefined)
      throw new ConfigError(
        'there is no certificate: set ssl.keystore.location, or ssl.keystore.key and ssl.keystore.certificate.chain.',
      )
    return {
      ...stores,
      clientCertificate: clientCertificate(config, listener),
      handshakeMs: HANDSHAKE_MS,
    }
  } catch (error) {
    if (error instanceof ConfigError) throw new ConfigError(`Listener ${listener}: ${error.message}`)
    throw error
  }
}

/** Who shows a certificate at a listener. Where clients log in by SASL, the login says it. Throws `ConfigError` for rules that are none. */
export function certificatePrincipal(config: BrokerConfig, listener: string): (certificate: Buffer) => Principal {
  if (config.protocolOf(listener) !== 'SSL') return () => ANONYMOUS
  const mapping = principalMapping(config.at(listener, 'ssl.principal.mapping.rules'))
  return (certificate) => userPrincipal(mapping(ownerOf(certificate)))
}

/** Where clients log in by SASL, a certificate is asked for only if that listener's own properties say so (KIP-684). */
function clientCertificate(config: BrokerConfig, listener: string): ListenerTls['clientCertificate'] {
  const name = 'ssl.client.auth'
  const own = config.protocolOf(listener) === 'SSL' ? config.at(listener, name) : config.givenAt(listener, name)
  return (own ?? 'none') as ListenerTls['clientCertificate']
}
