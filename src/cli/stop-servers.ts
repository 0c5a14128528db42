import path from 'node:path'
import { parsePropertiesFile } from '../config/properties.ts'
import { listProcesses, type ProcessInfo, signalProcess } from '../runtime/node/processes.ts'
import type { Context } from './context.ts'

export interface StopFilter {
  readonly nodeId?: string
  /** As `process.roles` has it; a node id goes before it. */
  readonly role?: string
}

export interface StopResult {
  /** Servers of this toolset that run here. */
  readonly found: number
  readonly signalled: readonly number[]
}

/** Of a node that nobody gave a number, such as one that was started without a file. */
const DEFAULT_NODE_ID = 1
const startWords = new Set(['server-start', 'kafka-server-start'])
const zooKeeperWords = new Set(['zookeeper-server-start'])

/** Both slashes separate: a process list of Windows has them mixed. */
const baseName = (argument: string): string => path.win32.basename(argument).replace(/\.(js|sh|exe)$/, '')

/** Whether a command line is `node .../run.js kafka-server-start ...` or another spelling of it. */
const runs =
  (words: ReadonlySet<string>) =>
  ({ args }: ProcessInfo): boolean =>
    /^node/.test(baseName(args[0] ?? '')) && args.slice(1, 6).some((argument) => words.has(baseName(argument)))

/** What a server was started with: its properties' file, if there was one, and the arguments. */
function startOf({ args, folder }: ProcessInfo): {
  readonly file: string | undefined
  readonly rest: readonly string[]
} {
  const start = args.findIndex((argument, index) => index > 0 && startWords.has(baseName(argument)))
  const rest = args.slice(start + 1)
  const file = rest.find((argument, index) => !argument.startsWith('-') && rest[index - 1] !== '--override')
  return { file: file === undefined ? undefined : path.resolve(folder ?? '.', file), rest }
}

function configOf(server: ProcessInfo, { runtime }: Context): Record<string, string> | undefined {
  const { file, rest } = startOf(server)
  const bytes = file === undefined ? undefined : runtime.disk.readFile(file)
  if (!bytes && file !== undefined) return undefined
  const properties = bytes ? parsePropertiesFile(bytes) : {}
  for (const [index, argument] of rest.entries())
    if (argument === '--override') Object.assign(properties, pair(rest[index + 1] ?? ''))
  return properties
}

function pair(text: string): Record<string, string> {
  const at = text.indexOf('=')
  return at < 0 ? {} : { [text.slice(0, at)]: text.slice(at + 1) }
}

/** As a node that starts with these properties calls itself. */
const nodeIdOf = (properties: Record<string, string>): string =>
  properties['node.id'] ?? properties['broker.id'] ?? `${DEFAULT_NODE_ID}`

function matches(properties: Record<string, string> | undefined, { nodeId, role }: StopFilter): boolean {
  if (nodeId !== undefined) return properties !== undefined && nodeIdOf(properties) === nodeId
  return role === undefined || properties?.['process.roles'] === role
}

/** The processes of servers that were started with files of properties, by the file's path. */
export function serversByFile(): Map<string, number> {
  const found = new Map<string, number>()
  for (const server of listProcesses().filter(runs(startWords))) {
    const { file } = startOf(server)
    if (file !== undefined) found.set(file, server.pid)
  }
  return found
}

/** Sends the servers of this toolset on this machine a signal, TERM unless the environment's SIGNAL says otherwise. */
export function stopServers(filter: StopFilter, context: Context): StopResult {
  const servers = listProcesses().filter(runs(startWords))
  const chosen = servers.filter((server) => matches(configOf(server, context), filter))
  for (const { pid } of chosen) signalProcess(pid, context.console.env.SIGNAL || 'TERM')
  return { found: servers.length, signalled: chosen.map(({ pid }) => pid) }
}

/** Tells the ZooKeepers of this toolset on this machine to stop; gives how many there were. */
export function stopZooKeepers({ console }: Context): number {
  const found = listProcesses().filter(runs(zooKeeperWords))
  for (const { pid } of found) signalProcess(pid, console.env.SIGNAL || 'TERM')
  return found.length
}
