import { ConfigError } from '../../../config/define.ts'
import { DataError } from '../../data/errors.ts'
import type { Field, Schema, StructValue } from '../../data/schema.ts'
import { entryOf, requireMapOrNull, requireStructOrNull } from './requirements.ts'

const PURPOSE = 'nested field access'

/** Where a field is: by its name, or (`field.syntax.version=V2`, KIP-821) by the names on the way to it, with dots between them. */
export class FieldPath {
  private readonly way: readonly string[]
  private readonly last: string

  /** Throws `ConfigError` for backticks without their other half. */
  constructor(path: string, nested: boolean) {
    const steps = nested ? stepsOf(path) : [path]
    this.way = steps.slice(0, -1)
    this.last = steps.at(-1) ?? ''
  }

  fieldIn(schema: Schema): Field | undefined {
    let at = schema
    for (const step of this.way) {
      const field = fieldOf(at, step)
      if (!field) return undefined
      at = field.schema
    }
    return fieldOf(at, this.last)
  }

  /** Null where something on the way is missing. */
  valueIn(struct: StructValue, read: (struct: StructValue, name: string) => unknown): unknown {
    let at: StructValue | null = struct
    for (const step of this.way) {
      at = at.schema.field(step) ? requireStructOrNull(at.get(step), PURPOSE) : null
      if (!at) return null
    }
    return at.schema.field(this.last) ? read(at, this.last) : null
  }

  entryIn(map: ReadonlyMap<string, unknown>): unknown {
    let at: ReadonlyMap<string, unknown> | null = map
    for (const step of this.way) {
      at = requireMapOrNull(entryOf(at, step), PURPOSE)
      if (!at) return null
    }
    return entryOf(at, this.last)
  }
}

function fieldOf(schema: Schema, name: string): Field | undefined {
  if (schema.type !== 'STRUCT') throw new DataError('Cannot look up fields on non-struct type')
  return schema.field(name)
}

/** Names with dots stand between backticks; a backtick that is part of such a name and stands before a dot is behind a backslash. */
function stepsOf(path: string): string[] {
  const steps: string[] = []
  let at = 0
  while (at < path.length) {
    if (path[at] === '`') {
      const [name, end] = quotedStep(path, at)
      steps.push(name)
      at = end
    } else {
      const dot = path.indexOf('.', at)
      steps.push(dot < 0 ? path.slice(at) : path.slice(at, dot))
      at = dot < 0 ? path.length : dot + 1
    }
  }
  if (path === '' || path.endsWith('.')) steps.push('')
  return steps
}

/** The name that begins with the backtick at `start`, and where the next one begins. */
function quotedStep(path: string, start: number): [name: string, end: number] {
  let name = ''
  let from = start + 1
  let at = from
  for (;;) {
    const tick = path.indexOf('`', at)
    const isEscaped = path[tick - 1] === '\\'
    const isLast = tick === path.length - 1
    if (tick < 0 || (isLast && isEscaped))
      throw new ConfigError(
        `Incomplete backtick pair in path: [${path}], consider adding a backslash before backtick at position ${start} to escape it`,
      )
    if (isLast) return [name + path.slice(from, tick), path.length]
    if (path[tick + 1] !== '.') at = tick + 1
    else if (!isEscaped) return [name + path.slice(from, tick), tick + 2]
    else {
      name += `${path.slice(from, tick - 1)}\``
      from = at = tick + 1
    }
  }
}
