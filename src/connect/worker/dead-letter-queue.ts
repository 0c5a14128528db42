import { Admin, Producer } from '../../client/index.ts'
import type { ConsumerRecord } from '../../client/types.ts'
import { adminProperties, deadLetterProducerProperties } from '../config/client-properties.ts'
import type { ConnectorConfig } from '../connector.ts'
import { ConnectError } from '../data/errors.ts'
import { type Environment, sentenceOf, traceOf } from './environment.ts'
import type { Failed } from './error-handling.ts'

const PREFIX = '__connect.errors.'

/** The topic to which a sink's records go that could not be worked with, as they were read. */
export class DeadLetterQueue {
  private constructor(
    private readonly topic: string,
    private readonly producer: Producer,
    private readonly withContext: boolean,
    private readonly names: { readonly connector: string; readonly task: number },
  ) {}

  /** Makes the topic when it is missing. Undefined when the connector has none. */
  static async open(
    connector: string,
    task: number,
    config: ConnectorConfig,
    environment: Environment,
  ): Promise<DeadLetterQueue | undefined> {
    const topic = config['errors.deadletterqueue.topic.name'] ?? ''
    if (topic === '') return undefined
    await makeTopic(topic, config, environment)
    const producer = new Producer(
      deadLetterProducerProperties(environment.config, config, `${connector}-${task}`),
      environment.runtime,
      environment.hooks,
    )
    const withContext = config['errors.deadletterqueue.context.headers.enable']?.toLowerCase() === 'true'
    return new DeadLetterQueue(topic, producer, withContext, { connector, task })
  }

  /** Resolves when the record is acknowledged. */
  async add(record: ConsumerRecord, failed: Failed): Promise<void> {
    const headers = [...record.headers, ...(this.withContext ? this.context(record, failed) : [])]
    const { key, value, timestamp } = record
    await this.producer.send({ topic: this.topic, key, value, timestamp, headers })
  }

  close(timeoutMs: number): Promise<void> {
    return this.producer.close({ timeoutMs })
  }

  private context({ topic, partition, offset }: ConsumerRecord, { stage, error, className }: Failed) {
    const cause = error instanceof Error ? error : new Error(String(error))
    const texts = {
      topic,
      partition: String(partition),
      offset: String(offset),
      'connector.name': this.names.connector,
      'task.id': String(this.names.task),
      stage,
      'class.name': className ?? cause.constructor.name,
      'exception.class.name': cause.name,
      'exception.message': cause.message,
      'exception.stacktrace': traceOf(cause),
    }
    return Object.entries(texts).map(([name, text]) => ({ key: PREFIX + name, value: Buffer.from(text) }))
  }
}

async function makeTopic(topic: string, config: ConnectorConfig, environment: Environment): Promise<void> {
  const admin = new Admin(adminProperties(environment.config, config), environment.runtime, environment.hooks)
  try {
    const known = await admin.listTopics()
    if (known.some(({ name }) => name === topic)) return
    const replicationFactor = Number(config['errors.deadletterqueue.topic.replication.factor'] ?? '3')
    for (const result of (await admin.createTopics([{ name: topic, partitions: 1, replicationFactor }])).values())
      if (result instanceof Error) throw result
  } catch (error) {
    throw new ConnectError(`Could not initialize dead letter queue with topic=${topic}: ${sentenceOf(error)}`, {
      cause: error,
    })
  } finally {
    await admin.close()
  }
}
