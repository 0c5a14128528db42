import { ZERO_UUID } from '../../std/uuid.ts'
import { type Input, inRange, type Output, type Shape, type Spec } from './field.ts'
import { MalformedMessage, type Reader } from './reader.ts'
import { Writer } from './writer.ts'

/** Encodes and decodes one shape in one version. */
export interface Codec<S extends Shape> {
  encode(writer: Writer, value: Input<S>): void
  decode(reader: Reader): Output<S>
}

type Encode = (writer: Writer, value: unknown) => void
type Decode = (reader: Reader) => unknown
interface Plan {
  encode: Encode
  decode: Decode
}
type Values = Record<string, unknown>

/** Thrown when a value that matters has no place in the version at hand. */
export class UnsupportedInVersion extends Error {
  override name = 'UnsupportedInVersion'
}

const cache = new WeakMap<Shape, Map<number, Codec<Shape>>>()

/** The codec of a shape in a version, made once. */
export function compile<S extends Shape>(shape: S, version: number, flexible: boolean): Codec<S> {
  let versions = cache.get(shape)
  if (!versions) cache.set(shape, (versions = new Map()))
  // A shape shared by two messages may be flexible in one and not in the other.
  const key = version * 2 + (flexible ? 1 : 0)
  let codec = versions.get(key)
  if (!codec) versions.set(key, (codec = compileStruct(shape, version, flexible) as Codec<Shape>))
  return codec as unknown as Codec<S>
}

const zero: Record<Spec['kind'], () => unknown> = {
  bool: () => false,
  int8: () => 0,
  int16: () => 0,
  uint16: () => 0,
  int32: () => 0,
  uint32: () => 0,
  int64: () => 0,
  float64: () => 0,
  uuid: () => ZERO_UUID,
  string: () => '',
  bytes: () => Buffer.alloc(0),
  records: () => null,
  array: () => [],
  struct: () => ({}),
}

/** What a field holds in a version that lacks it. */
function defaultOf(spec: Spec): () => unknown {
  if (spec.default !== undefined) return Array.isArray(spec.default) ? () => [] : () => spec.default
  if (spec.kind !== 'struct') return zero[spec.kind]
  const entries = Object.entries(spec.shape as Shape).map(([name, field]) => [name, defaultOf(field.spec)] as const)
  return () => Object.fromEntries(entries.map(([name, make]) => [name, make()]))
}

/** Whether a value is what a field holds when nothing was said; a tagged field is left out then. */
export function isDefault(spec: Spec, value: unknown): boolean {
  if (value === undefined) return true
  if (spec.default !== undefined && !Array.isArray(spec.default)) return value === spec.default
  switch (spec.kind) {
    case 'array':
    case 'bytes':
      return value !== null && (value as { length: number }).length === 0
    case 'struct':
      return (
        value !== null &&
        Object.entries(spec.shape as Shape).every(([name, field]) => isDefault(field.spec, (value as Values)[name]))
      )
    default:
      return value === zero[spec.kind]()
  }
}

function compileStruct(shape: Shape, version: number, flexible: boolean): Plan {
  const plain: { name: string; plan: Plan; fallback: () => unknown }[] = []
  const tagged: { name: string; tag: number; plan: Plan; spec: Spec }[] = []
  const absent: { name: string; spec: Spec }[] = []
  const fallbacks: [string, () => unknown][] = []
  for (const [name, { spec }] of Object.entries(shape)) {
    if (!inRange(spec.versions, version)) {
      absent.push({ name, spec })
      fallbacks.push([name, defaultOf(spec)])
    } else if (spec.tag !== undefined && inRange(spec.tagged, version)) {
      tagged.push({ name, tag: spec.tag, plan: compileField(spec, version, flexible), spec })
      fallbacks.push([name, defaultOf(spec)])
    } else plain.push({ name, plan: compileField(spec, version, flexible), fallback: defaultOf(spec) })
  }
  tagged.sort((a, b) => a.tag - b.tag)
  const strict = absent.filter((field) => !field.spec.ignorable)

  const encode: Encode = (writer, input) => {
    const value = input as Values
    for (const { name, spec } of strict)
      if (!isDefault(spec, value[name])) throw new UnsupportedInVersion(`${name} cannot be said in version ${version}`)
    for (const { name, plan, fallback } of plain) {
      const given = value[name]
      plan.encode(writer, given === undefined ? fallback() : given)
    }
    if (!flexible) return
    const present = tagged.filter(({ name, spec }) => !isDefault(spec, value[name]))
    writer.unsignedVarint(present.length)
    for (const { name, tag, plan } of present) {
      const inner = new Writer(64)
      plan.encode(inner, value[name])
      writer.unsignedVarint(tag)
      writer.unsignedVarint(inner.length)
      for (const part of inner.finish()) writer.copy(part)
    }
  }

  const decode: Decode = (reader) => {
    const value: Values = {}
    for (const { name, plan } of plain) value[name] = plan.decode(reader)
    for (const [name, fallback] of fallbacks) value[name] = fallback()
    if (flexible) decodeTags(reader, tagged, value)
    return value
  }
  return { encode, decode }
}

