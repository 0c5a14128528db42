import type { Disk } from '../../runtime/disk.ts'
import { isConnector, type SinkConnector, type SourceConnector } from '../connector.ts'
import { ConnectError } from '../data/errors.ts'
import type { Plugin } from './plugins.ts'

/** Loads a module of JavaScript by its path and gives what it exports. */
export type LoadModule = (path: string) => Promise<Readonly<Record<string, unknown>>>

const SCRIPT = /\.(js|mjs|cjs)$/
const MAINS = ['index.js', 'index.mjs', 'index.cjs']

/**
 * The connectors of the user's own: in each folder of `plugin.path` modules of JavaScript, and folders with a package or an `index.js`.
 * Every exported class whose objects are connectors is one, by the name under which it is exported. Folders without any, such as those with
 * Java's archives, are no error; a module that cannot be loaded is.
 */
export async function loadPlugins(folders: readonly string[], disk: Disk, load: LoadModule): Promise<Plugin[]> {
  const plugins: Plugin[] = []
  for (const folder of folders)
    for (const module of modulesIn(folder, disk)) plugins.push(...pluginsOf(await loaded(module, load)))
  return plugins
}

async function loaded(path: string, load: LoadModule): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await load(path)
  } catch (error) {
    throw new ConnectError(`The module ${path} of plugin.path cannot be loaded: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

function modulesIn(folder: string, disk: Disk): string[] {
  return (disk.list(folder) ?? []).flatMap((name) => {
    const path = `${folder}/${name}`
    if (!disk.stat(path)?.isDirectory) return SCRIPT.test(name) ? [path] : []
    return mainOf(path, disk) ?? []
  })
}

/** The module that stands for a folder. */
function mainOf(folder: string, disk: Disk): string | undefined {
  const manifest = disk.readFile(`${folder}/package.json`)
  if (manifest) {
    const { main } = JSON.parse(manifest.toString()) as { main?: string }
    if (main !== undefined) return `${folder}/${main}`
  }
  const name = MAINS.find((file) => disk.stat(`${folder}/${file}`))
  return name && `${folder}/${name}`
}

/** An object is made to see what a class is; whatever is no class of connectors is passed over. */
function pluginsOf(exported: Readonly<Record<string, unknown>>): Plugin[] {
  return Object.entries(exported).flatMap(([name, value]) => {
    const create = constructorOf(value)
    if (!create) return []
    const { kind, version } = create()
    return [{ className: name === 'default' ? (value as { name: string }).name : name, kind, version, create }]
  })
}

function constructorOf(value: unknown): (() => SourceConnector | SinkConnector) | undefined {
  if (typeof value !== 'function' || value.prototype === undefined) return undefined
  // What cannot be a connector is not tried out.
  if (typeof (value.prototype as { createTask?: unknown }).createTask !== 'function') return undefined
  const create = () => new (value as new () => SourceConnector | SinkConnector)()
  return isConnector(create()) ? create : undefined
}
