import type { CommitOffset, RecordMetadata, TopicPartition } from '../client/types.ts'
import type { SinkRecord, SourceOffset, SourcePartition, SourceRecord } from './records.ts'

/** Properties of a connector or one of its tasks. */
export type ConnectorConfig = Readonly<Record<string, string>>

export type ConfigKeyType = 'STRING' | 'INT' | 'LONG' | 'SHORT' | 'DOUBLE' | 'BOOLEAN' | 'LIST' | 'CLASS' | 'PASSWORD'

/** A property that a connector takes, for validation and for those who ask for it. */
export interface ConfigKey {
  readonly name: string
  readonly type: ConfigKeyType
  /** Without one the property is required; null means that it may be missing. */
  readonly defaultValue?: string | null
  readonly importance: 'HIGH' | 'MEDIUM' | 'LOW'
  readonly documentation: string
  /** What is wrong with a value; undefined when nothing is. */
  readonly check?: (value: string) => string | undefined
}

export interface ConnectorContext {
  /** Has the worker ask for `taskConfigs` again. */
  requestTaskReconfiguration(): void
  /** The connector fails. */
  raiseError(error: Error): void
}

abstract class Connector {
  /** Shown by REST. */
  readonly version: string = 'unknown'
  /** Set before `start`. */
  context!: ConnectorContext

  /** The properties that it takes. */
  config(): readonly ConfigKey[] {
    return []
  }

  /** Throws an error for a config that cannot work. */
  start(_config: ConnectorConfig): void | Promise<void> {}

  /** One config for each task, at most `maxTasks`. */
  abstract taskConfigs(maxTasks: number): readonly ConnectorConfig[]

  stop(): void | Promise<void> {}
}

/** Brings data into Kafka, as Java's `org.apache.kafka.connect.source.SourceConnector`. */
export abstract class SourceConnector extends Connector {
  readonly kind = 'source'

  abstract createTask(): SourceTask

  /**
   * Looks at offsets that a user is about to set; an offset of null resets that partition. Gives whether it did look; throws for what cannot
   * be (KIP-875).
   */
  alterOffsets(
    _config: ConnectorConfig,
    _offsets: readonly { readonly partition: SourcePartition; readonly offset: SourceOffset | null }[],
  ): boolean | Promise<boolean> {
    return false
  }
}

/** Takes data out of Kafka, as Java's `org.apache.kafka.connect.sink.SinkConnector`. */
export abstract class SinkConnector extends Connector {
  readonly kind = 'sink'

  abstract createTask(): SinkTask
}

export interface SourceTaskContext {
  readonly config: ConnectorConfig
  /** The last committed offset of a partition; undefined when there is none. */
  offset(partition: SourcePartition): SourceOffset | undefined
}

export abstract class SourceTask {
  readonly version: string = 'unknown'
  /** Set before `start`. */
  context!: SourceTaskContext

  start(_config: ConnectorConfig): void | Promise<void> {}

  /**
   * The next records; may wait for them, and gives none from time to time or when `signal` is aborted. A record's offset is committed once
   * it and all before it of the same source partition are acknowledged.
   */
  abstract poll(
    signal: AbortSignal,
  ): readonly SourceRecord[] | null | undefined | Promise<readonly SourceRecord[] | null | undefined>

  /** A record is acknowledged, or was left out (then without metadata). */
  commitRecord(_record: SourceRecord, _metadata: RecordMetadata | undefined): void | Promise<void> {}

  /** Offsets were committed. */
  commit(): void | Promise<void> {}

  /** Called once, when `poll` will not be called any more. */
  stop(): void | Promise<void> {}
}

export interface SinkTaskContext {
  readonly config: ConnectorConfig
  assignment(): TopicPartition[]
  pause(partitions: readonly TopicPartition[]): void
  resume(partitions: readonly TopicPartition[]): void
  /** Goes on at other offsets, with the next records. */
  offset(offsets: readonly CommitOffset[]): void
  /** Milliseconds to wait before records are given again, when `put` throws a `RetriableError`. */
  timeout(ms: number): void
  /** Commits soon, not only every `offset.flush.interval.ms`. */
  requestCommit(): void
  /** Reports a record that cannot be written: to the dead letter queue with `errors.tolerance=all`, else it throws. */
  reportErrant(record: SinkRecord, error: Error): Promise<void>
}

export abstract class SinkTask {
  readonly version: string = 'unknown'
  /** Set before `start`. */
  context!: SinkTaskContext

  start(_config: ConnectorConfig): void | Promise<void> {}

  /** Partitions that are this task's from now on. */
  open(_partitions: readonly TopicPartition[]): void | Promise<void> {}

  /** Partitions that are not any more; what was put of them is flushed and committed. */
  close(_partitions: readonly TopicPartition[]): void | Promise<void> {}

  abstract put(records: readonly SinkRecord[]): void | Promise<void>

  /** Has all that was put written for good: offsets up to it are committed next. */
  flush(_offsets: readonly CommitOffset[]): void | Promise<void> {}

  /** The offsets that may be committed, of those that were put; by default all, after `flush`. */
  async preCommit(offsets: readonly CommitOffset[]): Promise<readonly CommitOffset[]> {
    await this.flush(offsets)
    return offsets
  }

  stop(): void | Promise<void> {}
}

/** By its looks: a user's connector may bring its own copy of these classes. */
export const isConnector = (value: unknown): value is SourceConnector | SinkConnector => {
  const { kind, taskConfigs, createTask } = (value ?? {}) as Partial<SourceConnector>
  return (
    (kind as string) in { source: 0, sink: 0 } && typeof taskConfigs === 'function' && typeof createTask === 'function'
  )
}
