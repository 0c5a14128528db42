import { defaultOf, inRange, type Shape, type Spec } from '../../protocol/schema/index.ts'
import { valueToJson } from './to-json.ts'

/** A field of a message in one version. */
export interface DescribedField {
  readonly name: string
  /** `int32`, `string or null`, `list of int32`, `list` of what follows. */
  readonly type: string
  /** What it is when it is left out, in JSON; not there for one that has fields of its own. */
  readonly default?: unknown
  readonly fields?: readonly DescribedField[]
}

/** The fields that a message has in a version, in their order. */
export const describeShape = (shape: Shape, version: number): DescribedField[] =>
  Object.entries(shape).flatMap(([name, { spec }]) =>
    inRange(spec.versions, version) ? [describeField(name, spec, version)] : [],
  )

function describeField(name: string, spec: Spec, version: number): DescribedField {
  const inner = spec.kind === 'array' ? spec.element?.shape : spec.shape
  const type = `${typeOf(spec)}${inRange(spec.nullable, version) ? ' or null' : ''}`
  return inner
    ? { name, type, fields: describeShape(inner, version) }
    : { name, type, default: valueToJson(spec, defaultOf(spec)(), version) }
}

function typeOf({ kind, element }: Spec): string {
  if (kind !== 'array') return kind === 'struct' ? 'object' : kind
  return element?.shape ? 'list' : `list of ${element?.kind}`
}
