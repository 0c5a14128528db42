import { type ConsumerConfig, consumerConfig } from '../../config/client.ts'
import { withProviders } from '../../config/config-providers.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { Runtime } from '../../runtime/index.ts'
import { Cluster } from '../cluster.ts'
import { TimeoutError, WakeupError } from '../errors.ts'
import type { ListedOffset } from '../list-offsets.ts'
import { CallTimes } from '../metrics/call-times.ts'
import { FetchMetrics } from '../metrics/fetch-metrics.ts'
import { PollMetrics } from '../metrics/poll-metrics.ts'
import { backoff } from '../node.ts'
import type {
  ClientHooks,
  ClientMetric,
  ClientProperties,
  CommitOffset,
  ConsumerRecord,
  GroupMetadata,
  OffsetAndMetadata,
  PartitionInfo,
  RebalanceListener,
  TopicPartition,
} from '../types.ts'
import { partitionKey } from '../types.ts'
import type { ConsumerBatch } from './batch.ts'
import { Doorbell } from './doorbell.ts'
import { Fetcher } from './fetcher.ts'
import { Group } from './group.ts'
import { Lookups } from './lookups.ts'
import { Positions } from './positions.ts'
import { Subscription } from './subscription.ts'

const NO_GROUP =
  'To use the group management or offset commit APIs, you must provide a valid group.id in the consumer configuration.'

/** Reads records, alone or as a member of a group. One call of `poll` at a time; listeners run inside it. */
export class Consumer implements AsyncIterable<ConsumerRecord> {
  /** Names of properties that no consumer has. */
  readonly unknown: readonly string[]
  private readonly config: ConsumerConfig
  private readonly cluster: Cluster
  private readonly doorbell: Doorbell
  private readonly subscriptions = new Subscription()
  private readonly fetcher: Fetcher
  private readonly positions: Positions
  private readonly group: Group | undefined
  private readonly lookups: Lookups
  private readonly polls: PollMetrics
  private readonly calls: CallTimes<'commit-sync' | 'committed'>
  private woken = false
  private polling = false
  private refreshing = false
  /** Answers to Metadata, one after the other, in which a topic was not there yet. */
  private inVain = 0

  /** Throws `ConfigError` for a bad property. */
  constructor(properties: ClientProperties, runtime: Runtime, hooks: ClientHooks = {}) {
    const { values, unknown, remarks } = consumerConfig(withProviders(properties, runtime, hooks.remark))
    for (const remark of remarks) hooks.remark?.(remark)
    this.unknown = unknown
    this.config = values
    const maxFrame = Math.max(values['fetch.max.bytes'], values['max.partition.fetch.bytes']) * 2 + 64 * 1024 * 1024
    const name = `consumer-${values['group.id'] ?? 'null'}`
    this.cluster = new Cluster(
      values,
      runtime,
      values['default.api.timeout.ms'],
      hooks,
      name,
      'consumer',
      Math.min(maxFrame, 0x7fff_ffff),
    )
    this.cluster.autoCreateTopics = values['allow.auto.create.topics']
    this.doorbell = new Doorbell(runtime.clock)
    const { cluster, subscriptions, doorbell } = this
    const fetching = new FetchMetrics(cluster.metrics, cluster.network.latency, () => subscriptions.all())
    this.polls = new PollMetrics(cluster.metrics, '-metrics')
    this.calls = new CallTimes(cluster.metrics, cluster.metrics.group('-metrics'), ['commit-sync', 'committed'])
    this.fetcher = new Fetcher(cluster, values, subscriptions, doorbell, fetching, () => this.refreshMetadata())
    this.lookups = new Lookups(cluster, values)
    if (values['group.id'] !== undefined) this.group = new Group(cluster, values, subscriptions, doorbell)
    this.positions = new Positions(cluster, values, subscriptions, doorbell, () => this.group?.reader)
  }

  /** Joins the group for topics, or for all topics whose whole name matches; takes effect with the next poll. */
  subscribe(topics: readonly string[] | RegExp, listener: RebalanceListener = {}): void {
    if (!this.group) throw new KafkaError('INVALID_GROUP_ID', NO_GROUP)
    if (Array.isArray(topics) && topics.length === 0) return void this.unsubscribe()
    this.subscriptions.subscribe(topics, listener)
    this.cluster.wantAll = topics instanceof RegExp
    for (const topic of this.subscriptions.topics) this.cluster.wanted.add(topic)
    this.group.requestJoin()
    this.refreshMetadata()
  }

  /** Leaves the group and gives up all partitions. */
  async unsubscribe(): Promise<void> {
    if (this.subscriptions.usesGroup) await this.group?.unsubscribe()
    this.subscriptions.clear()
    this.cluster.wanted.clear()
    this.cluster.wantAll = false
  }

  /** Takes partitions by hand, without a group's assignment. */
  assign(partitions: readonly TopicPartition[]): void {
    this.subscriptions.assignByHand(partitions)
    for (const { topic } of partitions) this.cluster.wanted.add(topic)
    this.refreshMetadata()
  }

