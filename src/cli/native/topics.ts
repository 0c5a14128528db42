import { isOverridden, type PartitionDetails, type TopicDetails } from '../../tools/topics/describe.ts'
import type { Column, Output, Report } from './output.ts'

type PartitionRow = PartitionDetails & { readonly topic: string }

const partitionColumns: readonly Column<PartitionDetails>[] = [
  { title: 'PARTITION', value: ({ partition }) => partition },
  { title: 'LEADER', value: ({ leader }) => leader ?? 'none', alarm: ({ unavailable }) => unavailable },
  { title: 'REPLICAS', value: ({ replicas }) => replicas.join(',') },
  { title: 'ISR', value: ({ isr }) => isr.join(','), alarm: ({ underReplicated }) => underReplicated },
  { title: 'ELR', value: ({ elr }) => elr?.join(',') },
]

/** Topics as `topics describe` shows them. */
export const topicsReport = (output: Output, topics: readonly TopicDetails[]): Report<PartitionRow> => ({
  value: { topics: topics.map(topicJson) },
  rows: topics.flatMap(({ name: topic, partitions }) => partitions.map((info) => ({ topic, ...info }))),
  columns: [{ title: 'TOPIC', value: ({ topic }) => topic }, ...partitionColumns],
  text: () => printTopics(output, topics),
})

function topicJson({ name, topicId, internal, replicationFactor, configs, partitions }: TopicDetails): object {
  const overrides = configs.filter(isOverridden).map((entry) => [entry.name, entry.value] as const)
  return {
    name,
    topicId: topicId ?? null,
    internal,
    replicationFactor,
    configs: Object.fromEntries(overrides),
    partitions: partitions.map((info) => ({
      partition: info.partition,
      leader: info.leader ?? null,
      replicas: info.replicas,
      isr: info.isr,
      elr: info.elr ?? null,
      lastKnownElr: info.lastKnownElr ?? null,
      addingReplicas: info.reassignment?.addingReplicas ?? [],
      removingReplicas: info.reassignment?.removingReplicas ?? [],
    })),
  }
}

/** A line about each topic and a table of its partitions. */
async function printTopics(output: Output, topics: readonly TopicDetails[]): Promise<void> {
  for (const [index, topic] of topics.entries()) {
    if (index > 0) output.line('')
    const overrides = topic.configs.filter(isOverridden).map(({ name, value }) => `${name}=${value}`)
    const about = [`${topic.name}`, `id ${topic.topicId ?? '-'}`, `replication factor ${topic.replicationFactor}`]
    output.line([...about, ...overrides].join('  '))
    await output.table(topic.partitions, partitionColumns)
  }
}
