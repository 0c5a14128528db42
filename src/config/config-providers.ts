import type { Runtime } from '../runtime/index.ts'
import { javaPattern } from '../std/java-pattern.ts'
import { ConfigError } from './define.ts'
import { parseProperties } from './properties.ts'
import { AllowedPaths } from './provider-paths.ts'

type Value = string | number | boolean | undefined
type Properties = Readonly<Record<string, Value>>
type Surroundings = Pick<Runtime, 'disk' | 'environment'>

/** Gives what stands at a path under some keys. Throws `ConfigError`; keys that are not there are left out. */
type Provider = (path: string, keys: ReadonlySet<string>) => ReadonlyMap<string, string>

interface Setup {
  readonly parameters: Readonly<Record<string, string>>
  readonly surroundings: Surroundings
  readonly warn: (sentence: string) => void
}

const NAMES = 'config.providers'
const PACKAGE = 'org.apache.kafka.common.config.provider.'
/** A provider, a path in it or none, and a key. */
const VARIABLE = /\$\{([^}]*?):(?:([^}]*?):)?([^}]*?)\}/g

/** Whether a property says what providers there are: no client, node or connector has it for itself. */
export const isOfProviders = (name: string): boolean => name.startsWith(`${NAMES}.`)

const nothing: ReadonlyMap<string, string> = new Map()

/** A properties file, in UTF-8. */
function fileProvider({ parameters, surroundings: { disk }, warn }: Setup): Provider {
  const paths = new AllowedPaths(parameters['allowed.paths'], disk)
  return (given, keys) => {
    if (given === '') return nothing
    const path = paths.check(given)
    if (path === undefined) {
      warn(`The path ${given} is not allowed to be accessed`)
      return nothing
    }
    const properties = parseProperties(read(disk, path, `Could not read properties from file ${given}`))
    return new Map(Object.entries(properties).filter(([key]) => keys.has(key)))
  }
}

/** The files of a folder, each the value of its name. */
function directoryProvider({ parameters, surroundings: { disk }, warn }: Setup): Provider {
  const paths = new AllowedPaths(parameters['allowed.paths'], disk)
  return (given, keys) => {
    if (given === '') return nothing
    const path = paths.check(given)
    const isFolder = path !== undefined && disk.stat(path)?.isDirectory === true
    if (!isFolder) {
      warn(
        path === undefined ? `The path ${given} is not allowed to be accessed` : `The path ${given} is not a directory`,
      )
      return nothing
    }
    const files = (disk.list(path) ?? []).filter((name) => keys.has(name) && !disk.stat(`${path}/${name}`)?.isDirectory)
    return new Map(
      files.map((name) => {
        const file = `${path}/${name}`
        return [name, read(disk, file, `Could not read file ${file} for property ${name}`)]
      }),
    )
  }
}

/** Never says what is in the file. */
function read(disk: Surroundings['disk'], path: string, complaint: string): string {
  let bytes: Buffer | undefined
  try {
    bytes = disk.readFile(path)
  } catch {
    // Whatever the reason: Apache's says no more either.
  }
  if (!bytes) throw new ConfigError(complaint)
  return bytes.toString()
}

/** Variables of the process's environment. */
function environmentProvider({ parameters, surroundings: { environment = {} } }: Setup): Provider {
  const pattern = javaPattern(parameters['allowlist.pattern'] ?? '.*')
  return (path, keys) => {
    if (path !== '') throw new ConfigError(`Path is not supported for EnvVarConfigProvider, invalid value '${path}'`)
    const known = [...keys].filter((key) => pattern.test(key) && Object.hasOwn(environment, key))
    return new Map(known.map((key) => [key, environment[key] ?? '']))
  }
}

const providers: Readonly<Record<string, (setup: Setup) => Provider>> = {
  [`${PACKAGE}FileConfigProvider`]: fileProvider,
  [`${PACKAGE}DirectoryConfigProvider`]: directoryProvider,
  [`${PACKAGE}EnvVarConfigProvider`]: environmentProvider,
}

/**
 * Puts what properties name by `${provider:path:key}` in its place (KIP-297): `config.providers` names the providers, `config.providers.NAME.class` and `.param.*` say what
 * they are. A variable that is not found stays as it is written, and so do all of a provider that is not there.
 */
export class ConfigProviders {
  readonly #providers = new Map<string, Provider>()

  /** Throws `ConfigError` for a class that is none of Kafka's, and for parameters that it does not take. */
  constructor(properties: Properties, surroundings: Surroundings, warn: (sentence: string) => void = () => {}) {
    const names = properties[NAMES]
    if (names === undefined || names === '') return
    for (const name of String(names).split(',')) {
      const property = `${NAMES}.${name}.class`
      const className = properties[property]
      if (className === undefined) continue
      const make = Object.hasOwn(providers, String(className)) ? providers[String(className)] : undefined
      if (!make)
        throw new ConfigError(
          `Invalid value ${className} for configuration ${property}: Could not load config provider class or one of its dependencies`,
        )
      const prefix = `${NAMES}.${name}.param.`
      const parameters = Object.entries(properties).flatMap(([key, value]) =>
        key.startsWith(prefix) && value !== undefined ? [[key.slice(prefix.length), String(value)]] : [],
      )
      this.#providers.set(name, make({ parameters: Object.fromEntries(parameters), surroundings, warn }))
    }
  }

  /** The properties with their values. Throws `ConfigError` for what a provider cannot read. */
  resolve<P extends Properties>(properties: P): P {
    if (this.#providers.size === 0) return properties
    const found = this.#lookUp(Object.values(properties))
    const resolved = Object.entries(properties).map(([name, value]) => {
      if (typeof value !== 'string') return [name, value]
      const replaced = value.replace(VARIABLE, (whole, provider: string, path: string | undefined, key: string) => {
        return found.get(placeOf(provider, path))?.get(key) ?? whole
      })
      return [name, replaced]
    })
    return Object.fromEntries(resolved) as P
  }

  /** Asks each provider once for all that is wanted at one path. */
  #lookUp(values: readonly Value[]): Map<string, ReadonlyMap<string, string>> {
    const wanted = new Map<string, { readonly provider: Provider; readonly path: string; readonly keys: Set<string> }>()
    for (const value of values)
      for (const [, name = '', path, key = ''] of typeof value === 'string' ? value.matchAll(VARIABLE) : []) {
        const provider = this.#providers.get(name)
        if (!provider) continue
        const place = placeOf(name, path)
        const entry = wanted.get(place) ?? { provider, path: path ?? '', keys: new Set<string>() }
        entry.keys.add(key)
        wanted.set(place, entry)
      }
    return new Map([...wanted].map(([place, { provider, path, keys }]) => [place, provider(path, keys)]))
  }
}

const placeOf = (provider: string, path = ''): string => `${provider}\0${path}`

/** The properties with what providers named among them give; sentences about what they would not read go to `warn`. Throws `ConfigError`. */
export const withProviders = <P extends Properties>(
  properties: P,
  surroundings: Surroundings,
  warn?: (sentence: string) => void,
): P =>
  properties[NAMES] === undefined ? properties : new ConfigProviders(properties, surroundings, warn).resolve(properties)