  /**
   * From now on the bytes of records (keys, values, headers) are only lent: they are valid until the next poll, which writes others over them.
   * Whoever is done with a batch by then saves the system fetching new memory for each answer.
   */
  lendRecords(): void {
    this.fetcher.lends = true
  }

  assignment(): TopicPartition[] {
    return this.subscriptions.assignment()
  }

  /** The topics subscribed to; for a pattern those that it has found. */
  subscription(): string[] {
    return [...this.subscriptions.topics]
  }

  /**
   * Waits for records, up to `timeoutMs`, and gives those that have come; an empty batch when none have. Rejects with what ends the
   * consumer's work (authorization, no offset to start from, damaged data), with a `WakeupError`, or with the signal's reason.
   */
  async poll(timeoutMs: number, signal?: AbortSignal): Promise<ConsumerBatch> {
    if (this.polling) throw new Error('The consumer is polled already.')
    if (this.cluster.closed) throw new Error('This consumer has already been closed.')
    if (this.subscriptions.isNone)
      throw new Error('Consumer is not subscribed to any topics or assigned any partitions')
    this.polling = true
    this.polls.began()
    this.fetcher.reclaim()
    const ring = () => this.doorbell.ring()
    signal?.addEventListener('abort', ring)
    try {
      return await this.pollUntil(timeoutMs, signal)
    } finally {
      this.polling = false
      this.polls.ended()
      signal?.removeEventListener('abort', ring)
    }
  }

  /** All records, one after the other, until the loop is left; those that were not reached are read again later. */
  async *[Symbol.asyncIterator](): AsyncIterator<ConsumerRecord> {
    while (!this.cluster.closed) {
      const records = (await this.poll(1000))[Symbol.iterator]()
      try {
        for (let next = records.next(); !next.done; next = records.next()) yield next.value
      } finally {
        this.putBack(records)
      }
    }
  }

  /** Goes on at an offset, with the next poll. */
  seek(where: TopicPartition, offset: number): void {
    if (offset < 0) throw new RangeError('seek offset must not be a negative number')
    this.subscriptions.get(where).seek(offset)
    this.doorbell.ring()
  }

  seekToBeginning(partitions: readonly TopicPartition[] = this.assignment()): void {
    for (const where of partitions) this.subscriptions.get(where).requestReset('earliest')
  }

  seekToEnd(partitions: readonly TopicPartition[] = this.assignment()): void {
    for (const where of partitions) this.subscriptions.get(where).requestReset('latest')
  }

  /** The offset of the next record; finds it out when it is not known yet. */
  async position(where: TopicPartition, timeoutMs = this.config['default.api.timeout.ms']): Promise<number> {
    const deadline = this.cluster.deadline(timeoutMs)
    for (;;) {
      const { position } = this.subscriptions.get(where)
      if (position !== undefined) return position
      this.throwErrors()
      if (deadline.left === 0)
        throw new TimeoutError(
          `Timeout of ${timeoutMs}ms expired before the position for partition ${where.topic}-${where.partition} could be determined`,
        )
      this.positions.update(true)
      await this.doorbell.wait(Math.min(deadline.left, 100))
    }
  }

