import { StreamsError } from '../errors.ts'
import type { StoredWindows } from '../state/store-builder.ts'
import type { Subtopology } from '../topology/subtopologies.ts'
import type { Topology } from '../topology/topology.ts'

/** A topic that the application makes for itself, as Java's makes it. */
export interface InternalTopic {
  readonly name: string
  readonly partitions: number
  readonly configs: Readonly<Record<string, string>>
}

/** What is to be there before the application runs, and how its work is divided. */
export interface TopicPlan {
  readonly repartition: readonly InternalTopic[]
  readonly changelogs: readonly InternalTopic[]
  /** Partitions of all topics that are read, under their real names. */
  readonly counts: ReadonlyMap<string, number>
}

const changelogConfigs = { 'cleanup.policy': 'compact', 'message.timestamp.type': 'CreateTime' }

/** Windows that are older than their store keeps them are deleted as well; of those that are kept apart none makes another needless. */
const windowedConfigs = ({ keepsEqual = false }: StoredWindows) => ({
  ...changelogConfigs,
  'cleanup.policy': keepsEqual ? 'delete' : 'compact,delete',
})

/** Java's largest long stands for all time. */
const milliseconds = (ms: number): string => (ms === Number.POSITIVE_INFINITY ? String(2n ** 63n - 1n) : String(ms))

/** Records are deleted once they are processed; none may go before that. */
const repartitionConfigs = {
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

const sourcesOf = ({ nodes }: Subtopology): string[] =>
  nodes.flatMap((node) => (node.kind === 'source' ? [...node.topics] : []))

/** Topics that others have to make: all that are read, without the application's own. */
export const outerTopics = (topology: Topology): string[] =>
  [...topology.sources()].flatMap(({ topics }) => topics).filter((topic) => !topology.repartitionTopic(topic))

/**
 * How many partitions each topic of the application has to have, from those of its sources. Throws a `StreamsError` for a topic that is
 * missing and for counts that do not go together.
 */
export class PartitionCounts {
  private readonly counts: Map<string, number>
  private readonly subtopologies: readonly Subtopology[]

  constructor(
    private readonly topology: Topology,
    outer: ReadonlyMap<string, number>,
  ) {
    const missing = outerTopics(topology).filter((topic) => !outer.has(topic))
    if (missing.length > 0)
      throw new StreamsError(
        `Source topics are missing: ${missing.join(', ')}. Make them before the application is started.`,
      )
    this.subtopologies = topology.subtopologies()
    this.counts = new Map(outer)
    this.spread()
    this.checkStores()
  }

  /** `additionalMs` is how much longer than their store changelogs keep windows. */
  plan(applicationId: string, extra: Readonly<Record<string, string>>, additionalMs: number): TopicPlan {
    const real = (topic: string) => realTopic(this.topology, applicationId, topic)
    const repartition = [...this.counts].filter(([topic]) => this.topology.repartitionTopic(topic))
    const stores = this.subtopologies.flatMap((subtopology) =>
      storesOf(subtopology)
        .filter((store) => this.topology.storeBuilder(store).logging)
        .map((store) => ({
          name: changelogTopic(applicationId, store),
          partitions: this.tasks(subtopology),
          configs: this.changelogConfigs(store, extra, additionalMs),
        })),
    )
    return {
      repartition: repartition.map(([topic, partitions]) => ({
        name: real(topic),
        partitions,
        configs: { ...repartitionConfigs, ...extra },
      })),
      changelogs: stores,
      counts: new Map(Array.from(this.counts, ([topic, count]) => [real(topic), count])),
    }
  }

  private changelogConfigs(store: string, extra: Readonly<Record<string, string>>, additionalMs: number) {
    const { windows } = this.topology.storeBuilder(store)
    if (!windows) return { ...changelogConfigs, ...extra }
    return { ...windowedConfigs(windows), ...extra, 'retention.ms': milliseconds(windows.retentionMs + additionalMs) }
  }

  /** Partitions of a subtopology, which are its tasks. */
  private tasks(subtopology: Subtopology): number {
    return Math.max(...sourcesOf(subtopology).map((topic) => this.counts.get(topic) ?? 0))
  }

  /** Goes from topics that are known to those that are written from them, until nothing changes. */
  private spread(): void {
    const open = new Set<string>()
    for (const { topics } of this.topology.sources())
      for (const topic of topics) if (!this.counts.has(topic)) open.add(topic)
    while (open.size > 0) {
      const found = [...open].filter((topic) => this.find(topic))
      if (found.length === 0)
        throw new StreamsError(
          `The number of partitions of ${[...open].join(', ')} cannot be found out: topics go round in a circle.`,
        )
      for (const topic of found) open.delete(topic)
      this.joinPartners()
    }
    this.joinPartners()
  }

  private find(topic: string): boolean {
    const wanted = this.topology.repartitionTopic(topic)?.partitions ?? this.before(topic)
    if (wanted !== undefined) this.counts.set(topic, wanted)
    return wanted !== undefined
  }

  /** The largest number of partitions of what flows into a topic; undefined while that is not known. */
  private before(topic: string): number | undefined {
    const writers = this.subtopologies.filter(({ nodes }) =>
      nodes.some((node) => node.kind === 'sink' && node.topic === topic),
    )
    const sources = writers.flatMap(sourcesOf)
    return sources.every((source) => this.counts.has(source))
      ? Math.max(...sources.map((source) => this.counts.get(source) ?? 0))
      : undefined
  }

  /** Topics whose records meet in a join have equally many partitions; the application's own take the number of the others. */
  private joinPartners(): void {
    for (const topics of this.topology.copartitioned()) {
      const fixed = topics.filter(
        (topic) =>
          this.topology.repartitionTopic(topic)?.partitions !== undefined || !this.topology.repartitionTopic(topic),
      )
      const rows = (fixed.length > 0 ? fixed : topics).flatMap((topic) => this.counts.get(topic) ?? [])
      if (rows.length === 0) continue
      if (fixed.length > 0 && new Set(rows).size > 1)
        throw new StreamsError(
          `Following topics do not have the same number of partitions: ${fixed.map((topic) => `${topic}=${this.counts.get(topic)}`).join(', ')}`,
        )
      const count = Math.max(...rows)
      for (const topic of topics) if (!fixed.includes(topic) && this.counts.has(topic)) this.counts.set(topic, count)
    }
  }

  /** A store belongs to one member, and so must the partitions with its number: ranges see to that where topics have equally many. */
  private checkStores(): void {
    for (const subtopology of this.subtopologies) {
      if (storesOf(subtopology).length === 0) continue
      const topics = sourcesOf(subtopology)
      if (new Set(topics.map((topic) => this.counts.get(topic))).size > 1)
        throw new StreamsError(
          `Topics that are read into the same stores must have the same number of partitions: ${topics.map((topic) => `${topic}=${this.counts.get(topic)}`).join(', ')}`,
        )
    }
  }
}
