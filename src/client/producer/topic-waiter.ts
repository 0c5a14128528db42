import { Errors } from '../../protocol/errors.ts'
import type { Cluster } from '../cluster.ts'
import { TimeoutError, topicError } from '../errors.ts'
import type { TopicMetadata } from '../metadata.ts'

/** Finds topics that are not known yet; those who want the same one share the search. */
export class TopicWaiter {
  private readonly searches = new Map<string, Promise<TopicMetadata>>()

  constructor(
    private readonly cluster: Cluster,
    /** How long a topic may be missing, in milliseconds. */
    private readonly timeoutMs: number,
  ) {}

  /** The topic, with at least the partition that is asked for. */
  find(topic: string, partition = 0): Promise<TopicMetadata> {
    const known = this.known(topic, partition)
    if (known) return Promise.resolve(known)
    const key = `${topic}-${partition}`
    let search = this.searches.get(key)
    if (!search) {
      search = this.search(topic, partition).finally(() => this.searches.delete(key))
      this.searches.set(key, search)
    }
    return search
  }

  private known(topic: string, partition: number): TopicMetadata | undefined {
    const found = this.cluster.metadata.topic(topic)
    return found && partition < found.partitions.length ? found : undefined
  }

  private async search(topic: string, partition: number): Promise<TopicMetadata> {
    this.cluster.wanted.add(topic)
    try {
      return await this.cluster.retry({ call: 'metadata', timeoutMs: this.timeoutMs }, async () => {
        await this.cluster.refresh()
        const found = this.known(topic, partition)
        if (found) return found
        const error = this.cluster.metadata.errorOf(topic)
        // A partition that is missing now may have been added by then, as a topic may have been created.
        throw topicError(error === Errors.NONE ? 'UNKNOWN_TOPIC_OR_PARTITION' : error, topic)
      })
    } catch (error) {
      if (!this.cluster.metadata.topic(topic)) this.cluster.wanted.delete(topic)
      if (error instanceof TimeoutError) throw this.missing(topic, partition, error)
      throw error
    }
  }

  private missing(topic: string, partition: number, cause: TimeoutError): TimeoutError {
    const found = this.cluster.metadata.topic(topic)
    const sentence = found
      ? `Partition ${partition} of topic ${topic} with partition count ${found.partitions.length} is not present in metadata after ${this.timeoutMs} ms.`
      : `Topic ${topic} not present in metadata after ${this.timeoutMs} ms.`
    return new TimeoutError(sentence, { cause: cause.cause })
  }
}
