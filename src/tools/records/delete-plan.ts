import type { DeleteRecordsItem } from '../../client/index.ts'

/** Reads `{"partitions":[{"topic":"t","partition":0,"offset":3}],"version":1}`; throws with the sentences of Apache's tool. */
export function parseDeletePlan(text: string): DeleteRecordsItem[] {
  const plan = asObject(parseJson(text))
  if (plan.version !== undefined && integer(plan, 'version') !== 1)
    throw new Error(`Not supported version field value ${plan.version}`)
  if (plan.partitions === undefined) throw new Error('Missing partitions field')
  if (!Array.isArray(plan.partitions))
    throw new Error(`Expected JSON array, received ${JSON.stringify(plan.partitions)}`)
  const items = plan.partitions.map((value: unknown) => {
    const row = asObject(value)
    return { topic: word(row, 'topic'), partition: integer(row, 'partition'), offset: integer(row, 'offset') }
  })
  checkTwice(items)
  return items
}

function checkTwice(items: readonly DeleteRecordsItem[]): void {
  const names = items.map(({ topic, partition }) => `${topic}-${partition}`)
  const twice = new Set(names.filter((name, at) => names.indexOf(name) !== at))
  if (twice.size > 0) throw new Error(`Offset json file contains duplicate topic partitions: ${[...twice].join(',')}`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('The input string is not a valid JSON')
  }
}

function asObject(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new Error(`Expected JSON object, received ${JSON.stringify(value)}`)
}

function field(row: Record<string, unknown>, name: string): unknown {
  if (row[name] === undefined) throw new Error(`No such field exists: \`${name}\``)
  return row[name]
}

function word(row: Record<string, unknown>, name: string): string {
  const value = field(row, name)
  if (typeof value !== 'string') throw new Error(`Expected \`String\` value, received ${JSON.stringify(value)}`)
  return value
}

function integer(row: Record<string, unknown>, name: string): number {
  const value = field(row, name)
  const type = name === 'offset' ? 'Long' : 'Integer'
  if (!Number.isSafeInteger(value)) throw new Error(`Expected \`${type}\` value, received ${JSON.stringify(value)}`)
  return value as number
}
