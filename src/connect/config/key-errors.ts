import { bool, ConfigError, double, int, long, type Property, short } from '../../config/define.ts'
import type { ConfigKey } from '../connector.ts'

/** A key of which a whole sentence is said, also when its value is missing (undefined). */
export interface SentenceKey extends ConfigKey {
  readonly sentence?: (value: string | undefined) => string | undefined
}

const parsers: Partial<Record<ConfigKey['type'], Property<unknown>>> = {
  INT: int(null),
  LONG: long(null),
  SHORT: short(null),
  DOUBLE: double(null),
  BOOLEAN: bool(false),
}

/** Items of a LIST. */
export const listOf = (text: string): string[] => (text.trim() === '' ? [] : text.trim().split(/\s*,\s*/))

/** What is wrong with a text as a value of its type; `name` is where it was given. */
function typeError(key: ConfigKey, value: string, name: string): string | undefined {
  try {
    parsers[key.type]?.parse(name, value)
    return undefined
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
}

/** All that is wrong with a value, or with its absence, in Apache's words. A key below a prefix is called by `name`, except by its own check. */
export function* keyErrors(key: SentenceKey, value: string | undefined, name: string = key.name): Generator<string> {
  if (value === undefined && key.defaultValue === undefined)
    yield `Missing required configuration "${name}" which has no default value.`
  if (value !== undefined) {
    const complaint = typeError(key, value, name)
    if (complaint !== undefined) return void (yield complaint)
    const wrong = key.check?.(value)
    if (wrong !== undefined)
      yield `Invalid value ${key.type === 'LIST' ? `[${listOf(value).join(', ')}]` : value} for configuration ${key.name}: ${wrong}`
  }
  const sentence = value === undefined && key.defaultValue !== undefined ? undefined : key.sentence?.(value)
  if (sentence !== undefined) yield sentence
}

/** How a value is shown: null where it is none of its type, a list without blanks. */
export function shownValue(key: ConfigKey, value: string | null): string | null {
  if (value === null || typeError(key, value, key.name) !== undefined) return null
  return key.type === 'LIST' ? listOf(value).join(',') : value
}
