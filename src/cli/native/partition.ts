import type { TopicPartition } from '../../client/index.ts'
import { InvalidRequest } from '../../tools/groups/reset.ts'

/** Reads `topic:partition`. */
export function parsePartition(word: string): TopicPartition {
  const [, topic, partition] = /^(.+):(\d+)$/.exec(word) ?? []
  if (topic === undefined) throw new InvalidRequest(`${word} is not topic:partition.`)
  return { topic, partition: Number(partition) }
}
