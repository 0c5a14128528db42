import type { Admin } from '../../client/index.ts'
import type { TopicPartition } from '../../client/types.ts'
import { withoutErrors } from './offsets.ts'
import { parseTopicPartitions } from './reset.ts'

/** Partitions of whole topics, and those given as `t:0,1`. Throws for a topic that is not there. */
export async function partitionsOf(admin: Admin, topics: readonly string[]): Promise<TopicPartition[]> {
  const whole = topics.filter((topic) => !topic.includes(':'))
  const found = whole.length === 0 ? new Map() : withoutErrors(await admin.describeTopics(whole))
  const all = Array.from(found, ([topic, { partitions }]) =>
    partitions.map(({ partition }: { readonly partition: number }) => ({ topic, partition })),
  ).flat()
  return [...all, ...topics.filter((topic) => topic.includes(':')).flatMap(parseTopicPartitions)]
}