  /** Records that the partition has beyond the position, as far as the last answer told; undefined before the first one. */
  currentLag(where: TopicPartition): number | undefined {
    const { position, highWatermark } = this.subscriptions.get(where)
    return position === undefined || highWatermark === undefined ? undefined : Math.max(0, highWatermark - position)
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const where of partitions) this.subscriptions.get(where).paused = true
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const where of partitions) this.subscriptions.get(where).paused = false
    this.doorbell.ring()
  }

  paused(): TopicPartition[] {
    return this.assignment().filter((where) => this.subscriptions.get(where).paused)
  }

  /** Commits the given offsets, or the positions of all partitions; resolves when that is done. */
  async commit(offsets?: readonly CommitOffset[], timeoutMs?: number): Promise<void> {
    if (!this.group) throw new KafkaError('INVALID_GROUP_ID', NO_GROUP)
    await this.calls.time('commit-sync', this.group.commit(offsets ?? this.group.positions(), timeoutMs))
  }

  /** What the group has committed, by partition key; undefined where nothing was. */
  async committed(partitions: readonly TopicPartition[]): Promise<Map<string, OffsetAndMetadata | undefined>> {
    if (!this.group) throw new KafkaError('INVALID_GROUP_ID', NO_GROUP)
    const found = await this.calls.time('committed', this.positions.committed(partitions))
    return new Map(
      partitions.map(({ topic, partition }) => [
        partitionKey(topic, partition),
        found.get(partitionKey(topic, partition)),
      ]),
    )
  }

  /** First offsets by partition key. */
  beginningOffsets(partitions: readonly TopicPartition[]): Promise<Map<string, number>> {
    return this.lookups.offsetsAt(partitions, 'earliest')
  }

  /** The offsets after the last record that this consumer could read. */
  endOffsets(partitions: readonly TopicPartition[]): Promise<Map<string, number>> {
    return this.lookups.offsetsAt(partitions, 'latest')
  }

  /** The first record at or after a time, by partition key; undefined when there is none. */
  offsetsForTimes(
    items: readonly (TopicPartition & { readonly timestamp: number })[],
  ): Promise<Map<string, ListedOffset | undefined>> {
    return this.lookups.offsetsForTimes(items)
  }

  partitionsFor(topic: string): Promise<PartitionInfo[]> {
    return this.lookups.partitionsFor(topic)
  }

  /** All topics with their partitions. */
  listTopics(): Promise<Map<string, PartitionInfo[]>> {
    return this.lookups.listTopics()
  }

  /** What the consumer has done and is doing, under the names of Apache's consumer; those of its threads and selectors are not among them. */
  metrics(): ClientMetric[] {
    return this.cluster.metrics.list()
  }

  groupMetadata(): GroupMetadata {
    if (!this.group) throw new KafkaError('INVALID_GROUP_ID', NO_GROUP)
    return this.group.metadata
  }

  /** Makes the group divide its partitions anew. */
  enforceRebalance(): void {
    this.group?.requestJoin()
  }

  /** Makes a poll that waits, or else the next one, reject with a `WakeupError`. */
  wakeup(): void {
    this.woken = true
    this.doorbell.ring()
  }

  /** Commits when that is automatic, leaves the group and closes all connections. */
  async close({ timeoutMs = 30_000 }: { readonly timeoutMs?: number } = {}): Promise<void> {
    if (this.cluster.closed) return
    const { group, subscriptions, cluster } = this
    if (group && subscriptions.usesGroup) {
      let cancel = () => {}
      const late = new Promise<void>((resolve) => {
        const timer = cluster.runtime.clock.timer(timeoutMs, resolve)
        cancel = () => timer.cancel()
      })
      await Promise.race([group.close(), late]).finally(cancel)
    } else if (group && this.config['enable.auto.commit'])
      await group.commit(group.positions(), Math.min(timeoutMs, 5000)).catch((error: unknown) => cluster.warn(error))
    subscriptions.clear()
    cluster.close()
  }

  private async pollUntil(timeoutMs: number, signal: AbortSignal | undefined): Promise<ConsumerBatch> {
    const deadline = this.cluster.deadline(timeoutMs)
    for (;;) {
      this.throwIfWoken(signal)
      const { group, subscriptions } = this
      if (group && subscriptions.usesGroup) await group.poll()
      if (this.cluster.stale || (subscriptions.usesGroup && group?.awaitsTopics)) this.refreshMetadata()
      this.positions.update(!subscriptions.usesGroup || group?.settled === true)
      const batch = this.fetcher.collect()
      this.fetcher.sendFetches()
      if (batch.count > 0) return batch
      this.throwErrors()
      await this.doorbell.wait(deadline.left)
      if (deadline.left === 0 && !this.hasNews()) return batch
    }
  }

  /** Whether something came with the last moment of a poll. */
  private hasNews(): boolean {
    for (const { buffered, open } of this.subscriptions.all()) if (buffered.length > 0 && open) return true
    return false
  }

  private throwIfWoken(signal: AbortSignal | undefined): void {
    signal?.throwIfAborted()
    if (!this.woken) return
    this.woken = false
    throw new WakeupError('The consumer was woken up.')
  }

  private throwErrors(): void {
    const error = this.fetcher.errors.shift() ?? this.positions.errors.shift()
    if (error) throw error
  }

  /** Goes back to the first record of each partition that was polled and not reached. */
  private putBack(records: Iterator<ConsumerRecord>): void {
    const seen = new Set<string>()
    for (let next = records.next(); !next.done; next = records.next()) {
      const { topic, partition, offset } = next.value
      const key = partitionKey(topic, partition)
      if (seen.has(key)) continue
      seen.add(key)
      this.subscriptions.find({ topic, partition })?.seek(offset)
    }
  }

  private refreshMetadata(): void {
    if (this.refreshing || this.cluster.closed) return
    this.refreshing = true
    this.cluster
      .refreshUntil({ call: 'metadata', timeoutMs: Number.MAX_SAFE_INTEGER })
      .catch((error: Error) => {
        if (!this.cluster.closed) this.fetcher.errors.push(error)
      })
      .then(() => this.cluster.sleep(this.pauseMs()))
      .catch(() => {})
      .finally(() => {
        this.refreshing = false
        this.doorbell.ring()
      })
  }

  /** Before metadata is asked for again; longer and longer for topics that nobody makes. */
  private pauseMs(): number {
    this.inVain = this.group?.awaitsTopics ? this.inVain + 1 : 0
    const { 'retry.backoff.ms': firstMs, 'retry.backoff.max.ms': maxMs } = this.config
    return this.inVain === 0 ? firstMs : backoff(firstMs, maxMs, this.inVain - 1, this.cluster.runtime)
  }
}
