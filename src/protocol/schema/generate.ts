import { inRange, type Shape, type Spec } from './field.ts'
import { type PlanOf, planTagged } from './interpret.ts'
import { defaultOf, type Layout, nullStruct } from './layout.ts'
import type { Plan } from './pieces.ts'
import * as pieces from './pieces.ts'

/**
 * A struct as a function of its own, without loops over fields: for messages that come by the thousand, where finding out what to do
 * next would take longer than doing it. Does the same as `interpret`.
 */
export function generate(layout: Layout, planOf: PlanOf): Plan {
  const source = new Source(layout, planOf)
  const decode = source.decodeStruct()
  const encode = source.encodeStruct()
  const make = new Function(
    'pieces',
    'values',
    `'use strict'
const { ${Object.keys(pieces).join(', ')} } = pieces
const [${source.values.map((_, index) => `k${index}`).join(', ')}] = values
${source.functions.join('\n')}
return { decode(r) { ${decode} }, encode(w, v) { ${encode} } }`,
  ) as (given: typeof pieces, values: readonly unknown[]) => Plan
  return make(pieces, source.values)
}

/** Text of a program that reads from `r`, or writes a value `v` to `w`. */
class Source {
  /** What the text calls k0, k1 ... */
  readonly values: unknown[] = []
  readonly functions: string[] = []

  constructor(
    private readonly layout: Layout,
    private readonly planOf: PlanOf,
  ) {}

  decodeStruct(): string {
    const { plain, tagged, absent, flexible } = this.layout
    const fields = [
      ...plain.map(({ name, spec }) => `${name}: ${this.decode(spec)}`),
      ...[...absent, ...tagged].map(({ name, spec }) => `${name}: ${this.fallback(spec)}`),
    ]
    const tags = flexible ? `readTags(r, ${this.value(planTagged(this.layout, this.planOf))}, v)` : ''
    return `const v = { ${fields.join(', ')} }; ${tags}; return v`
  }

  encodeStruct(): string {
    const { plain, tagged, absent, flexible, version } = this.layout
    const lines = absent
      .filter(({ spec }) => !spec.ignorable)
      .map((field) => `if (v.${field.name} !== undefined) refuse(${this.value(field)}, v.${field.name}, ${version})`)
    for (const [index, field] of plain.entries()) {
      const given = `x${index}`
      lines.push(`let ${given} = v.${field.name}; if (${given} === undefined) ${given} = ${this.fallback(field.spec)}`)
      lines.push(this.encode(field.spec, given))
    }
    if (flexible && tagged.length === 0) lines.push('w.unsignedVarint(0)')
    else if (flexible) {
      const none = tagged.map(({ name }) => `v.${name} === undefined`).join(' && ')
      const some = `writeTags(w, ${this.value(planTagged(this.layout, this.planOf))}, v)`
      lines.push(`if (${none}) w.unsignedVarint(0); else ${some}`)
    }
    return lines.join('; ')
  }

  private value(value: unknown): string {
    return `k${this.values.push(value) - 1}`
  }

  private function(parameters: string, body: string): string {
    const name = `f${this.functions.length}`
    this.functions.push(`function ${name}(${parameters}) { ${body} }`)
    return name
  }

  /** What a field holds when it is absent, as an expression. */
  private fallback(spec: Spec): string {
    if (spec.kind === 'struct' && spec.default === undefined) {
      const fields = Object.entries(spec.shape as Shape).map(([name, field]) => `${name}: ${this.fallback(field.spec)}`)
      return `({ ${fields.join(', ')} })`
    }
    const make = defaultOf(spec)
    const value = make()
    if (Array.isArray(value)) return '[]'
    return typeof value === 'object' && value !== null ? `${this.value(make)}()` : this.value(value)
  }

  /** An expression. */
  private decode(spec: Spec): string {
    const { version, flexible } = this.layout
    const nullable = inRange(spec.nullable, version)
    switch (spec.kind) {
      case 'string':
        return `readString(r, ${flexible}, ${nullable})`
      case 'bytes':
        return `readBytes(r, ${flexible}, ${nullable})`
      case 'records':
        return `readBytes(r, ${flexible}, true)`
      case 'struct': {
        const plan = this.value(this.planOf(spec.shape as Shape))
        return nullable ? `(r.int8() <= ${nullStruct(spec, version)} ? null : ${plan}.decode(r))` : `${plan}.decode(r)`
      }
      case 'array': {
        const item = this.decode(spec.element as Spec)
        const loop = `const items = []; for (let i = 0; i < count; i++) items.push(${item}); return items`
        return `${this.function('r', `const count = readCount(r, ${flexible}, ${nullable}); if (count < 0) return null; ${loop}`)}(r)`
      }
      default:
        return `r.${spec.kind}()`
    }
  }

  /** A statement that writes what the variable holds. */
  private encode(spec: Spec, variable: string): string {
    const { version, flexible } = this.layout
    const nullable = inRange(spec.nullable, version)
    switch (spec.kind) {
      case 'string':
        return `writeString(w, ${variable}, ${flexible}, ${nullable})`
      case 'bytes':
        return `writeBytes(w, ${variable}, ${flexible}, ${nullable})`
      case 'records':
        return `writeRecords(w, ${variable}, ${flexible})`
      case 'struct': {
        const plan = `${this.value(this.planOf(spec.shape as Shape))}.encode(w, ${variable})`
        if (!nullable) return plan
        return `w.int8(${variable} === null ? ${nullStruct(spec, version)} : 1); if (${variable} !== null) ${plan}`
      }
      case 'array': {
        const item = this.encode(spec.element as Spec, 'item')
        const loop = `for (let i = 0; i < items.length; i++) { const item = items[i]; ${item} }`
        return `${this.function('w, items', `if (!writeCount(w, items, ${flexible}, ${nullable})) return; ${loop}`)}(w, ${variable})`
      }
      default:
        return `w.${spec.kind}(${variable})`
    }
  }
}
