import type { Disk } from '../../runtime/index.ts'
import { parseUuid, type Uuid } from '../../std/uuid.ts'

export const META_PROPERTIES_FILE = 'meta.properties'

/** To whom a log directory belongs, as `kafka-storage format` wrote it. */
export interface MetaProperties {
  readonly clusterId: string
  readonly nodeId: number
  readonly directoryId: Uuid
}

/** Undefined when the directory is not formatted; throws for a file that cannot be trusted. */
export function readMetaProperties(disk: Disk, dir: string): MetaProperties | undefined {
  const path = `${dir}/${META_PROPERTIES_FILE}`
  const text = disk.readFile(path)?.toString('utf8')
  if (text === undefined) return undefined
  const properties = parse(text)
  const need = (name: string): string => {
    const value = properties.get(name)
    if (value === undefined || value === '') throw new Error(`${path} is damaged: ${name} is missing`)
    return value
  }
  const version = need('version')
  if (version !== '1') throw new Error(`${path} is damaged or from another Kafka: version ${version}`)
  const nodeId = need('node.id')
  if (!/^\d{1,10}$/.test(nodeId)) throw new Error(`${path} is damaged: node.id is ${nodeId}`)
  const directoryId = need('directory.id')
  if (parseUuid(directoryId) === undefined) throw new Error(`${path} is damaged: directory.id is ${directoryId}`)
  return { clusterId: need('cluster.id'), nodeId: Number(nodeId), directoryId }
}

export function writeMetaProperties(disk: Disk, dir: string, meta: MetaProperties): void {
  disk.replaceFile(
    `${dir}/${META_PROPERTIES_FILE}`,
    `#\ncluster.id=${meta.clusterId}\ndirectory.id=${meta.directoryId}\nnode.id=${meta.nodeId}\nversion=1\n`,
  )
}

function parse(text: string): Map<string, string> {
  const properties = new Map<string, string>()
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('#') || line.startsWith('!')) continue
    const match = /^\s*([^\s=:]+)\s*[=:]\s*(.*?)\s*$/.exec(line)
    // Ids may hold no colon or equals sign, so that Java's escapes do not occur in a sound file.
    if (match) properties.set(match[1] as string, match[2] as string)
  }
  return properties
}
