import { ConfigError } from '../config/define.ts'

/** What of a zookeeper.properties means something here. Times in milliseconds. */
export interface ZooKeeperConfig {
  readonly host: string
  readonly port: number
  readonly tickTime: number
  readonly minSessionTimeout: number
  readonly maxSessionTimeout: number
  /** Connections from one address; 0 for any number. */
  readonly maxClientConnections: number
  /** Where the controller of the brokers keeps what it knows; ZooKeeper's own nodes are in memory only. */
  readonly dataDir: string
}

/** Names that ZooKeeper knows and that ask for nothing which a single one in memory would not give. */
const accepted =
  /^(dataDir|dataLogDir|initLimit|syncLimit|admin\.|4lw\.|autopurge\.|snapCount|preAllocSize|globalOutstandingLimit|standaloneEnabled|quorumListenOnAllIPs|metricsProvider\.|audit\.|reconfigEnabled|jute\.maxbuffer|clientPortListenBacklog)/
const known = /^(clientPort|clientPortAddress|tickTime|minSessionTimeout|maxSessionTimeout|maxClientCnxns)$/

/** Reads zookeeper.properties; throws `ConfigError` for what cannot work, above all an ensemble of several servers. */
export function zooKeeperConfig(properties: Readonly<Record<string, string>>): ZooKeeperConfig {
  const number = (name: string, fallback: number, max = 2 ** 31 - 1): number => {
    const text = properties[name]?.trim()
    if (text === undefined) return fallback
    const value = Number(text)
    if (!/^-?\d+$/.test(text) || value > max)
      throw new ConfigError(`Invalid value ${text} for ${name} in zookeeper.properties: a number is expected`)
    return value
  }
  if (properties.clientPort === undefined)
    throw new ConfigError('zookeeper.properties names no clientPort: clientPort=2181 is the usual one')
  const servers = Object.keys(properties).filter((name) => /^server\.\d+$/.test(name))
  if (servers.length > 1)
    throw new ConfigError(
      `zookeeper.properties names an ensemble (${servers.join(', ')}): only one ZooKeeper is served, remove these lines`,
    )
  for (const name of ['secureClientPort', 'authProvider.1', 'authProvider.sasl'])
    if (properties[name] !== undefined)
      throw new ConfigError(`${name} in zookeeper.properties: only plain connections without a login are served`)
  const tickTime = number('tickTime', 3000)
  return {
    host: properties.clientPortAddress?.trim() ?? '',
    port: number('clientPort', 2181, 65_535),
    tickTime,
    minSessionTimeout: positive(number('minSessionTimeout', -1)) ?? 2 * tickTime,
    maxSessionTimeout: positive(number('maxSessionTimeout', -1)) ?? 20 * tickTime,
    maxClientConnections: number('maxClientCnxns', 60),
    dataDir: properties.dataDir?.trim() ?? '/tmp/zookeeper',
  }
}

/** What is there of `dataDir`, once brokers have a cluster. */
export const clusterDir = ({ dataDir }: ZooKeeperConfig): string => `${dataDir}/kafka`

const positive = (value: number): number | undefined => (value > 0 ? value : undefined)

/** Names that ZooKeeper does not know. */
export const unknownProperties = (properties: Readonly<Record<string, string>>): string[] =>
  Object.keys(properties).filter((name) => !known.test(name) && !accepted.test(name) && !/^server\.\d+$/.test(name))

export const knownProperties: readonly string[] = [
  'clientPort',
  'clientPortAddress',
  'tickTime',
  'minSessionTimeout',
  'maxSessionTimeout',
  'maxClientCnxns',
  'dataDir',
  'dataLogDir',
  'initLimit',
  'syncLimit',
  'admin.enableServer',
]
