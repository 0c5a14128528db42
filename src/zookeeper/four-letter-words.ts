import type { ZooKeeperConfig } from './config.ts'

/** What one connection did; times in milliseconds. */
export interface ConnectionFigures {
  readonly address: string
  readonly port: number
  readonly received: number
  readonly sent: number
  /** 0 before there is one. */
  readonly sessionId: number
  readonly sessionTimeout: number
  readonly since: number
  readonly lastOperation: string
  readonly lastResponseAt: number
  readonly watches: number
}

/** The state of a ZooKeeper at the moment of a question. */
export interface Figures {
  readonly version: string
  readonly config: ZooKeeperConfig
  readonly connections: readonly ConnectionFigures[]
  readonly received: number
  readonly sent: number
  readonly latency: { readonly min: number; readonly average: number; readonly max: number }
  readonly zxid: number
  readonly nodes: number
  readonly dataSize: number
  readonly watches: number
  readonly watchedPaths: number
  /** Paths that end with a session, by session. */
  readonly ephemerals: ReadonlyMap<number, readonly string[]>
  readonly environment: Readonly<Record<string, string>>
}

const hex = (value: number): string => `0x${value.toString(16)}`
const lines = (...all: readonly string[]): string => all.map((line) => `${line}\n`).join('')

function shortConnection({ address, port, received, sent, sessionId }: ConnectionFigures): string {
  return ` /${address}:${port}[${sessionId === 0 ? 0 : 1}](queued=0,recved=${received},sent=${sent})`
}

function longConnection(connection: ConnectionFigures): string {
  if (connection.sessionId === 0) return shortConnection(connection)
  const { sessionId, lastOperation, since, sessionTimeout, lastResponseAt } = connection
  const more = `sid=${hex(sessionId)},lop=${lastOperation},est=${since},to=${sessionTimeout},lresp=${lastResponseAt}`
  return `${shortConnection(connection).slice(0, -1)},${more})`
}

function summary(figures: Figures): string {
  const { latency, received, sent, connections, zxid, nodes } = figures
  return lines(
    `Latency min/avg/max: ${latency.min}/${latency.average.toFixed(1)}/${latency.max}`,
    `Received: ${received}`,
    `Sent: ${sent}`,
    `Connections: ${connections.length}`,
    'Outstanding: 0',
    `Zxid: ${hex(zxid)}`,
    'Mode: standalone',
    `Node count: ${nodes}`,
  )
}

function monitor(figures: Figures): string {
  const { latency, connections, ephemerals } = figures
  const values: readonly (readonly [string, string | number])[] = [
    ['version', figures.version],
    ['server_state', 'standalone'],
    ['avg_latency', latency.average.toFixed(1)],
    ['max_latency', latency.max],
    ['min_latency', latency.min],
    ['packets_received', figures.received],
    ['packets_sent', figures.sent],
    ['num_alive_connections', connections.length],
    ['outstanding_requests', 0],
    ['znode_count', figures.nodes],
    ['watch_count', figures.watches],
    ['ephemerals_count', [...ephemerals.values()].reduce((sum, paths) => sum + paths.length, 0)],
    ['approximate_data_size', figures.dataSize],
    ['global_sessions', connections.filter(({ sessionId }) => sessionId !== 0).length],
  ]
  return lines(...values.map(([name, value]) => `zk_${name}\t${value}`))
}

function dump({ connections, ephemerals }: Figures): string {
  const sessions = connections.filter(({ sessionId }) => sessionId !== 0)
  return lines(
    'SessionTracker dump:',
    `Sessions (${sessions.length}):`,
    ...sessions.map(({ sessionId, sessionTimeout }) => `\t${hex(sessionId)}\t${sessionTimeout}ms`),
    'ephemeral nodes dump:',
    `Sessions with Ephemerals (${ephemerals.size}):`,
    ...[...ephemerals].flatMap(([session, paths]) => [`${hex(session)}:`, ...paths.map((path) => `\t${path}`)]),
  )
}

const words: Readonly<Record<string, (figures: Figures) => string>> = {
  ruok: () => 'imok',
  isro: () => 'rw',
  srvr: (figures) => `Zookeeper version: ${figures.version}\n${summary(figures)}`,
  stat: (figures) =>
    `Zookeeper version: ${figures.version}\nClients:\n${lines(...figures.connections.map(shortConnection))}\n${summary(figures)}`,
  cons: ({ connections }) => `${lines(...connections.map(longConnection))}\n`,
  mntr: monitor,
  dump,
  envi: ({ version, environment }) =>
    lines(
      'Environment:',
      `zookeeper.version=${version}`,
      ...Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    ),
  conf: ({ config }) =>
    lines(
      `clientPort=${config.port}`,
      'secureClientPort=-1',
      `dataDir=${config.dataDir}`,
      `tickTime=${config.tickTime}`,
      `maxClientCnxns=${config.maxClientConnections}`,
      `minSessionTimeout=${config.minSessionTimeout}`,
      `maxSessionTimeout=${config.maxSessionTimeout}`,
      'serverId=0',
    ),
  wchs: ({ connections, watches, watchedPaths }) =>
    lines(
      `${connections.filter((connection) => connection.watches > 0).length} connections watching ${watchedPaths} paths`,
      `Total watches:${watches}`,
    ),
}

/** Whether the first four bytes of a connection are a word, and no length: as one they would be above 1.6 GB. */
export const isWord = (bytes: Buffer): boolean => /^[a-z]{4}/.test(bytes.toString('latin1', 0, 4))

/** The answer to a word. */
export function answerWord(word: string, figures: Figures): string {
  return words[word]?.(figures) ?? `${word} is not executed because it is not in the whitelist.\n`
}
