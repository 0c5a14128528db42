import { isDefault, type NamedField } from './layout.ts'
import { MalformedMessage, type Reader } from './reader.ts'
import { Writer } from './writer.ts'

/** What a field is read and written by. */
export interface Plan {
  encode(writer: Writer, value: unknown): void
  decode(reader: Reader): unknown
}
export type Values = Record<string, unknown>

/** Thrown when a value that matters has no place in the version at hand. */
export class UnsupportedInVersion extends Error {
  override name = 'UnsupportedInVersion'
}

/** The length of what follows; -1 for a null that is allowed. */
function readLength(reader: Reader, width: 2 | 4, compact: boolean, nullable: boolean): number {
  const length = reader.length(width, compact)
  if (length >= 0) return length
  if (!nullable) throw new MalformedMessage('non-nullable field is null')
  return -1
}

export function readString(reader: Reader, compact: boolean, nullable: boolean): string | null {
  const length = readLength(reader, 2, compact, nullable)
  return length < 0 ? null : reader.utf8(length)
}

/** A view, not a copy. */
export function readBytes(reader: Reader, compact: boolean, nullable: boolean): Buffer | null {
  const length = readLength(reader, 4, compact, nullable)
  return length < 0 ? null : reader.slice(length)
}

/** The number of elements that follow; -1 for a null. */
export function readCount(reader: Reader, compact: boolean, nullable: boolean): number {
  const length = readLength(reader, 4, compact, nullable)
  // Each element takes a byte at least, so a longer array is a lie: refuse it before anything is allocated.
  if (length > reader.remaining) throw new MalformedMessage(`array of ${length} in ${reader.remaining} bytes`)
  return length
}

/** Writes a null, or says that there is none to write. */
function writeNull(writer: Writer, value: unknown, width: 2 | 4, compact: boolean, nullable: boolean): boolean {
  if (value !== null) return false
  if (!nullable) throw new UnsupportedInVersion('null where a value is needed')
  writer.lengthPrefix(-1, width, compact)
  return true
}

export function writeString(writer: Writer, value: unknown, compact: boolean, nullable: boolean): void {
  if (!writeNull(writer, value, 2, compact, nullable)) writer.utf8(value as string, compact)
}

export function writeBytes(writer: Writer, value: unknown, compact: boolean, nullable: boolean): void {
  if (writeNull(writer, value, 4, compact, nullable)) return
  writer.lengthPrefix((value as Uint8Array).length, 4, compact)
  writer.copy(value as Uint8Array)
}

/** Record batches, of one part or several. */
export function writeRecords(writer: Writer, value: unknown, compact: boolean): void {
  if (writeNull(writer, value, 4, compact, true)) return
  const parts = Array.isArray(value) ? (value as readonly Uint8Array[]) : [value as Uint8Array]
  let length = 0
  for (const part of parts) length += part.length
  writer.lengthPrefix(length, 4, compact)
  for (const part of parts) writer.reference(part)
}

/** Writes the number of elements; false for a null, which has none. */
export function writeCount(writer: Writer, value: unknown, compact: boolean, nullable: boolean): boolean {
  if (writeNull(writer, value, 4, compact, nullable)) return false
  writer.lengthPrefix((value as readonly unknown[]).length, 4, compact)
  return true
}

/** A field that is there when it is not what it would be anyway. */
export type TaggedField = NamedField & { readonly tag: number; readonly plan: Plan }

/** Mostly there are none. */
export function readTags(reader: Reader, known: readonly TaggedField[], value: Values): void {
  const count = reader.unsignedVarint()
  if (count > reader.remaining) throw new MalformedMessage(`${count} tagged fields`)
  for (let i = 0; i < count; i++) {
    const tag = reader.unsignedVarint()
    const bytes = reader.slice(reader.unsignedVarint())
    const field = known.find((candidate) => candidate.tag === tag)
    if (field) value[field.name] = field.plan.decode(reader.over(bytes))
  }
}

export function writeTags(writer: Writer, known: readonly TaggedField[], value: Values): void {
  let present = 0
  for (const { name, spec } of known) if (!isDefault(spec, value[name])) present++
  writer.unsignedVarint(present)
  if (present === 0) return
  for (const { name, tag, spec, plan } of known) {
    if (isDefault(spec, value[name])) continue
    const inner = new Writer(64)
    plan.encode(inner, value[name])
    writer.unsignedVarint(tag)
    writer.unsignedVarint(inner.length)
    for (const part of inner.finish()) writer.copy(part)
  }
}

/** Throws when a field that the version lacks holds something, and it matters. */
export function refuse({ name, spec }: NamedField, value: unknown, version: number): void {
  if (!isDefault(spec, value)) throw new UnsupportedInVersion(`${name} cannot be said in version ${version}`)
}
