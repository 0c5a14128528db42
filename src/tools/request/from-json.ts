import { inRange, type Shape, type Spec } from '../../protocol/schema/index.ts'
import { closest } from '../../std/closest.ts'

/** A value in JSON that is none of what a field can be, with the field's place in one sentence. */
export class UnfitJson extends Error {
  override name = 'UnfitJson'
}

const integers: Partial<Record<Spec['kind'], readonly [number, number]>> = {
  int8: [-(2 ** 7), 2 ** 7 - 1],
  int16: [-(2 ** 15), 2 ** 15 - 1],
  uint16: [0, 2 ** 16 - 1],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
  // Kafka's largest offset is no double; the writer knows what is meant.
  int64: [-(2 ** 63), 2 ** 63],
}

const UUID = /^[\w-]{22}$/

/**
 * A request's fields from JSON: names as in Kafka's message definitions, ids as Kafka prints them, bytes and records in base64. Fields left out take their
 * defaults. Throws `UnfitJson`.
 */
export function fieldsFromJson(shape: Shape, json: unknown, version: number, at = ''): Record<string, unknown> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw unfit(at, 'an object', json)
  const known = Object.keys(shape)
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => {
      const field = shape[name]
      if (!field) throw new UnfitJson(strangerSentence(at, name, known))
      return [name, valueFrom(field.spec, value, version, at === '' ? name : `${at}.${name}`)]
    }),
  )
}

function valueFrom(spec: Spec, json: unknown, version: number, at: string): unknown {
  if (json === null && (spec.kind === 'records' || inRange(spec.nullable, version))) return null
  const range = integers[spec.kind]
  if (range) return integer(json, range, at)
  switch (spec.kind) {
    case 'bool':
      return typeof json === 'boolean' ? json : fail(at, 'true or false', json)
    case 'float64':
      return typeof json === 'number' ? json : fail(at, 'a number', json)
    case 'hash64':
      return typeof json === 'string' && /^\d+$/.test(json) ? BigInt(json) : fail(at, 'digits in quotes', json)
    case 'uuid':
      return typeof json === 'string' && UUID.test(json) ? json : fail(at, 'an id of 22 characters', json)
    case 'string':
      return typeof json === 'string' ? json : fail(at, 'a string', json)
    case 'array':
      if (!Array.isArray(json)) throw unfit(at, 'a list', json)
      return json.map((one, index) => valueFrom(spec.element as Spec, one, version, `${at}[${index}]`))
    case 'struct':
      return fieldsFromJson(spec.shape as Shape, json, version, at)
    default:
      return typeof json === 'string' ? Buffer.from(json, 'base64') : fail(at, 'bytes in base64', json)
  }
}

function integer(json: unknown, [low, high]: readonly [number, number], at: string): number {
  if (typeof json === 'number' && Number.isInteger(json) && json >= low && json <= high) return json
  throw unfit(at, `a whole number from ${low} to ${high}`, json)
}

function fail(at: string, wanted: string, json: unknown): never {
  throw unfit(at, wanted, json)
}

const unfit = (at: string, wanted: string, json: unknown): UnfitJson =>
  new UnfitJson(`${at === '' ? 'The request' : at} has to be ${wanted}, not ${shortly(json)}.`)

const shortly = (json: unknown): string => {
  const text = JSON.stringify(json) ?? 'nothing'
  return text.length > 40 ? `${text.slice(0, 37)}...` : text
}

function strangerSentence(at: string, name: string, known: readonly string[]): string {
  const near = closest(name, known)
  const what = near === undefined ? `the fields are ${known.join(', ')}` : `did you mean ${near}?`
  return `There is no field ${at === '' ? '' : `${at}.`}${name}: ${what}`
}
