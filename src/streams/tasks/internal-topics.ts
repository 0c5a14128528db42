import type { StoreBuilder, StoredWindows } from '../state/store-builder.ts'
import type { Subtopology } from '../topology/subtopologies.ts'
import type { Topology } from '../topology/topology.ts'

/** A topic that the application makes for itself, as Java's makes it. */
export interface InternalTopic {
  readonly name: string
  readonly partitions: number
  readonly configs: Configs
}

/** What is to be there before the application runs, and how its work is divided. */
export interface TopicPlan {
  readonly repartition: readonly InternalTopic[]
  readonly changelogs: readonly InternalTopic[]
  /** Partitions of all topics that are read, under their real names. */
  readonly counts: ReadonlyMap<string, number>
}

type Configs = Readonly<Record<string, string>>

const compacted = { 'cleanup.policy': 'compact', 'message.timestamp.type': 'CreateTime' }

/** Windows that are older than their store keeps them are deleted as well; of those that are kept apart none makes another needless. */
const windowedConfigs = ({ keepsEqual = false }: StoredWindows) => ({
  ...compacted,
  'cleanup.policy': keepsEqual ? 'delete' : 'compact,delete',
})

/** Java's largest long stands for all time. */
const milliseconds = (ms: number): string => (ms === Number.POSITIVE_INFINITY ? String(2n ** 63n - 1n) : String(ms))

/** Configs of a store's changelog; `additionalMs` is how much longer than the store it keeps windows. */
export function changelogConfigs({ windows }: StoreBuilder, extra: Configs, additionalMs: number): Configs {
  if (!windows) return { ...compacted, ...extra }
  return { ...windowedConfigs(windows), ...extra, 'retention.ms': milliseconds(windows.retentionMs + additionalMs) }
}

/** Records are deleted once they are processed; none may go before that. */
export const repartitionConfigs: Configs = {
  'cleanup.policy': 'delete',
  'message.timestamp.type': 'CreateTime',
  'retention.ms': '-1',
  'segment.bytes': '52428800',
}

export const changelogTopic = (applicationId: string, store: string): string => `${applicationId}-${store}-changelog`

/** The real name of a topic of the program: those of the application's own have its id in front. */
export const realTopic = (topology: Topology, applicationId: string, topic: string): string =>
  topology.repartitionTopic(topic) ? `${applicationId}-${topic}` : topic

/** Names of the stores that nodes of a subtopology use. */
export const storesOf = ({ nodes }: Subtopology): string[] => [
  ...new Set(nodes.flatMap((node) => (node.kind === 'processor' ? [...node.stores] : []))),
]

export const sourcesOf = ({ nodes }: Subtopology): string[] =>
  nodes.flatMap((node) => (node.kind === 'source' ? [...node.topics] : []))

/** Topics that are written to by partitioners, which have to know their partitions; without the application's own. */
export const spreadTopics = (topology: Topology): string[] =>
  [...topology.sinks()].flatMap(({ topic, partitioner }) =>
    partitioner && !topology.repartitionTopic(topic) ? [topic] : [],
  )

/** Topics that others have to make: all that are read, without the application's own. */
export const outerTopics = (topology: Topology): string[] =>
  [...topology.sources(), ...topology.globalSources()]
    .flatMap(({ topics }) => topics)
    .filter((topic) => !topology.repartitionTopic(topic))
