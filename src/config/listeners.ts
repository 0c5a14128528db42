import { type SecurityProtocol, securityProtocols } from './client-security.ts'
import { ConfigError } from './define.ts'

export interface ListenerConfig {
  readonly name: string
  readonly host: string
  readonly port: number
}

export interface AdvertisedListener extends ListenerConfig {
  readonly protocol: SecurityProtocol
}

export function parseListener(property: string, text: string): ListenerConfig {
  const match = /^([A-Za-z_0-9]+):\/\/(?:\[([^\]]*)\]|([^:]*)):(-?\d+)$/.exec(text.trim())
  const port = Number(match?.[4])
  if (!match || !(port >= 0 && port <= 65535))
    throw new ConfigError(`Unable to parse ${text} to a broker endpoint of ${property}: NAME://host:port is expected`)
  return { name: (match[1] as string).toUpperCase(), host: match[2] ?? match[3] ?? '', port }
}

/** `listener.security.protocol.map`: what is spoken on the listeners of each name. */
export function parseProtocolMap(text: string): ReadonlyMap<string, SecurityProtocol> {
  const map = new Map<string, SecurityProtocol>()
  for (const entry of text.split(',').map((one) => one.trim())) {
    if (entry === '') continue
    const [name = '', word = ''] = entry.split(':').map((part) => part.trim().toUpperCase())
    const protocol = securityProtocols.find((one) => one === word)
    if (protocol === undefined)
      throw new ConfigError(
        `Invalid value ${entry} for configuration listener.security.protocol.map: NAME:PROTOCOL is expected, with one of ${securityProtocols.join(', ')}`,
      )
    map.set(name, protocol)
  }
  return map
}

/** Property names that begin so hold for the listener of that name only. */
export const listenerPrefix = (listener: string): string => `listener.name.${listener.toLowerCase()}.`

/** What follows such a beginning; undefined for a name without it. */
export const listenerSuffix = (property: string): string | undefined =>
  /^listener\.name\.[a-z_0-9]+\.(.+)$/.exec(property)?.[1]

/** Behind the name of a listener, a mechanism's name may stand in front of properties of logins: `plain.sasl.jaas.config`. */
export const withoutMechanism = (suffix: string): string =>
  suffix.replace(/^[a-z0-9-]+\.(?=sasl\.|connections\.max\.reauth\.ms$)/, '')
