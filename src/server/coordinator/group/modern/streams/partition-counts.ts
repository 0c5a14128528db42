import { KafkaError } from '../../../../../protocol/errors.ts'
import type { MetadataImage } from '../../../../metadata/image.ts'
import type { Topology } from './records.ts'
import { problem, StatusCode } from './status.ts'

type Subtopology = Topology['subtopologies'][number]
type TopicInfo = Subtopology['stateChangelogTopics'][number]

/** A topic of the application's own, with as many partitions as it needs. */
export interface InternalTopic {
  readonly name: string
  readonly partitions: number
  /** 0 for the broker's default. */
  readonly replicationFactor: number
  readonly configs: readonly { readonly key: string; readonly value: string }[]
}

export interface ConfiguredSubtopology {
  readonly id: string
  /** One task for each. */
  readonly tasks: number
  readonly sourceTopics: readonly string[]
  readonly repartitionSinkTopics: readonly string[]
  readonly repartitionSourceTopics: readonly InternalTopic[]
  readonly changelogTopics: readonly InternalTopic[]
}

/** The topics that a topology reads, whoever writes them. */
export const sourcesOf = ({ sourceTopics, repartitionSourceTopics }: Subtopology): string[] => [
  ...sourceTopics,
  ...repartitionSourceTopics.map(({ name }) => name),
]

/** How many partitions the topics of an application have, or are to have. */
export class PartitionCounts {
  private readonly decided = new Map<string, number>()

  constructor(
    private readonly subtopologies: readonly Subtopology[],
    private readonly image: MetadataImage,
  ) {
    for (const one of subtopologies)
      if (sourcesOf(one).length === 0)
        throw new KafkaError('STREAMS_INVALID_TOPOLOGY', `No source topics found for subtopology ${one.subtopologyId}`)
    this.decideRepartitionTopics()
    this.enforceCopartitioning()
    for (const one of subtopologies)
      for (const { name } of one.stateChangelogTopics) this.decided.set(name, this.most(one))
  }

  private of(topic: string): number | undefined {
    return this.image.topics.get(topic)?.partitions.length ?? this.decided.get(topic)
  }

  private most(subtopology: Subtopology): number {
    return Math.max(...sourcesOf(subtopology).map((topic) => this.of(topic) as number))
  }

  /** Of the topics that a subtopology reads, as far as they are decided; undefined when none is. */
  private mostKnown({ sourceTopics, repartitionSourceTopics }: Subtopology): number | undefined {
    const counts = [
      ...sourceTopics.map((topic) => this.of(topic)),
      ...repartitionSourceTopics.map(({ name }) => this.decided.get(name)),
    ].filter((count) => count !== undefined)
    return counts.length === 0 ? undefined : Math.max(...counts)
  }

  /** A repartition topic has as many partitions as its topology says, or as the topics that are read by who writes it. */
  private decideRepartitionTopics(): void {
    const sources = this.subtopologies.flatMap(({ repartitionSourceTopics }) => repartitionSourceTopics)
    for (const { name, partitions } of sources) if (partitions !== 0) this.decided.set(name, partitions)
    const sinks = this.subtopologies.flatMap((one) => one.repartitionSinkTopics.map((topic) => [topic, one] as const))
    for (let open = sinks.filter(([topic]) => !this.decided.has(topic)); open.length > 0; ) {
      for (const [topic, subtopology] of open) {
        const count = this.decided.has(topic) ? undefined : this.mostKnown(subtopology)
        if (count !== undefined) this.decided.set(topic, count)
      }
      const rest = open.filter(([topic]) => !this.decided.has(topic))
      if (rest.length === open.length)
        throw new KafkaError(
          'STREAMS_INVALID_TOPOLOGY',
          'Failed to compute number of partitions for all repartition topics. There may be loops in the topology that cannot be resolved.',
        )
      open = rest
    }
    if (sources.some(({ name }) => !this.decided.has(name)))
      throw new KafkaError(
        'STREAMS_INVALID_TOPOLOGY',
        'Failed to compute number of partitions for all repartition topics, because a repartition source topic is never used as a sink topic.',
      )
  }

  /** Topics that are joined must have the same number of partitions; repartition topics without one of their own follow the others. */
  private enforceCopartitioning(): void {
    const infos = this.subtopologies.flatMap(({ repartitionSourceTopics }) => repartitionSourceTopics)
    const fixed = new Set(infos.filter(({ partitions }) => partitions !== 0).map(({ name }) => name))
    const flexible = new Set(infos.filter(({ partitions }) => partitions === 0).map(({ name }) => name))
    for (const { copartitionGroups, sourceTopics, repartitionSourceTopics } of this.subtopologies)
      for (const group of copartitionGroups) {
        const topics = new Set([
          ...group.sourceTopics.map((at) => sourceTopics[at] as string),
          ...group.repartitionSourceTopics.map((at) => (repartitionSourceTopics[at] as TopicInfo).name),
        ])
        this.enforce(topics, fixed, flexible)
      }
  }

  private enforce(topics: ReadonlySet<string>, fixed: ReadonlySet<string>, flexible: ReadonlySet<string>): void {
    const isInternal = (topic: string) => fixed.has(topic) || flexible.has(topic)
    const internal = [...topics].filter(isInternal)
    const external = [...topics].filter((topic) => !isInternal(topic))
    const given = internal.filter((topic) => fixed.has(topic))
    let count: number
    if (external.length > 0) count = this.same(external)
    else if (given.length > 0) count = this.same(given)
    else count = Math.max(...internal.map((topic) => this.of(topic) as number))
    for (const topic of internal) {
      if (fixed.has(topic) && this.of(topic) !== count)
        throw problem(
          StatusCode.incorrectlyPartitionedTopics,
          `Number of partitions [${this.of(topic)}] of repartition topic [${topic}] doesn't match number of partitions [${count}] of the source topic.`,
        )
      this.decided.set(topic, count)
    }
  }

  private same(topics: readonly string[]): number {
    const counts = topics.map((topic) => this.of(topic) as number)
    if (counts.some((count) => count !== counts[0])) {
      const list = topics.map((topic) => `${topic}=${this.of(topic)}`).sort()
      throw problem(
        StatusCode.incorrectlyPartitionedTopics,
        `Following topics do not have the same number of partitions: [{${list.join(', ')}}]`,
      )
    }
    return counts[0] as number
  }

  configured(subtopology: Subtopology): ConfiguredSubtopology {
    const internal = ({ name, partitions, replicationFactor, topicConfigs }: TopicInfo): InternalTopic => ({
      ...{ name, replicationFactor, configs: topicConfigs },
      partitions: partitions === 0 ? (this.decided.get(name) as number) : partitions,
    })
    return {
      id: subtopology.subtopologyId,
      tasks: this.most(subtopology),
      sourceTopics: subtopology.sourceTopics,
      repartitionSinkTopics: subtopology.repartitionSinkTopics,
      repartitionSourceTopics: subtopology.repartitionSourceTopics.map(internal),
      changelogTopics: subtopology.stateChangelogTopics.map(internal),
    }
  }
}
