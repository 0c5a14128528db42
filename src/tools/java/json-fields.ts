/** Fields of JSON files that users write, with the complaints of Apache's tools about them. */
export type JsonObject = Record<string, unknown>

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('The input string is not a valid JSON')
  }
}

export function asObject(value: unknown): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject
  throw new Error(`Expected JSON object, received ${JSON.stringify(value)}`)
}

function field(row: JsonObject, name: string): unknown {
  if (row[name] === undefined) throw new Error(`No such field exists: \`${name}\``)
  return row[name]
}

export function word(row: JsonObject, name: string): string {
  const value = field(row, name)
  if (typeof value !== 'string') throw new Error(`Expected \`String\` value, received ${JSON.stringify(value)}`)
  return value
}

export function integer(row: JsonObject, name: string, type: 'Integer' | 'Long' = 'Integer'): number {
  const value = field(row, name)
  if (!Number.isSafeInteger(value)) throw new Error(`Expected \`${type}\` value, received ${JSON.stringify(value)}`)
  return value as number
}

/** The elements of an array that is one of an object's fields. */
export function elements(value: unknown): unknown[] {
  if (Array.isArray(value)) return value
  throw new Error(`Expected JSON array, received ${JSON.stringify(value)}`)
}
