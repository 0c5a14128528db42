import { type ConsumerConfig, consumerConfig } from '../../config/client.ts'
import { withProviders } from '../../config/config-providers.ts'
import type { ShareFetch } from '../../protocol/apis/index.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { ResponseOf } from '../../protocol/schema/index.ts'
import type { Runtime } from '../../runtime/index.ts'
import type { Uuid } from '../../std/uuid.ts'
import { Cluster } from '../cluster.ts'
import { CompletedFetch } from '../consumer/completed-fetch.ts'
import { Doorbell } from '../consumer/doorbell.ts'
import type { RecordSlice } from '../consumer/record-cursor.ts'
import { isRetriable, meansStaleMetadata, WakeupError } from '../errors.ts'
import { ShareMetrics } from '../metrics/share-metrics.ts'
import {
  type ClientHooks,
  type ClientMetric,
  type ClientProperties,
  partitionKey,
  type TopicPartition,
} from '../types.ts'
import { type Acknowledgement, acknowledgementCodes } from './acknowledgements.ts'
import { type Acquired, ShareBatch, ShareCursor } from './share-batch.ts'
import { type AssignedPartition, ShareMembership } from './share-membership.ts'
import { type Acknowledged, ShareSession } from './share-session.ts'

type PartitionAnswer = ResponseOf<typeof ShareFetch>['responses'][number]['partitions'][number]

/** Records of one partition that have come. */
interface Arrived extends AssignedPartition {
  readonly topic: string
  readonly session: ShareSession
  readonly answer: PartitionAnswer
}

/** Where an acknowledgement of a delivered record goes. */
interface Delivered extends AssignedPartition {
  readonly session: ShareSession
}

/** What became of acknowledgements of one partition. */
export interface AcknowledgementResult extends TopicPartition {
  readonly offsets: readonly number[]
  readonly error: KafkaError | undefined
}

const rules = { isolationLevel: 'read_uncommitted', checkCrcs: true } as const

/**
 * A member of a share group (KIP-932): records go to one of the members each, and are delivered again when they are not acknowledged. With
 * `share.acknowledgement.mode=implicit` a poll accepts what the one before gave; with `explicit` every record is acknowledged by itself.
 */
export class ShareConsumer {
  /** Told of acknowledgements when the broker has answered them. */
  onAcknowledged: (result: AcknowledgementResult) => void = () => {}
  private readonly config: ConsumerConfig
  private readonly cluster: Cluster
  private readonly doorbell: Doorbell
  private readonly membership: ShareMembership
  private readonly metered: ShareMetrics
  private readonly sessions = new Map<number, ShareSession>()
  private readonly pausedUntil = new Map<number, number>()
  private arrived: Arrived[] = []
  /** Records of the last poll that nobody has acknowledged yet, by partition key and offset. */
  private readonly delivered = new Map<string, Map<number, Delivered>>()
  private readonly errors: Error[] = []
  private woken = false

  /** Throws `ConfigError` for a bad property. */
  constructor(properties: ClientProperties, runtime: Runtime, hooks: ClientHooks = {}) {
    const { values, remarks } = consumerConfig(withProviders(properties, runtime, hooks.remark))
    for (const remark of remarks) hooks.remark?.(remark)
    const groupId = values['group.id']
    if (!groupId) throw new KafkaError('INVALID_GROUP_ID', 'A share consumer needs a group.id.')
    this.config = values
    this.cluster = new Cluster(
      values,
      runtime,
      values['default.api.timeout.ms'],
      hooks,
      `share-consumer-${groupId}`,
      'consumer',
    )
    this.doorbell = new Doorbell(runtime.clock)
    this.metered = new ShareMetrics(this.cluster.metrics)
    const rack = values['client.rack'] || null
    this.membership = new ShareMembership(this.cluster, groupId, rack, this.doorbell, this.metered.membership)
  }

  subscribe(topics: readonly string[]): void {
    this.cluster.wanted.clear()
    for (const topic of topics) this.cluster.wanted.add(topic)
    this.membership.subscribe(topics)
  }

  /** Waits for records, up to `timeoutMs`; an empty batch when none have come. Rejects with what ended the membership, or a `WakeupError`. */
  async poll(timeoutMs: number): Promise<ShareBatch> {
    this.metered.polls.began()
    try {
      return await this.pollUntil(timeoutMs)
    } finally {
      this.metered.polls.ended()
    }
  }