function decodeTags(reader: Reader, known: readonly { name: string; tag: number; plan: Plan }[], value: Values): void {
  const count = reader.unsignedVarint()
  if (count > reader.remaining) throw new MalformedMessage(`${count} tagged fields`)
  for (let i = 0; i < count; i++) {
    const tag = reader.unsignedVarint()
    const bytes = reader.slice(reader.unsignedVarint())
    const field = known.find((candidate) => candidate.tag === tag)
    if (field) value[field.name] = field.plan.decode(reader.over(bytes))
  }
}

const primitives: Partial<Record<Spec['kind'], Plan>> = {
  bool: { encode: (w, v) => w.bool(v as boolean), decode: (r) => r.bool() },
  int8: { encode: (w, v) => w.int8(v as number), decode: (r) => r.int8() },
  int16: { encode: (w, v) => w.int16(v as number), decode: (r) => r.int16() },
  uint16: { encode: (w, v) => w.uint16(v as number), decode: (r) => r.uint16() },
  int32: { encode: (w, v) => w.int32(v as number), decode: (r) => r.int32() },
  uint32: { encode: (w, v) => w.uint32(v as number), decode: (r) => r.uint32() },
  int64: { encode: (w, v) => w.int64(v as number), decode: (r) => r.int64() },
  float64: { encode: (w, v) => w.float64(v as number), decode: (r) => r.float64() },
  uuid: { encode: (w, v) => w.uuid(v as string), decode: (r) => r.uuid() },
}

function compileField(spec: Spec, version: number, flexible: boolean): Plan {
  const nullable = inRange(spec.nullable, version)
  const primitive = primitives[spec.kind]
  if (primitive) return primitive
  if (spec.kind === 'struct') {
    const plan = compile(spec.shape as Shape, version, flexible) as unknown as Plan
    const isTagged = spec.tag !== undefined && inRange(spec.tagged, version)
    return nullable ? nullableStruct(plan, isTagged ? 0 : -1) : plan
  }
  // Record batches are a length and bytes in every version, and null whenever a peer says so.
  return nullableLength(spec, nullable || spec.kind === 'records', flexible, bodyOf(spec, version, flexible))
}

/** A nullable struct is led by one byte: 1, or for null -1, and 0 in a tagged field; in flexible and older versions alike. */
function nullableStruct(plan: Plan, forNull: number): Plan {
  return {
    encode: (writer, value) => {
      writer.int8(value === null ? forNull : 1)
      if (value !== null) plan.encode(writer, value)
    },
    decode: (reader) => (reader.int8() <= forNull ? null : plan.decode(reader)),
  }
}

interface Body {
  encode(writer: Writer, value: unknown): void
  decode(reader: Reader, length: number): unknown
}

function nullableLength(spec: Spec, nullable: boolean, flexible: boolean, body: Body): Plan {
  const width = spec.kind === 'string' ? 2 : 4
  return {
    encode: (writer, value) => {
      if (value !== null) return body.encode(writer, value)
      if (!nullable) throw new UnsupportedInVersion('null where a value is needed')
      writer.lengthPrefix(-1, width, flexible)
    },
    decode: (reader) => {
      const length = reader.length(width, flexible)
      if (length >= 0) return body.decode(reader, length)
      if (!nullable) throw new MalformedMessage('non-nullable field is null')
      return null
    },
  }
}

function bodyOf(spec: Spec, version: number, flexible: boolean): Body {
  switch (spec.kind) {
    case 'string':
      return {
        encode: (writer, value) => writer.utf8(value as string, flexible),
        decode: (reader, length) => reader.utf8(length),
      }
    case 'bytes':
      return {
        encode: (writer, value) => {
          writer.lengthPrefix((value as Uint8Array).length, 4, flexible)
          writer.copy(value as Uint8Array)
        },
        decode: (reader, length) => reader.slice(length),
      }
    case 'records':
      return {
        encode: (writer, value) => {
          const parts = Array.isArray(value) ? (value as readonly Uint8Array[]) : [value as Uint8Array]
          writer.lengthPrefix(
            parts.reduce((sum, part) => sum + part.length, 0),
            4,
            flexible,
          )
          for (const part of parts) writer.reference(part)
        },
        decode: (reader, length) => reader.slice(length),
      }
    default:
      return arrayBody(compileField(spec.element as Spec, version, flexible), flexible)
  }
}

function arrayBody(element: Plan, flexible: boolean): Body {
  return {
    encode: (writer, value) => {
      const items = value as readonly unknown[]
      writer.lengthPrefix(items.length, 4, flexible)
      for (const item of items) element.encode(writer, item)
    },
    decode: (reader, length) => {
      // Each element takes a byte at least, so a longer array is a lie: refuse it before anything is allocated.
      if (length > reader.remaining) throw new MalformedMessage(`array of ${length} in ${reader.remaining} bytes`)
      const items: unknown[] = []
      for (let i = 0; i < length; i++) items.push(element.decode(reader))
      return items
    },
  }
}
