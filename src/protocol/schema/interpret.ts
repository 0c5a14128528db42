import { inRange, type Shape, type Spec } from './field.ts'
import { type Layout, nullStruct } from './layout.ts'
import {
  type Plan,
  readBytes,
  readCount,
  readString,
  readTags,
  refuse,
  type TaggedField,
  type Values,
  writeBytes,
  writeCount,
  writeRecords,
  writeString,
  writeTags,
} from './pieces.ts'

/** Gives the plan of a struct inside, in the version at hand. */
export type PlanOf = (shape: Shape) => Plan

/** A struct, field by field. Quickly made: most messages of a command are met once. */
export function interpret(layout: Layout, planOf: PlanOf): Plan {
  const { version, flexible } = layout
  const plain = layout.plain.map((field) => ({ ...field, plan: planField(field.spec, layout, planOf) }))
  const tagged = planTagged(layout, planOf)
  const strict = layout.absent.filter(({ spec }) => !spec.ignorable)
  const missing = [...layout.absent, ...layout.tagged]
  return {
    encode: (writer, input) => {
      const value = input as Values
      for (const field of strict) refuse(field, value[field.name], version)
      for (const { name, plan, fallback } of plain) {
        const given = value[name]
        plan.encode(writer, given === undefined ? fallback() : given)
      }
      if (flexible) writeTags(writer, tagged, value)
    },
    decode: (reader) => {
      const value: Values = {}
      for (const { name, plan } of plain) value[name] = plan.decode(reader)
      for (const { name, fallback } of missing) value[name] = fallback()
      if (flexible) readTags(reader, tagged, value)
      return value
    },
  }
}

export const planTagged = (layout: Layout, planOf: PlanOf): TaggedField[] =>
  layout.tagged.map((field) => ({ ...field, plan: planField(field.spec, layout, planOf) }))

const primitives: Partial<Record<Spec['kind'], Plan>> = {
  bool: { encode: (w, v) => w.bool(v as boolean), decode: (r) => r.bool() },
  int8: { encode: (w, v) => w.int8(v as number), decode: (r) => r.int8() },
  int16: { encode: (w, v) => w.int16(v as number), decode: (r) => r.int16() },
  uint16: { encode: (w, v) => w.uint16(v as number), decode: (r) => r.uint16() },
  int32: { encode: (w, v) => w.int32(v as number), decode: (r) => r.int32() },
  uint32: { encode: (w, v) => w.uint32(v as number), decode: (r) => r.uint32() },
  int64: { encode: (w, v) => w.int64(v as number), decode: (r) => r.int64() },
  hash64: { encode: (w, v) => w.hash64(v as bigint), decode: (r) => r.hash64() },
  float64: { encode: (w, v) => w.float64(v as number), decode: (r) => r.float64() },
  uuid: { encode: (w, v) => w.uuid(v as string), decode: (r) => r.uuid() },
}

function planField(spec: Spec, layout: Layout, planOf: PlanOf): Plan {
  const { version, flexible } = layout
  const nullable = inRange(spec.nullable, version)
  switch (spec.kind) {
    case 'string':
      return {
        encode: (writer, value) => writeString(writer, value, flexible, nullable),
        decode: (reader) => readString(reader, flexible, nullable),
      }
    case 'bytes':
      return {
        encode: (writer, value) => writeBytes(writer, value, flexible, nullable),
        decode: (reader) => readBytes(reader, flexible, nullable),
      }
    case 'records':
      // A length and bytes in every version, and null whenever a peer says so.
      return {
        encode: (writer, value) => writeRecords(writer, value, flexible),
        decode: (reader) => readBytes(reader, flexible, true),
      }
    case 'struct': {
      const plan = planOf(spec.shape as Shape)
      return nullable ? nullableStruct(plan, nullStruct(spec, version)) : plan
    }
    case 'array':
      return planArray(planField(spec.element as Spec, layout, planOf), flexible, nullable)
    default:
      return primitives[spec.kind] as Plan
  }
}

function nullableStruct(plan: Plan, forNull: number): Plan {
  return {
    encode: (writer, value) => {
      writer.int8(value === null ? forNull : 1)
      if (value !== null) plan.encode(writer, value)
    },
    decode: (reader) => (reader.int8() <= forNull ? null : plan.decode(reader)),
  }
}

function planArray(element: Plan, compact: boolean, nullable: boolean): Plan {
  return {
    encode: (writer, value) => {
      if (!writeCount(writer, value, compact, nullable)) return
      for (const item of value as readonly unknown[]) element.encode(writer, item)
    },
    decode: (reader) => {
      const count = readCount(reader, compact, nullable)
      if (count < 0) return null
      const items: unknown[] = []
      for (let i = 0; i < count; i++) items.push(element.decode(reader))
      return items
    },
  }
}