  private async pollUntil(timeoutMs: number): Promise<ShareBatch> {
    this.acknowledgeDelivered()
    const deadline = this.cluster.deadline(timeoutMs)
    for (;;) {
      if (this.woken) {
        this.woken = false
        throw new WakeupError('The consumer was woken up.')
      }
      const error = this.membership.error ?? this.errors.shift()
      if (error) throw error
      if (this.arrived.length > 0) {
        const batch = this.deliver()
        if (batch.count > 0) return batch
      }
      await this.sendFetches()
      await this.doorbell.wait(deadline.left)
      if (deadline.left === 0 && this.arrived.length === 0) return ShareBatch.EMPTY
    }
  }

  /** Says what becomes of a record of the last poll. */
  acknowledge(where: TopicPartition & { readonly offset: number }, what: Acknowledgement = 'accept'): void {
    const records = this.delivered.get(partitionKey(where.topic, where.partition))
    const record = records?.get(where.offset)
    if (!record)
      throw new Error(
        'The record cannot be acknowledged: it was not delivered by the last poll, or was acknowledged before.',
      )
    records?.delete(where.offset)
    record.session.acknowledge(record, where.offset, acknowledgementCodes[what])
  }

  /** Tells the brokers of all acknowledgements, and waits for their answers. */
  async commit(): Promise<void> {
    if (this.isImplicit) this.acknowledgeDelivered()
    await Promise.all(Array.from(this.sessions.values(), (session) => session.flush()))
  }

  /** What the consumer has done and is doing, under the names of Apache's share consumer. */
  metrics(): ClientMetric[] {
    return this.cluster.metrics.list()
  }

  /** Makes a poll that waits, or else the next one, reject with a `WakeupError`. */
  wakeup(): void {
    this.woken = true
    this.doorbell.ring()
  }

  /** Tells the brokers of acknowledgements, gives back what was not acknowledged, and leaves the group. */
  async close(): Promise<void> {
    if (this.cluster.closed) return
    const sessions = [...this.sessions.values()]
    await Promise.all(
      sessions.map((session) => session.flush(true).catch((error: unknown) => this.cluster.warn(error))),
    )
    await this.membership.leave()
    this.cluster.close()
  }

  private get isImplicit(): boolean {
    return this.config['share.acknowledgement.mode'] === 'implicit'
  }

  private acknowledgeDelivered(): void {
    for (const records of this.delivered.values()) {
      if (records.size > 0 && !this.isImplicit)
        throw new Error('All records must be acknowledged in explicit acknowledgement mode.')
      for (const [offset, record] of records) record.session.acknowledge(record, offset, acknowledgementCodes.accept)
    }
    this.delivered.clear()
  }

  /** Asks every leader of assigned partitions that has nothing to do. */
  private async sendFetches(): Promise<void> {
    const wanted = new Map<number, AssignedPartition[]>()
    const leaders = await this.leaders()
    for (const [where, id] of leaders) wanted.set(id, [...(wanted.get(id) ?? []), where])
    const now = this.cluster.runtime.clock.monotonic()
    for (const [id, partitions] of wanted) {
      const session = this.session(id)
      if (session && !session.busy && (this.pausedUntil.get(id) ?? 0) <= now) this.fetch(session, partitions)
    }
  }

  private async leaders(): Promise<Map<AssignedPartition, number>> {
    const { metadata } = this.cluster
    const find = () =>
      this.membership.assignment.map((where) => {
        const topic = metadata.topicName(where.topicId)
        return [
          where,
          topic === undefined ? undefined : metadata.partition(topic, where.partition)?.leader?.id,
        ] as const
      })
    let found = find()
    if (this.cluster.stale || found.some(([, id]) => id === undefined)) {
      await this.cluster.refresh().catch((error: unknown) => this.cluster.warn(error))
      found = find()
    }
    return new Map(found.flatMap(([where, id]) => (id === undefined ? [] : [[where, id] as const])))
  }

  private session(id: number): ShareSession | undefined {
    const node = this.cluster.node(id)
    const existing = this.sessions.get(id)
    if (!node || existing?.node === node) return existing
    const groupId = this.config['group.id'] as string
    const created = new ShareSession(node, groupId, this.membership.memberId, (result) => this.report(result))
    this.sessions.set(id, created)
    return created
  }

