import { ZERO_UUID } from '../../std/uuid.ts'
import { inRange, type Shape, type Spec } from './field.ts'

const zero: Record<Spec['kind'], () => unknown> = {
  bool: () => false,
  int8: () => 0,
  int16: () => 0,
  uint16: () => 0,
  int32: () => 0,
  uint32: () => 0,
  int64: () => 0,
  hash64: () => 0n,
  float64: () => 0,
  uuid: () => ZERO_UUID,
  string: () => '',
  bytes: () => Buffer.alloc(0),
  records: () => null,
  array: () => [],
  struct: () => ({}),
}

/** Makes what a field holds in a version that lacks it. */
export function defaultOf(spec: Spec): () => unknown {
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
        Object.entries(spec.shape as Shape).every(([name, field]) =>
          isDefault(field.spec, (value as Record<string, unknown>)[name]),
        )
      )
    default:
      return value === zero[spec.kind]()
  }
}

export interface NamedField {
  readonly name: string
  readonly spec: Spec
  /** Makes what the field holds when it is absent. */
  readonly fallback: () => unknown
}

/** What a struct consists of in one version. */
export interface Layout {
  readonly version: number
  /** Compact lengths and tagged fields. */
  readonly flexible: boolean
  /** Written one after the other. */
  readonly plain: readonly NamedField[]
  /** In the order of their tags. */
  readonly tagged: readonly (NamedField & { readonly tag: number })[]
  /** Of other versions. */
  readonly absent: readonly NamedField[]
}

export function layoutOf(shape: Shape, version: number, flexible: boolean): Layout {
  const plain: NamedField[] = []
  const tagged: (NamedField & { readonly tag: number })[] = []
  const absent: NamedField[] = []
  for (const [name, { spec }] of Object.entries(shape)) {
    const field = { name, spec, fallback: defaultOf(spec) }
    if (!inRange(spec.versions, version)) absent.push(field)
    else if (spec.tag !== undefined && inRange(spec.tagged, version)) tagged.push({ ...field, tag: spec.tag })
    else plain.push(field)
  }
  tagged.sort((one, other) => one.tag - other.tag)
  return { version, flexible, plain, tagged, absent }
}

/** What leads a nullable struct that is null: -1, and 0 in a tagged field; before any other stands 1. In flexible and older versions alike. */
export const nullStruct = (spec: Spec, version: number): number =>
  spec.tag !== undefined && inRange(spec.tagged, version) ? 0 : -1
