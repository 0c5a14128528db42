import { StreamsError } from '../errors.ts'
import type { Subtopology } from '../topology/subtopologies.ts'
import type { Topology } from '../topology/topology.ts'
import {
  changelogConfigs,
  changelogTopic,
  outerTopics,
  realTopic,
  repartitionConfigs,
  sourcesOf,
  storesOf,
  type TopicPlan,
} from './internal-topics.ts'

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
          configs: changelogConfigs(this.topology.storeBuilder(store), extra, additionalMs),
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
      const found = this.findSome([...open])
      if (found.length === 0)
        throw new StreamsError(
          `The number of partitions of ${[...open].join(', ')} cannot be found out: topics go round in a circle.`,
        )
      for (const topic of found) open.delete(topic)
      this.joinPartners()
    }
    this.joinPartners()
  }

  /**
   * Those of the topics whose numbers can be told now. The two topics of a join by foreign keys go round in a circle: they take the number of
   * the table whose records they meet, or, where that is free itself, that of what is known to flow into them.
   */
  private findSome(topics: readonly string[]): string[] {
    const byPartners = this.topology.copartitioned()
    const partners = (topic: string) => byPartners.filter((group) => group.includes(topic)).flat()
    const ways: ((topic: string) => number | undefined)[] = [
      (topic) => this.topology.repartitionTopic(topic)?.partitions ?? this.before(topic, true),
      (topic) => this.largest(partners(topic).filter((partner) => this.isFixed(partner))),
      (topic) => this.before(topic, false),
    ]
    for (const way of ways) {
      const found = topics.filter((topic) => this.note(topic, way(topic)))
      if (found.length > 0) return found
    }
    return []
  }

  private note(topic: string, count: number | undefined): boolean {
    if (count !== undefined) this.counts.set(topic, count)
    return count !== undefined
  }

  /** The largest number of partitions of what flows into a topic; undefined while that is not known, or nothing of it. */
  private before(topic: string, all: boolean): number | undefined {
    const writers = this.subtopologies.filter(({ nodes }) =>
      nodes.some((node) => node.kind === 'sink' && node.topic === topic),
    )
    const sources = writers.flatMap(sourcesOf)
    return all && sources.some((source) => !this.counts.has(source)) ? undefined : this.largest(sources)
  }

  private largest(topics: readonly string[]): number | undefined {
    const known = topics.flatMap((topic) => this.counts.get(topic) ?? [])
    return known.length === 0 ? undefined : Math.max(...known)
  }

  /** Whether the application has no choice. */
  private isFixed(topic: string): boolean {
    const own = this.topology.repartitionTopic(topic)
    return !own || own.partitions !== undefined
  }

  /** Topics whose records meet in a join have equally many partitions; the application's own take the number of the others. */
  private joinPartners(): void {
    for (const topics of this.topology.copartitioned()) {
      const fixed = topics.filter((topic) => this.isFixed(topic))
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