  private fetch(session: ShareSession, partitions: readonly AssignedPartition[]): void {
    const { config } = this
    const limits = {
      maxWaitMs: config['fetch.max.wait.ms'],
      minBytes: config['fetch.min.bytes'],
      maxBytes: config['fetch.max.bytes'],
      maxRecords: config['max.poll.records'],
    }
    const sentAt = this.metered.now
    session
      .fetch(partitions, limits)
      .then(({ responses, throttleTimeMs }) => {
        this.metered.answered(this.metered.now - sentAt, throttleTimeMs)
        for (const { topicId, partitions: rows } of responses) for (const row of rows) this.take(session, topicId, row)
      })
      .catch((error: unknown) => this.failed(session, error))
      .finally(() => this.doorbell.ring())
  }

  private take(session: ShareSession, topicId: Uuid, answer: PartitionAnswer): void {
    if (answer.errorCode !== 0)
      return this.failed(session, new KafkaError(answer.errorCode, answer.errorMessage ?? undefined))
    const topic = this.cluster.metadata.topicName(topicId)
    if (topic === undefined || answer.acquiredRecords.length === 0) return
    this.arrived.push({ topic, topicId, partition: answer.partitionIndex, session, answer })
  }

  /** A session that is gone begins anew with the next fetch; so does one whose leader has moved. */
  private failed(session: ShareSession, error: unknown): void {
    if (this.cluster.closed) return
    const isOver = error instanceof KafkaError && /^(SHARE_SESSION|INVALID_SHARE_SESSION)/.test(error.error)
    if (!isOver && !isRetriable(error) && !meansStaleMetadata(error)) this.errors.push(error as Error)
    if (meansStaleMetadata(error)) this.cluster.refresh().catch((failure: unknown) => this.cluster.warn(failure))
    this.cluster.warn(error)
    const { clock } = this.cluster.runtime
    this.pausedUntil.set(session.node.id, clock.monotonic() + this.config['retry.backoff.ms'])
    clock.timer(this.config['retry.backoff.ms'], () => this.doorbell.ring())
  }

  /** Makes a batch of what has come, and tells of the offsets among it that have no record. */
  private deliver(): ShareBatch {
    const arrived = this.arrived
    this.arrived = []
    const slices: RecordSlice[] = []
    let bytes = 0
    const acquired = new Map<string, Acquired extends ReadonlyMap<string, infer R> ? R : never>()
    for (const { topic, partition, answer } of arrived) {
      const first = answer.acquiredRecords[0]?.firstOffset ?? 0
      const fetched = new CompletedFetch({ topic, partition }, answer.records ?? Buffer.alloc(0), null, first, rules)
      while (fetched.take(Number.MAX_SAFE_INTEGER, slices) > 0);
      bytes += fetched.size
      acquired.set(partitionKey(topic, partition), answer.acquiredRecords)
    }
    let count = 0
    const cursor = new ShareCursor(slices, acquired)
    const sources = new Map(arrived.map((one) => [partitionKey(one.topic, one.partition), one]))
    while (cursor.next()) {
      const key = partitionKey(cursor.topic, cursor.partition)
      const { topicId, partition, session } = sources.get(key) as Arrived
      const records = this.delivered.get(key) ?? new Map<number, Delivered>()
      records.set(cursor.offset, { topicId, partition, session })
      this.delivered.set(key, records)
      count++
    }
    for (const [key, one] of sources) this.acknowledgeGaps(one, this.delivered.get(key))
    this.metered.delivered(count, bytes)
    return new ShareBatch(slices, acquired, count)
  }

  private acknowledgeGaps(one: Arrived, records: ReadonlyMap<number, Delivered> | undefined): void {
    for (const { firstOffset, lastOffset } of one.answer.acquiredRecords)
      for (let offset = firstOffset; offset <= lastOffset; offset++)
        if (!records?.has(offset)) one.session.acknowledge(one, offset, acknowledgementCodes.gap)
  }

  private report({ topicId, partition, offsets, error }: Acknowledged): void {
    this.metered.told(offsets.length, error !== undefined)
    const topic = this.cluster.metadata.topicName(topicId)
    if (topic !== undefined) this.onAcknowledged({ topic, partition, offsets, error })
  }
}
