import type { ClientProperties } from '../client/types.ts'
import { type Properties, parsePropertiesFile } from '../config/properties.ts'
import type { Runtime } from '../runtime/index.ts'

export type ClientSettings = Record<string, string>

/** A file that is not there. Its message is the bare name, which is what Apache's tools print. */
export class MissingFile extends Error {
  override name = 'MissingFile'
}

/** Reads a properties file; throws `MissingFile`. */
export function loadProperties(runtime: Runtime, path: string): Properties {
  const bytes = runtime.disk.readFile(path)
  if (!bytes) throw new MissingFile(path)
  return parsePropertiesFile(bytes)
}

export const loadOptionalProperties = (runtime: Runtime, path: string | undefined): ClientSettings =>
  path === undefined ? {} : loadProperties(runtime, path)

/** `key=value` arguments; a key without a value has the empty one. */
export function parsePairs(args: readonly string[]): ClientSettings {
  const pairs: ClientSettings = {}
  for (const argument of args) {
    const at = argument.indexOf('=')
    pairs[at < 0 ? argument : argument.slice(0, at)] = at < 0 ? '' : argument.slice(at + 1)
  }
  return pairs
}

/**
 * `max.poll.records` of tools that read as fast as they can, where nobody wants another: a poll has a price of its own, and so has each
 * record beyond the last that is wanted.
 */
export const pollRecords = (wanted = Number.POSITIVE_INFINITY): string => String(Math.max(1, Math.min(5000, wanted)))

/** The settings of an admin client for these servers; Apache's admin tools give no other defaults. */
export const adminProperties = (settings: ClientSettings, servers: string): ClientProperties => ({
  ...settings,
  'bootstrap.servers': servers,
})
