/** Shapes as docs/output.md writes them, and whether a value has one. */
export type Shape =
  | { readonly kind: 'string' | 'number' | 'boolean' | 'null' }
  | { readonly kind: 'array'; readonly element: Shape }
  | { readonly kind: 'map'; readonly element: Shape }
  | {
      readonly kind: 'object'
      readonly fields: ReadonlyMap<string, { readonly optional: boolean; readonly shape: Shape }>
    }
  | { readonly kind: 'union'; readonly members: readonly Shape[] }

const scalars = ['string', 'number', 'boolean', 'null'] as const

/** Reads `{ a: string | null, b?: [number], c: { [name]: string } }`. */
export function parseShape(text: string): Shape {
  const tokens = text.match(/\w+|\?:|[{}[\]:,|]/g) ?? []
  let at = 0
  const take = (wanted?: string): string => {
    const token = tokens[at++]
    if (token === undefined || (wanted !== undefined && token !== wanted))
      throw new Error(`${wanted ?? 'more'} expected, not ${token}, in ${text}`)
    return token
  }
  const union = (): Shape => {
    const members = [single()]
    while (tokens[at] === '|') {
      at++
      members.push(single())
    }
    return members.length === 1 ? (members[0] as Shape) : { kind: 'union', members }
  }
  const single = (): Shape => {
    const token = take()
    if (token === '[') {
      const element = union()
      take(']')
      return { kind: 'array', element }
    }
    if (token === '{') return tokens[at] === '[' ? map() : object()
    const kind = scalars.find((name) => name === token)
    if (!kind) throw new Error(`${token} is no type`)
    return { kind }
  }
  const map = (): Shape => {
    for (const token of ['[', 'name', ']', ':']) take(token)
    const element = union()
    take('}')
    return { kind: 'map', element }
  }
  const object = (): Shape => {
    const fields = new Map<string, { optional: boolean; shape: Shape }>()
    do {
      const name = take()
      fields.set(name, { optional: take() === '?:', shape: union() })
    } while (take() === ',')
    return { kind: 'object', fields }
  }
  const shape = union()
  if (at < tokens.length) throw new Error(`${tokens[at]} is left over in ${text}`)
  return shape
}

/** What of a value is not as the shape says, each with its path; nothing when it has the shape. */
export function misfits(value: unknown, shape: Shape, path = '$'): string[] {
  const wrong = [`${path} is ${JSON.stringify(value)}, not ${shape.kind}`]
  switch (shape.kind) {
    case 'null':
      return value === null ? [] : wrong
    case 'array':
      if (!Array.isArray(value)) return wrong
      return value.flatMap((item, index) => misfits(item, shape.element, `${path}[${index}]`))
    case 'map':
      if (!isObject(value)) return wrong
      return Object.entries(value).flatMap(([name, item]) => misfits(item, shape.element, `${path}.${name}`))
    case 'object':
      if (!isObject(value)) return wrong
      return objectMisfits(value, shape.fields, path)
    case 'union':
      return shape.members.some((member) => misfits(value, member).length === 0) ? [] : wrong
    default:
      return typeof value === shape.kind ? [] : wrong
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function objectMisfits(
  value: Record<string, unknown>,
  fields: Extract<Shape, { kind: 'object' }>['fields'],
  path: string,
): string[] {
  const unknown = Object.keys(value).filter((name) => !fields.has(name))
  const present = Array.from(fields).flatMap(([name, { optional, shape }]) => {
    if (!(name in value)) return optional ? [] : [`${path}.${name} is missing`]
    return misfits(value[name], shape, `${path}.${name}`)
  })
  return [...unknown.map((name) => `${path}.${name} is not documented`), ...present]
}
