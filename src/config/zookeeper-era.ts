import { ConfigError } from './define.ts'
import { parseZooKeeperAddress, type ZooKeeperAddress } from './zookeeper-address.ts'

type Properties = Readonly<Record<string, string>>

/** How a broker gets on with a ZooKeeper. Times in milliseconds. */
export interface ZooKeeperSettings {
  readonly address: ZooKeeperAddress
  /** A node without `process.roles` is one of the ZooKeeper era, and does not start without its ZooKeeper. */
  readonly required: boolean
  readonly connectionTimeoutMs: number
  readonly sessionTimeoutMs: number
}

/** Names of the ZooKeeper era that are known, and that a node without ZooKeeper's metadata has no use for. */
export const retired =
  /^(zookeeper\.|port$|host\.name$|advertised\.(port|host\.name)$|inter\.broker\.protocol\.version$|log\.message\.format\.version$|log\.message\.timestamp\.difference\.max\.ms$|broker\.id\.generation\.enable$|reserved\.broker\.max\.id$|control\.plane\.listener\.name$|password\.encoder\.|confluent\.)/

const givenText = (properties: Properties, name: string): string | undefined => properties[name]?.trim() || undefined

function number(properties: Properties, name: string, max: number): number | undefined {
  const text = givenText(properties, name)
  if (text === undefined) return undefined
  const value = Number(text)
  if (!/^\d+$/.test(text) || value > max)
    throw new ConfigError(`Invalid value ${text} for configuration ${name}: Not a number from 0 to ${max}`)
  return value
}

const port = (properties: Properties, name: string): number | undefined => number(properties, name, 65_535)

/** `port` and `host.name` said before KIP-103 what `listeners` says now. */
export const eraListener = (properties: Properties) => ({
  name: 'PLAINTEXT',
  host: givenText(properties, 'host.name') ?? '',
  port: port(properties, 'port') ?? 9092,
})

/** `advertised.host.name` and `advertised.port`; undefined when neither is given, or `advertised.listeners` rules. */
export function eraAdvertised(properties: Properties) {
  const host = givenText(properties, 'advertised.host.name')
  const advertisedPort = port(properties, 'advertised.port')
  if (host === undefined && advertisedPort === undefined) return undefined
  const listener = eraListener(properties)
  return { ...listener, host: host ?? listener.host, port: advertisedPort ?? listener.port }
}

/** Where the ZooKeeper is; undefined when none is named. */
export function zooKeeperSettings(properties: Properties): ZooKeeperSettings | undefined {
  const text = givenText(properties, 'zookeeper.connect')
  if (text === undefined) return undefined
  const LIMIT = 2 ** 31 - 1
  const session = number(properties, 'zookeeper.session.timeout.ms', LIMIT)
  return {
    address: parseZooKeeperAddress(text, 'zookeeper.connect'),
    required: givenText(properties, 'process.roles') === undefined,
    connectionTimeoutMs: number(properties, 'zookeeper.connection.timeout.ms', LIMIT) ?? session ?? 6000,
    sessionTimeoutMs: session ?? 18_000,
  }
}
