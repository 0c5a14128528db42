import type { SinkConnector, SourceConnector } from '../connector.ts'
import { FileStreamSinkConnector } from '../connectors/file-stream-sink.ts'
import { FileStreamSourceConnector } from '../connectors/file-stream-source.ts'
import { CONNECT_VERSION, type Surroundings } from '../connectors/surroundings.ts'

/** A class of connectors. */
export interface Plugin {
  /** Java's whole name of those that come with Kafka; the name under which a module gives out a user's own. */
  readonly className: string
  readonly kind: 'source' | 'sink'
  readonly version: string
  create(): SourceConnector | SinkConnector
}

/** The connectors that come with Kafka. */
export const builtInPlugins = (around: Surroundings): Plugin[] => [
  {
    className: 'org.apache.kafka.connect.file.FileStreamSinkConnector',
    kind: 'sink',
    version: CONNECT_VERSION,
    create: () => new FileStreamSinkConnector(around),
  },
  {
    className: 'org.apache.kafka.connect.file.FileStreamSourceConnector',
    kind: 'source',
    version: CONNECT_VERSION,
    create: () => new FileStreamSourceConnector(around),
  },
]

/** Names that a class goes by: the whole one, what stands behind its last dot, and that without "Connector". */
function aliases({ className }: Plugin): string[] {
  const simple = className.replace(/^.*\./, '')
  return [className, simple, simple.replace(/Connector$/, '')]
}

export class Plugins {
  private readonly byName = new Map<string, Plugin>()

  /** Of several with the same name the last one counts. */
  constructor(readonly all: readonly Plugin[]) {
    for (const plugin of all) for (const name of aliases(plugin)) this.byName.set(name, plugin)
  }

  find(className: string): Plugin | undefined {
    return this.byName.get(className.trim())
  }

  /** Why there is none of that name. */
  notFound(className: string): string {
    const names = this.all.map((plugin) => plugin.className)
    return `Failed to find any class that implements Connector and which name matches ${className}, available connectors are: ${names.join(', ')}`
  }
}

/** Java's name of a connector's tasks, where there is one. */
export const taskClass = (plugin: Plugin): string => plugin.className.replace(/Connector$/, 'Task')
