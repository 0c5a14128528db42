import type { Admin, PartitionReassignment, TopicPartition } from '../../client/index.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { ANY_DIR, type Assignment, nameOf } from './plan.ts'

/** The partitions of topics as they lie. Throws for a topic that is not there. */
export async function currentAssignments(admin: Admin, topics: readonly string[]): Promise<Assignment[]> {
  const described = await admin.describeTopics(topics)
  const found = topics.flatMap((name) => {
    const topic = described.get(name)
    if (topic instanceof KafkaError)
      throw topic.error === 'UNKNOWN_TOPIC_OR_PARTITION'
        ? new KafkaError(topic.code, `Topic ${name} not found.`)
        : topic
    return (topic?.partitions ?? []).map(({ partition, replicas }) => ({
      topic: name,
      partition,
      replicas: replicas.map(({ id }) => id),
    }))
  })
  const dirs = await directories(admin, [...new Set(found.flatMap(({ replicas }) => replicas))])
  return found.map((item) => ({
    ...item,
    logDirs: item.replicas.map((broker) => dirs.get(`${broker}:${nameOf(item)}`) ?? ANY_DIR),
  }))
}

async function directories(admin: Admin, brokers: readonly number[]): Promise<Map<string, string>> {
  const described = brokers.length > 0 ? await admin.describeLogDirs(brokers) : new Map<number, never>()
  const dirs = new Map<string, string>()
  for (const [broker, answer] of described) {
    if (answer instanceof KafkaError) continue
    for (const { path, replicas } of answer)
      for (const replica of replicas) if (!replica.future) dirs.set(`${broker}:${nameOf(replica)}`, path)
  }
  return dirs
}

/** The same for single partitions, each of which must be there. */
export async function currentOf(admin: Admin, partitions: readonly TopicPartition[]): Promise<Assignment[]> {
  const all = await currentAssignments(admin, [...new Set(partitions.map(({ topic }) => topic))].sort())
  return partitions.map((item) => {
    const found = all.find((one) => nameOf(one) === nameOf(item))
    if (!found) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `Unable to find partition: ${nameOf(item)}`)
    return found
  })
}

export interface PartitionStatus extends TopicPartition {
  readonly current: readonly number[]
  readonly target: readonly number[]
  readonly state: 'completed' | 'moving' | 'different'
}

/** How far a plan has come; a partition that is not there has no replicas. */
export async function statusOf(admin: Admin, plan: readonly Assignment[]): Promise<PartitionStatus[]> {
  const moving = new Map((await admin.listPartitionReassignments(plan)).map((item) => [nameOf(item), item]))
  const described = await admin.describeTopics([...new Set(plan.map(({ topic }) => topic))])
  return plan.map(({ topic, partition, replicas: target }) => {
    const under = moving.get(nameOf({ topic, partition }))
    const found = described.get(topic)
    const rows = found instanceof KafkaError ? [] : (found?.partitions ?? [])
    const current =
      under?.replicas ?? rows.find((row) => row.partition === partition)?.replicas.map(({ id }) => id) ?? []
    const same = targetOf(under, current).join() === target.join()
    return { topic, partition, current, target, state: same ? (under ? 'moving' : 'completed') : 'different' }
  })
}

/** What a reassignment under way leads to. */
const targetOf = (under: PartitionReassignment | undefined, current: readonly number[]): readonly number[] =>
  current.filter((id) => !under?.removingReplicas.includes(id))
