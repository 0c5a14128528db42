import { Admin } from '../../client/index.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { adminProperties } from '../config/client-properties.ts'
import { type TopicGroup, topicGroups, wantsTopics } from '../config/topic-creation.ts'
import type { ConnectorConfig } from '../connector.ts'
import { ConnectError } from '../data/errors.ts'
import { type Environment, sentenceOf } from './environment.ts'

/** Milliseconds after which a cluster that did not answer is asked again. */
const PAUSE = 1000

/** Makes the topics of a source as its groups have them, each before its first record (KIP-158). */
export class TopicMaker {
  /** Topics that are known to be there. */
  private readonly known = new Set<string>()
  private readonly admin: Admin

  private constructor(
    private readonly groups: readonly TopicGroup[],
    config: ConnectorConfig,
    private readonly environment: Environment,
  ) {
    this.admin = new Admin(adminProperties(environment.config, config), environment.runtime, environment.hooks)
  }

  /** Undefined where the connector or the worker wants none. Throws `ConfigError` for groups that cannot be. */
  static open(config: ConnectorConfig, environment: Environment): TopicMaker | undefined {
    if (!environment.config['topic.creation.enable'] || !wantsTopics(config)) return undefined
    return new TopicMaker(topicGroups(config), config, environment)
  }

  /**
   * Resolves when the topic is there, or `signal` is aborted; a cluster that does not answer is asked again. Rejects with `ConnectError`
   * where it cannot be made.
   */
  async ensure(topic: string, signal: AbortSignal): Promise<void> {
    while (!this.known.has(topic) && !signal.aborted) {
      try {
        await unlessAborted(this.findOrMake(topic), signal)
      } catch (error) {
        if (!(error instanceof KafkaError && error.retriable))
          throw new ConnectError(`Error while attempting to create/find topic(s) '${topic}': ${sentenceOf(error)}`, {
            cause: error,
          })
        this.environment.log('WARN', `Could not create topic ${topic} and tries again: ${sentenceOf(error)}`)
        await this.environment.runtime.clock.sleep(PAUSE, signal).catch(() => {})
      }
    }
  }

  close(): Promise<void> {
    return this.admin.close()
  }

  private async findOrMake(topic: string): Promise<void> {
    await this.lookOrMake(topic)
    this.known.add(topic)
  }

  private async lookOrMake(topic: string): Promise<void> {
    const found = (await this.admin.describeTopics([topic], { includeAuthorizedOperations: false })).get(topic)
    if (found && !(found instanceof KafkaError)) return
    if (found && found.error !== 'UNKNOWN_TOPIC_OR_PARTITION') throw found
    // The default group matches every topic.
    const group = this.groups.find((one) => one.matches(topic)) as TopicGroup
    const { partitions, replicationFactor, configs } = group
    const made = (await this.admin.createTopics([{ name: topic, partitions, replicationFactor, configs }])).get(topic)
    if (made instanceof KafkaError && made.error !== 'TOPIC_ALREADY_EXISTS') throw made
    this.environment.log('INFO', `Created topic ${topic} using creation group ${group.name}`)
  }
}

/** Resolves when the work is done, or earlier when the signal is aborted: the work then goes on by itself. */
async function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const done = new AbortController()
  const aborted = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true, signal: done.signal })
  })
  try {
    await Promise.race([work, aborted])
  } finally {
    done.abort()
  }
}
