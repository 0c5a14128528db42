import { isDefault, type Message, Reader, type Spec } from '../../protocol/schema/index.ts'
import { doubleText } from '../../std/java-numbers.ts'

/**
 * A message as Kafka's tools print it: only the fields that the version has, tagged ones only when they differ from their default, bytes
 * in base64. It is text at once, for numbers of 64 bits and floating ones have spellings that JavaScript's own JSON lacks.
 */
export const messageJson = (message: Message, version: number, value: object): string =>
  structJson(message.fields, version, value as Values)

/**
 * Reads numbers of 64 bits whole, as BigInts, which `messageJson` takes: hashes in records lie outside of what doubles hold, and a
 * print-out that is off by a few is a lie.
 */
export class ExactReader extends Reader {
  override int64(): number {
    return this.slice(8).readBigInt64BE() as unknown as number
  }
  override over(bytes: Buffer): Reader {
    return new ExactReader(bytes)
  }
}

type Values = Readonly<Record<string, unknown>>

function structJson(fields: Message['fields'], version: number, value: Values): string {
  const members: string[] = []
  for (const [name, { spec }] of Object.entries(fields))
    if (isPresent(spec, version, value[name])) members.push(`"${name}":${valueJson(spec, version, value[name])}`)
  return `{${members.join(',')}}`
}

function isPresent(spec: Spec, version: number, value: unknown): boolean {
  if (version < spec.versions[0] || version > spec.versions[1]) return false
  const comparable = typeof value === 'bigint' && spec.kind === 'int64' ? Number(value) : value
  return spec.tagged === undefined || version < spec.tagged[0] || !isDefault(spec, comparable)
}

function valueJson(spec: Spec, version: number, value: unknown): string {
  if (value === null) return 'null'
  switch (spec.kind) {
    case 'struct':
      return structJson(spec.shape as Message['fields'], version, value as Values)
    case 'array':
      return `[${(value as unknown[]).map((item) => valueJson(spec.element as Spec, version, item)).join(',')}]`
    case 'bytes':
    case 'records':
      return `"${(value as Buffer).toString('base64')}"`
    case 'string':
    case 'uuid':
      return stringJson(value as string)
    case 'int64':
      return typeof value === 'bigint' ? value.toString() : longText(value as number)
    case 'float64':
      return doubleText(value as number)
    default:
      return String(value)
  }
}

/** A number of 64 bits; 2^63-1, which no double holds, is the double 2^63 in memory. */
export const longText = (value: number): string => (value >= 2 ** 63 ? '9223372036854775807' : BigInt(value).toString())

/** JavaScript writes control characters with small letters, Java with capitals. */
const stringJson = (text: string): string =>
  JSON.stringify(text).replace(/\\(.)([0-9a-f]{4})?/g, (whole, kind: string, code: string | undefined) =>
    kind === 'u' && code ? `\\u${code.toUpperCase()}` : whole,
  )
