import { type Admin, KafkaError, type TopicDescription } from '../../client/index.ts'
import type { Clock } from '../../runtime/index.ts'
import { StreamsError } from '../errors.ts'
import type { Topology } from '../topology/topology.ts'
import { type InternalTopic, outerTopics, spreadTopics, type TopicPlan } from './internal-topics.ts'
import { PartitionCounts } from './partition-counts.ts'

export interface TopicSettings {
  readonly applicationId: string
  /** -1 is the broker's default. */
  readonly replicationFactor: number
  /** Further configs of the topics. */
  readonly configs: Readonly<Record<string, string>>
  /** How much longer than their store changelogs keep windows, in milliseconds. */
  readonly additionalRetentionMs: number
}

/** Brokers hear of a new topic one after the other; milliseconds between looks, and how many there are. */
const LOOK_MS = 100
const LOOKS = 300

/** Makes the topics that the application needs for itself, each instance those that are not there yet. */
export class TopicMaker {
  constructor(
    private readonly admin: Admin,
    private readonly clock: Clock,
    private readonly settings: TopicSettings,
  ) {}

  /** Gives what is read with its partitions, once everything is there. Throws a `StreamsError` for what does not go together. */
  async prepare(topology: Topology, signal: AbortSignal): Promise<TopicPlan> {
    const spread = spreadTopics(topology)
    const outer = await this.partitions([...new Set([...outerTopics(topology), ...spread])])
    const unknown = spread.filter((topic) => !outer.has(topic))
    if (unknown.length > 0)
      throw new StreamsError(
        `Topics with a partitioner are missing: ${unknown.join(', ')}. Make them before the application is started.`,
      )
    const { applicationId, configs, additionalRetentionMs } = this.settings
    const plan = new PartitionCounts(topology, outer).plan(applicationId, configs, additionalRetentionMs)
    const topics = [...plan.repartition, ...plan.changelogs]
    const missing = await this.missing(topics)
    await this.create(missing)
    for (let looks = 1; (await this.missing(topics)).length > 0; looks++) {
      if (looks === LOOKS) throw new StreamsError('Topics that were made for the application are not there.')
      await this.clock.sleep(LOOK_MS, signal)
    }
    return plan
  }

  private async missing(topics: readonly InternalTopic[]): Promise<InternalTopic[]> {
    const there = await this.partitions(topics.map(({ name }) => name))
    for (const { name, partitions } of topics) {
      const actual = there.get(name)
      if (actual !== undefined && actual !== partitions)
        throw new StreamsError(
          `Existing internal topic ${name} has invalid partitions: expected: ${partitions}; actual: ${actual}. ` +
            'Use kafka-streams-application-reset to delete it before the application is started.',
        )
    }
    return topics.filter(({ name }) => !there.has(name))
  }

  private async create(topics: readonly InternalTopic[]): Promise<void> {
    if (topics.length === 0) return
    const { replicationFactor } = this.settings
    const results = await this.admin.createTopics(topics.map((topic) => ({ ...topic, replicationFactor })))
    for (const [name, result] of results)
      if (result instanceof KafkaError && result.error !== 'TOPIC_ALREADY_EXISTS')
        throw new StreamsError(`Topic ${name} could not be made: ${result.message}`, { cause: result })
  }

  /** Numbers of partitions of those topics that are there. */
  private async partitions(names: readonly string[]): Promise<Map<string, number>> {
    const counts = new Map<string, number>()
    for (const [name, found] of await this.describe(names)) {
      if (!(found instanceof KafkaError)) counts.set(name, found.partitions.length)
      else if (found.error !== 'UNKNOWN_TOPIC_OR_PARTITION')
        throw new StreamsError(`Topic ${name} cannot be looked at: ${found.message}`, { cause: found })
    }
    return counts
  }

  private async describe(names: readonly string[]): Promise<Map<string, TopicDescription | KafkaError>> {
    return names.length === 0 ? new Map() : this.admin.describeTopics(names)
  }
}
