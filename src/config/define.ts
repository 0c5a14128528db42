/**
 * The language of configuration tables. A property knows its type, its default and what it accepts; the texts of its complaints are those
 * of Apache's ConfigException, which scripts compare.
 */
export type ConfigType = 'boolean' | 'string' | 'int' | 'short' | 'long' | 'double' | 'list' | 'class' | 'password'

/** Thrown for a value that a property does not take. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

/** What is wrong; of a list, with which of its items. */
type Complaint = string | { readonly item: string; readonly complaint: string }
type Check = (value: unknown) => Complaint | undefined

export class Property<T> {
  constructor(
    readonly type: ConfigType,
    readonly fallback: T,
    private readonly read: (text: string) => T | undefined,
    private readonly complaint: string,
    private readonly checks: readonly Check[] = [],
  ) {}

  private checked(check: Check): Property<T> {
    return new Property(this.type, this.fallback, this.read, this.complaint, [...this.checks, check])
  }

  min(low: number): Property<T> {
    return this.checked((value) =>
      typeof value === 'number' && value < low ? `Value must be at least ${low}` : undefined,
    )
  }

  max(high: number): Property<T> {
    return this.checked((value) =>
      typeof value === 'number' && value > high ? `Value must be no more than ${high}` : undefined,
    )
  }

  oneOf(...words: readonly string[]): Property<T> {
    return this.checked((value) => {
      const given = Array.isArray(value) ? (value as string[]) : value === null ? [] : [String(value)]
      const wrong = given.find((word) => !words.includes(word))
      return wrong === undefined ? undefined : { item: wrong, complaint: `String must be one of: ${words.join(', ')}` }
    })
  }

  /** Complaints show a number as Java prints it. */
  private shown(value: unknown, text: string): string {
    return this.type === 'double' && Number.isInteger(value) ? `${value}.0` : text
  }

  /** The value of a text; throws `ConfigError`. */
  parse(name: string, text: string): T {
    const value = this.read(text.trim())
    if (value === undefined) throw new ConfigError(`Invalid value ${text} for configuration ${name}: ${this.complaint}`)
    for (const check of this.checks) {
      const complaint = check(value)
      if (!complaint) continue
      const [shown, sentence] =
        typeof complaint === 'string' ? [this.shown(value, text), complaint] : [complaint.item, complaint.complaint]
      throw new ConfigError(`Invalid value ${shown} for configuration ${name}: ${sentence}`)
    }
    return value
  }
}

function whole(low: number, high: number): (text: string) => number | undefined {
  return (text) => {
    if (!/^[+-]?\d+$/.test(text)) return undefined
    const value = Number(text)
    return value >= low && value <= high ? value : undefined
  }
}

/** A default of `null` means that the property is unset until somebody sets it. */
type Maybe<T, D> = D extends null ? T | null : T
const number = <D extends number | null>(
  type: ConfigType,
  fallback: D,
  read: (text: string) => number | undefined,
  complaint: string,
) => new Property<Maybe<number, D>>(type, fallback as Maybe<number, D>, read as never, complaint)

export const int = <D extends number | null>(fallback: D): Property<Maybe<number, D>> =>
  number('int', fallback, whole(-(2 ** 31), 2 ** 31 - 1), 'Not a number of type INT')
export const short = <D extends number | null>(fallback: D): Property<Maybe<number, D>> =>
  number('short', fallback, whole(-32768, 32767), 'Not a number of type SHORT')
/** 2^63-1, Kafka's "never" and "no limit", is the double 2^63. */
export const long = <D extends number | null>(fallback: D): Property<Maybe<number, D>> =>
  number('long', fallback, whole(-(2 ** 63), 2 ** 63), 'Not a number of type LONG')
export const double = <D extends number | null>(fallback: D): Property<Maybe<number, D>> =>
  number(
    'double',
    fallback,
    (text) => (text !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined),
    'Not a number of type DOUBLE',
  )
export const bool = (fallback: boolean): Property<boolean> =>
  new Property(
    'boolean',
    fallback,
    (text) => ({ true: true, false: false })[text.toLowerCase()],
    'Expected value to be either true or false',
  )
const text =
  (type: ConfigType) =>
  <D extends string | null>(fallback: D): Property<Maybe<string, D>> =>
    new Property<Maybe<string, D>>(type, fallback as Maybe<string, D>, (value) => value as Maybe<string, D>, '')
export const string: ReturnType<typeof text> = text('string')
export const className: ReturnType<typeof text> = text('class')
export const password: ReturnType<typeof text> = text('password')
export const list = <D extends readonly string[] | null>(fallback: D): Property<Maybe<readonly string[], D>> =>
  new Property<Maybe<readonly string[], D>>(
    'list',
    fallback as Maybe<readonly string[], D>,
    (value) => (value === '' ? [] : value.split(/\s*,\s*/)) as never,
    '',
  )

// The value type only has to be named, never produced.
export type Table = { readonly [name: string]: Property<unknown> }
/** What the properties of a table hold. */
export type Values<T extends { readonly [name: string]: { parse(name: string, text: string): unknown } }> = {
  readonly [K in keyof T]: ReturnType<T[K]['parse']>
}
export type ValueOf<P> = P extends Property<infer T> ? T : never

/** 2^63-1 as Kafka writes it; every other number in plain digits. */
export function formatValue(value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (Array.isArray(value)) return value.join(',')
  if (typeof value === 'number') return value >= 2 ** 63 ? '9223372036854775807' : String(value)
  return String(value)
}
