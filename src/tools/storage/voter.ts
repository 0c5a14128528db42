import type { RaftEndpoint, RaftVoter } from '../../client/index.ts'
import { parseListener } from '../../config/listeners.ts'
import type { Properties } from '../../config/properties.ts'
import type { Disk } from '../../runtime/index.ts'
import { readMetaProperties } from '../../server/storage/meta-properties.ts'

export interface NewVoter extends RaftVoter {
  readonly endpoints: readonly RaftEndpoint[]
}

/** `NAME://host:port`, by commas. */
export const endpointsText = (endpoints: readonly RaftEndpoint[]): string =>
  endpoints.map(({ name, host, port }) => `${name}://${host.includes(':') ? `[${host}]` : host}:${port}`).join(', ')

const refuse = (what: string) => new Error(`${what}. Is this a valid controller configuration file?`)

/** The controller that a server.properties describes, its directory as `storage format` left it; throws for one that cannot vote. */
export function voterOf(properties: Properties, disk: Disk): NewVoter {
  const id = nodeId(properties)
  const directoryId = directoryIdIn(metadataDirectory(properties), disk)
  return { id, directoryId, endpoints: controllerEndpoints(properties) }
}

function nodeId(properties: Properties): number {
  const text = properties['node.id']
  if (text === undefined) throw refuse('node.id not found in configuration file')
  if (!/^[+-]?\d{1,10}$/.test(text)) throw new Error(`For input string: "${text}"`)
  if (Number(text) < 0) throw refuse('node.id was negative in configuration file')
  if (!(properties['process.roles'] ?? '').includes('controller'))
    throw refuse("process.roles did not contain 'controller' in configuration file")
  return Number(text)
}

function metadataDirectory(properties: Properties): string {
  const dir = properties['metadata.log.dir'] ?? properties['log.dirs']?.trim().split(',')[0]
  if (dir === undefined) throw refuse('Neither metadata.log.dir nor log.dirs were found')
  return dir
}

function directoryIdIn(dir: string, disk: Disk): string {
  const meta = readMetaProperties(disk, dir)
  if (!meta) throw new Error(`Unable to read meta.properties from ${dir}`)
  return meta.directoryId
}

/** As the other controllers reach it: what is advertised stands before what is bound. */
function controllerEndpoints(properties: Properties): RaftEndpoint[] {
  const names = properties['controller.listener.names']
  const all = ['listeners', 'advertised.listeners'].flatMap((property) =>
    listed(properties[property]).map((text) => parseListener(property, text)),
  )
  const byName = new Map(all.map((listener) => [listener.name, listener]))
  if (names === undefined) throw refuse('controller.listener.names was not found')
  return listed(names).map((name) => {
    const listener = byName.get(name.toUpperCase())
    if (!listener) throw new Error(`Cannot find information about controller listener name: ${name.toUpperCase()}`)
    return { ...listener, host: listener.host === '' ? 'localhost' : listener.host }
  })
}

const listed = (text = ''): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
