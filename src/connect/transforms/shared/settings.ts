import { bool, ConfigError } from '../../../config/define.ts'
import { keyErrors, listOf, type SentenceKey } from '../../config/key-errors.ts'
import type { ConnectorConfig } from '../../connector.ts'
import { REPLACE_NULLS } from './keys.ts'
import { fieldReader } from './schemas.ts'

/** The config of a transformation by its keys. Throws `ConfigError` with the first thing that is wrong. */
export class Settings {
  private readonly values: ReadonlyMap<string, string | null>

  constructor(keys: readonly SentenceKey[], config: ConnectorConfig) {
    for (const key of keys) for (const error of keyErrors(key, config[key.name])) throw new ConfigError(error)
    this.values = new Map(keys.map((key) => [key.name, (config[key.name] ?? key.defaultValue ?? null)?.trim() ?? null]))
  }

  /** Null where it was not given and has no default. */
  maybe(name: string): string | null {
    return this.values.get(name) ?? null
  }

  text(name: string): string {
    return this.maybe(name) ?? ''
  }

  list(name: string): string[] {
    return listOf(this.text(name))
  }

  flag(name: string): boolean {
    return bool(false).parse(name, this.text(name))
  }

  /** How fields of structs are read, by `replace.null.with.default`. */
  fields(): ReturnType<typeof fieldReader> {
    return fieldReader(this.flag(REPLACE_NULLS))
  }
}
