import type { Disk } from '../../runtime/disk.ts'
import { isConnector } from '../connector.ts'
import { ConnectError } from '../data/errors.ts'
import { isPredicate, isTransformation, type Predicate, type Transformation } from '../transforms/transformation.ts'
import type { Plugin } from './plugins.ts'
import type { StagePlugin } from './stage-plugins.ts'

/** Loads a module of JavaScript by its path and gives what it exports. */
export type LoadModule = (path: string) => Promise<Readonly<Record<string, unknown>>>

const SCRIPT = /\.(js|mjs|cjs)$/
const MAINS = ['index.js', 'index.mjs', 'index.cjs']

/** What modules of the user's own have brought. */
export interface LoadedPlugins {
  readonly connectors: readonly Plugin[]
  readonly transformations: readonly StagePlugin<Transformation>[]
  readonly predicates: readonly StagePlugin<Predicate>[]
}

/**
 * The connectors, transformations and predicates of the user's own: in each folder of `plugin.path` modules of JavaScript, and folders with a
 * package or an `index.js`. Every exported class whose objects are one of these is one, by the name under which it is exported. Folders
 * without any, such as those with Java's archives, are no error; a module that cannot be loaded is.
 */
export async function loadPlugins(folders: readonly string[], disk: Disk, load: LoadModule): Promise<LoadedPlugins> {
  const classes: ExportedClass[] = []
  for (const folder of folders)
    for (const module of modulesIn(folder, disk)) classes.push(...classesOf(await loaded(module, load)))
  return {
    connectors: made(classes, hasTasks, isConnector).map(([plugin, { kind }]) => ({ ...plugin, kind })),
    transformations: made(classes, isTransformation, isTransformation).map(([plugin]) => plugin),
    predicates: made(classes, isPredicate, isPredicate).map(([plugin]) => plugin),
  }
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

interface ExportedClass {
  readonly className: string
  readonly make: new () => unknown
}

function classesOf(exported: Readonly<Record<string, unknown>>): ExportedClass[] {
  return Object.entries(exported).flatMap(([name, value]) => {
    if (typeof value !== 'function' || value.prototype === undefined) return []
    const make = value as new () => unknown
    return [{ className: name === 'default' ? make.name : name, make }]
  })
}

const hasTasks = (prototype: unknown): boolean =>
  typeof (prototype as { readonly createTask?: unknown }).createTask === 'function'

/** Of the classes those whose objects are what is looked for. One is made to see that, but not of what cannot be. */
function made<T extends { readonly version: string }>(
  classes: readonly ExportedClass[],
  couldBe: (prototype: unknown) => boolean,
  isOne: (value: unknown) => value is T,
): [StagePlugin<T>, T][] {
  return classes.flatMap(({ className, make }): [StagePlugin<T>, T][] => {
    if (!couldBe(make.prototype)) return []
    const one = new make()
    return isOne(one) ? [[{ className, version: one.version, create: () => new make() as T }, one]] : []
  })
}
