import type { Admin, ElectionType, TopicPartition } from '../../client/index.ts'
import { parsePartitionKey, partitionKey } from '../../client/types.ts'
import type { KafkaError } from '../../protocol/errors.ts'
import { hashOrder, partitionHash } from '../java/hash-order.ts'
import { asObject, elements, integer, word } from '../java/json-fields.ts'

/** Reads `{"partitions":[{"topic":"t","partition":0}]}`; throws with the sentences of Apache's tool. */
export function parseElectionPlan(text: string): TopicPartition[] {
  const plan = parsed(text)
  if (plan === undefined) throw new Error('Replica election data is empty')
  const { partitions } = asObject(plan)
  if (partitions === undefined) throw new Error('Replica election data is missing "partitions" field')
  const items = elements(partitions).map((value) => {
    const row = asObject(value)
    return { topic: word(row, 'topic'), partition: integer(row, 'partition') }
  })
  const names = items.map(({ topic, partition }) => `${topic}-${partition}`)
  const twice = names.filter((name, at) => names.indexOf(name) !== at)
  if (twice.length > 0)
    throw new Error(`Replica election data contains duplicate partitions: [${[...new Set(twice)].join(', ')}]`)
  return items
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export interface Elections {
  readonly elected: readonly TopicPartition[]
  /** Whose leader was the right one already. */
  readonly unchanged: readonly TopicPartition[]
  readonly failed: readonly (TopicPartition & { readonly error: KafkaError })[]
}

/** Of the given partitions, or of all that need an election. */
export async function electLeaders(
  admin: Admin,
  type: ElectionType,
  partitions?: readonly TopicPartition[],
): Promise<Elections> {
  const results = await admin.electLeaders(type, partitions)
  const named = new Map(partitions?.map((item) => [partitionKey(item.topic, item.partition), item]))
  const items = Array.from(results, ([key, error]) => ({ ...(named.get(key) ?? parsePartitionKey(key)), error }))
  const ordered = hashOrder(items, ({ topic, partition }) => partitionHash(topic, partition))
  return {
    elected: ordered.filter(({ error }) => error === undefined),
    unchanged: ordered.filter(({ error }) => error?.error === 'ELECTION_NOT_NEEDED'),
    failed: ordered.flatMap(({ error, ...item }) =>
      error && error.error !== 'ELECTION_NOT_NEEDED' ? [{ ...item, error }] : [],
    ),
  }
}
