import type { TopicPartition } from '../../client/index.ts'
import { asObject, elements, integer, type JsonObject, parseJson, word } from '../java/json-fields.ts'

/** Where the replicas of one partition are, or are to be; `logDirs` are their folders, `any` where that does not matter. */
export interface Assignment extends TopicPartition {
  readonly replicas: readonly number[]
  readonly logDirs: readonly string[]
}

export const ANY_DIR = 'any'

export const byPartition = (a: TopicPartition, b: TopicPartition): number =>
  a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1

export const nameOf = ({ topic, partition }: TopicPartition): string => `${topic}-${partition}`

/** The JSON of Apache's tool, on one line. */
export const planJson = (assignments: readonly Assignment[]): string =>
  JSON.stringify({
    version: 1,
    partitions: [...assignments]
      .sort(byPartition)
      .map(({ topic, partition, replicas, logDirs }) => ({ topic, partition, replicas, log_dirs: logDirs })),
  })

function versionOne(plan: JsonObject): void {
  if (plan.version !== undefined && integer(plan, 'version') !== 1)
    throw new Error(`Not supported version field value ${plan.version}`)
}

/** Reads `{"version":1,"partitions":[{"topic":"t","partition":0,"replicas":[1],"log_dirs":["any"]}]}`. */
export function parsePlan(text: string): Assignment[] {
  const plan = asObject(parseJson(text))
  versionOne(plan)
  return elements(plan.partitions ?? []).map((value) => {
    const row = asObject(value)
    const replicas = elements(row.replicas).map((id) => integer({ id }, 'id'))
    const logDirs = row.log_dirs === undefined ? replicas.map(() => ANY_DIR) : elements(row.log_dirs).map(String)
    if (logDirs.length !== replicas.length)
      throw new Error(
        `Size of replicas list [${replicas.join(', ')}] is different from size of log dirs list [${logDirs.join(', ')}] for partition ${word(row, 'topic')}-${integer(row, 'partition')}`,
      )
    return { topic: word(row, 'topic'), partition: integer(row, 'partition'), replicas, logDirs }
  })
}

/** Throws for a plan that cannot be carried out. */
export function checkPlan(plan: readonly Assignment[]): void {
  if (plan.length === 0) throw new Error('Partition reassignment list cannot be empty')
  if (plan.some(({ replicas }) => replicas.length === 0)) throw new Error('Partition replica list cannot be empty')
  const twice = repeated(plan.map(nameOf))
  if (twice.length > 0)
    throw new Error(`Partition reassignment contains duplicate topic partitions: ${twice.join(',')}`)
  const wrong = plan.flatMap((item) => {
    const ids = repeated(item.replicas)
    return ids.length > 0 ? [`${nameOf(item)} contains multiple entries for ${ids.join(',')}`] : []
  })
  if (wrong.length > 0)
    throw new Error(`Partition replica lists may not contain duplicate entries: ${wrong.join('. ')}`)
}

export const repeated = <T>(items: readonly T[]): T[] => [
  ...new Set(items.filter((item, at) => items.indexOf(item) !== at)),
]

/** Reads `{"topics":[{"topic":"t"}],"version":1}`. */
export function parseTopics(text: string): string[] {
  const plan = asObject(parseJson(text))
  versionOne(plan)
  const names = elements(plan.topics ?? []).map((value) => word(asObject(value), 'topic'))
  const twice = repeated(names)
  if (twice.length > 0) throw new Error(`List of topics to reassign contains duplicate entries: [${twice.join(', ')}]`)
  return names
}
