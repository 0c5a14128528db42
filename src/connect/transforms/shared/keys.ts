import { javaPattern } from '../../../std/java-pattern.ts'
import { listOf, type SentenceKey } from '../../config/key-errors.ts'

/** Keys of transformations and predicates, with what Apache's validators say of their values. */

type Importance = SentenceKey['importance']

const key = (
  type: SentenceKey['type'],
  name: string,
  defaultValue: string | null | undefined,
  importance: Importance,
  documentation: string,
  sentence?: SentenceKey['sentence'],
): SentenceKey => ({
  name,
  type,
  ...(defaultValue === undefined ? {} : { defaultValue }),
  importance,
  documentation,
  ...(sentence ? { sentence } : {}),
})

/** A `fallback` of undefined makes it required. */
export const textKey = (
  name: string,
  fallback: string | null | undefined,
  importance: Importance,
  documentation: string,
  sentence?: SentenceKey['sentence'],
): SentenceKey => key('STRING', name, fallback, importance, documentation, sentence)

export const intKey = (name: string, importance: Importance, documentation: string): SentenceKey =>
  key('INT', name, null, importance, documentation)

export const listKey = (
  name: string,
  fallback: string | undefined,
  importance: Importance,
  documentation: string,
  sentence?: SentenceKey['sentence'],
): SentenceKey => key('LIST', name, fallback, importance, documentation, sentence)

export const REPLACE_NULLS = 'replace.null.with.default'
export const replaceNullsKey = key(
  'BOOLEAN',
  REPLACE_NULLS,
  'true',
  'MEDIUM',
  'Whether a field that is null and has a default counts as that.',
)

const invalid = (name: string, value: string | undefined, why: string): string =>
  `Invalid value ${value ?? 'null'} for configuration ${name}: ${why}`

export const shownList = (value: string): string => `[${listOf(value).join(', ')}]`

/** Items that are neither empty nor the same; `orNone` lets the list be empty. */
export const distinctItems =
  (name: string, orNone = false) =>
  (value: string | undefined): string | undefined => {
    if (value === undefined) return `Configuration '${name}' values must not be null.`
    const items = listOf(value)
    if (items.length === 0 && !orNone)
      return `Configuration '${name}' must not be empty. Valid values include: any non-empty value`
    if (new Set(items).size < items.length) return `Configuration '${name}' values must not be duplicated.`
    return items.includes('') ? `Configuration '${name}' values must not be empty.` : undefined
  }

export const someItems =
  (name: string) =>
  (value: string | undefined): string | undefined =>
    listOf(value ?? '').length > 0
      ? undefined
      : invalid(name, value === undefined ? undefined : shownList(value), 'Empty list')

export const oneOf =
  (name: string, ...words: readonly string[]) =>
  (value: string | undefined): string | undefined =>
    value !== undefined && words.includes(value)
      ? undefined
      : invalid(name, value, `String must be one of: ${words.join(', ')}`)

export const oneOfAnyCase =
  (name: string, ...words: readonly string[]) =>
  (value: string | undefined): string | undefined =>
    value !== undefined && words.includes(value.toUpperCase())
      ? undefined
      : invalid(name, value, `String must be one of (case insensitive): ${words.join(', ')}`)

export const notNull =
  (name: string) =>
  (value: string | undefined): string | undefined =>
    value === undefined ? invalid(name, value, 'entry must be non null') : undefined

export const notEmpty =
  (name: string) =>
  (value: string | undefined): string | undefined =>
    value === '' ? invalid(name, value, 'String must be non-empty') : undefined

/** One that is missing is said to be missing, no more. */
export const aPattern =
  (name: string) =>
  (value: string | undefined): string | undefined => {
    try {
      javaPattern(value ?? '')
      return undefined
    } catch (error) {
      return invalid(name, value, `Invalid regex: ${(error as Error).message}`)
    }
  }

/** `a:b` pairs. */
export const pairs =
  (name: string) =>
  (value: string | undefined): string | undefined => {
    const wrong = listOf(value ?? '').find((item) => item.split(':').filter((part) => part !== '').length !== 2)
    return wrong === undefined || value === undefined
      ? undefined
      : invalid(name, shownList(value), `Invalid rename mapping: ${wrong}`)
  }
