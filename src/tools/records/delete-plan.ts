import type { DeleteRecordsItem } from '../../client/index.ts'
import { asObject, integer, parseJson, word } from '../java/json-fields.ts'

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
    return { topic: word(row, 'topic'), partition: integer(row, 'partition'), offset: integer(row, 'offset', 'Long') }
  })
  checkTwice(items)
  return items
}

function checkTwice(items: readonly DeleteRecordsItem[]): void {
  const names = items.map(({ topic, partition }) => `${topic}-${partition}`)
  const twice = new Set(names.filter((name, at) => names.indexOf(name) !== at))
  if (twice.size > 0) throw new Error(`Offset json file contains duplicate topic partitions: ${[...twice].join(',')}`)
}
