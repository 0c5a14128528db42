import type { ConsumerConfig } from '../../config/client.ts'
import { Fetch } from '../../protocol/apis/index.ts'
import { describeError, Errors, KafkaError } from '../../protocol/errors.ts'
import type { ResponseOf } from '../../protocol/schema/index.ts'
import { ZERO_UUID } from '../../std/uuid.ts'
import type { Cluster } from '../cluster.ts'
import { meansStaleMetadata, topicError } from '../errors.ts'
import type { FetchMetrics } from '../metrics/fetch-metrics.ts'
import type { NodeClient } from '../node.ts'
import { ConsumerBatch } from './batch.ts'
import { CompletedFetch, type FetchRules, SharedFrame } from './completed-fetch.ts'
import type { Doorbell } from './doorbell.ts'
import { type FetchItem, FetchSession } from './fetch-session.ts'
import type { RecordSlice } from './record-cursor.ts'
import type { PartitionState, Subscription } from './subscription.ts'

/** Answers kept for one partition: one that is being handed out, one that is ready when it is done. */
const BUFFERED = 2

type PartitionAnswer = ResponseOf<typeof Fetch>['responses'][number]['partitions'][number]

/** The question behind one partition of a request. */
interface Asked {
  readonly state: PartitionState
  readonly version: number
  readonly offset: number
}

/** Fetches ahead of the application, one request at a time per broker, and hands out what came. */
export class Fetcher {
  private readonly sessions = new Map<number, FetchSession>()
  private readonly inFlight = new Set<number>()
  private readonly pausedUntil = new Map<number, number>()
  private readonly rules: FetchRules
  /** Errors that the application has to see, the oldest first. */
  readonly errors: Error[] = []
  /** Partitions are asked in turn, so that a busy one does not starve the others. */
  private order: PartitionState[] = []
  private orderVersion = -1
  /** Whether records are only lent until the next poll. */
  lends = false
  /** Handed out to the last record, while records are lent. */
  private readonly drained: CompletedFetch[] = []

  constructor(
    private readonly cluster: Cluster,
    private readonly config: ConsumerConfig,
    private readonly subscription: Subscription,
    private readonly doorbell: Doorbell,
    private readonly metrics: FetchMetrics,
    private readonly staleMetadata: () => void,
  ) {
    this.rules = { isolationLevel: config['isolation.level'], checkCrcs: config['check.crcs'] }
  }

  /** Records that have come, at most `max.poll.records`; moves the positions behind them. Throws for damaged data. */
  collect(): ConsumerBatch {
    const slices: RecordSlice[] = []
    const max = this.config['max.poll.records']
    let count = 0
    for (const state of this.partitions()) {
      if (count >= max) break
      if (!state.open) continue
      const taken = this.collectFrom(state, max - count, slices)
      count += taken
    }
    this.rotate()
    return count === 0 ? ConsumerBatch.EMPTY : new ConsumerBatch(slices, count)
  }

  /** The application is done with what it was lent. */
  reclaim(): void {
    for (const fetch of this.drained) fetch.release()
    this.drained.length = 0
  }

  /** Asks for what is not there yet. */
  sendFetches(): void {
    const byNode = new Map<NodeClient, PartitionState[]>()
    const now = this.cluster.runtime.clock.monotonic()
    const full = new Set<NodeClient>()
    for (const state of this.partitions()) {
      if (!this.isFetchable(state)) continue
      const node = this.nodeFor(state, now)
      // A fetch without the partitions that have data would wait at the broker, and theirs would wait behind it.
      if (node && state.buffered.length >= BUFFERED) full.add(node)
      if (!node || this.inFlight.has(node.id) || (this.pausedUntil.get(node.id) ?? 0) > now) continue
      const states = byNode.get(node)
      if (states) states.push(state)
      else byNode.set(node, [state])
    }
    for (const [node, states] of byNode) if (!full.has(node)) this.send(node, states)
  }

  private collectFrom(state: PartitionState, max: number, slices: RecordSlice[]): number {
    let count = 0
    let bytes = 0
    while (count < max) {
      const fetch = state.buffered[0]
      if (!fetch) break
      if (fetch.nextOffset !== state.position) {
        state.buffered.shift()
        continue
      }
      count += fetch.take(max - count, slices)
      state.position = fetch.nextOffset
      state.positionEpoch = fetch.leaderEpoch ?? state.positionEpoch
      if (!fetch.drained) break
      bytes += fetch.size
      state.buffered.shift()
      if (this.lends) this.drained.push(fetch)
    }
    if (count > 0) this.metrics.consumed(state, count, bytes)
    return count
  }

  private partitions(): PartitionState[] {
    if (this.orderVersion !== this.subscription.version) {
      this.order = [...this.subscription.all()]
      this.orderVersion = this.subscription.version
    }
    return this.order
  }

  private rotate(): void {
    const first = this.order.shift()
    if (first) this.order.push(first)
  }

  private isFetchable(state: PartitionState): boolean {
    return state.position !== undefined && !state.paused && !state.revoking && state.outOfRange === undefined
  }

  private nodeFor(state: PartitionState, now: number): NodeClient | undefined {
    if (state.preferredReplica && state.preferredReplica.until > now) {
      const node = this.cluster.node(state.preferredReplica.id)
      if (node) return node
    }
    state.preferredReplica = undefined
    const leader = this.cluster.metadata.partition(state.topic, state.partition)?.leader
    if (!leader) {
      this.staleMetadata()
      return undefined
    }
    return this.cluster.node(leader.id)
  }

  private send(node: NodeClient, states: readonly PartitionState[]): void {
    this.inFlight.add(node.id)
    let session = this.sessions.get(node.id)
    if (!session) this.sessions.set(node.id, (session = new FetchSession()))
    const asked = new Map<string, Asked>()
    const items = states.map((state): FetchItem => {
      asked.set(state.key, { state, version: state.version, offset: state.fetchOffset })
      const { topic, partition, fetchOffset } = state
      const topicId = this.cluster.metadata.topic(topic)?.topicId ?? ZERO_UUID
      const leaderEpoch = this.cluster.metadata.partition(topic, partition)?.leaderEpoch ?? -1
      return { topic, partition, topicId, fetchOffset, leaderEpoch, maxBytes: this.config['max.partition.fetch.bytes'] }
    })
    // A broker tells nothing of a partition of which its session has no news: one that was given up and taken again has to be asked anew.
    if (states.some(({ highWatermark }, at) => highWatermark === undefined && session.knows(items[at] as FetchItem)))
      session.reset()
    const { body, maxVersion } = session.next(items)
    const request = {
      ...body,
      maxWaitMs: this.config['fetch.max.wait.ms'],
      minBytes: this.config['fetch.min.bytes'],
      maxBytes: this.config['fetch.max.bytes'],
      isolationLevel: this.config['isolation.level'] === 'read_committed' ? 1 : 0,
      rackId: this.config['client.rack'],
    }
    const timeoutMs = this.config['request.timeout.ms']
    const { clock } = this.cluster.runtime
    const sentAt = clock.monotonic()
    node
      .send(Fetch, request, { maxVersion, timeoutMs })
      .then((response) => this.onResponse(node, session, asked, response, clock.monotonic() - sentAt))
      .catch((error: Error) => this.onFailure(node, session, states, error))
      .finally(() => {
        this.doorbell.ring()
      })
  }

  private onFailure(node: NodeClient, session: FetchSession, states: readonly PartitionState[], error: Error): void {
    this.inFlight.delete(node.id)
    // A follower that cannot be read from is not better than the leader, which may name another one.
    for (const state of states) state.preferredReplica = undefined
    if (this.cluster.closed) return
    session.reset()
    this.cluster.warn(error)
    this.pauseNode(node)
    if (meansStaleMetadata(error)) this.staleMetadata()
    else if (!(error instanceof KafkaError) || !error.retriable) this.errors.push(error)
  }

  /** Leaves a broker alone for `retry.backoff.ms`. */
  private pauseNode(node: NodeClient): void {
    const { clock } = this.cluster.runtime
    const wait = this.config['retry.backoff.ms']
    this.pausedUntil.set(node.id, clock.monotonic() + wait)
    clock.timer(wait + 1, () => this.doorbell.ring())
  }

  private onResponse(
    node: NodeClient,
    session: FetchSession,
    asked: ReadonlyMap<string, Asked>,
    response: ResponseOf<typeof Fetch>,
    latencyMs: number,
  ): void {
    this.inFlight.delete(node.id)
    if (response.errorCode !== Errors.NONE) {
      session.reset()
      const error = new KafkaError(response.errorCode)
      if (meansStaleMetadata(error)) this.staleMetadata()
      if (!error.retriable) this.errors.push(error)
      // A session that the broker has dropped is no reason to wait.
      if (!error.error.includes('FETCH_SESSION')) this.pauseNode(node)
      return
    }
    let failed = false
    const got = { throttleTimeMs: response.throttleTimeMs, bytes: 0, records: 0 }
    const frame = this.lends ? new SharedFrame() : undefined
    for (const row of response.responses) {
      const topic = row.topic || session.topicName(row.topicId)
      const before = { ...got }
      for (const answer of row.partitions) {
        const question = asked.get(`${topic}-${answer.partitionIndex}`)
        if (question) failed = this.onPartition(node, question, answer, frame, got) || failed
      }
      const bytes = got.bytes - before.bytes
      if (topic !== undefined && bytes > 0) this.metrics.fetched(topic, bytes, got.records - before.records)
    }
    node.traffic?.answeredIn(latencyMs)
    this.metrics.answered(got)
    session.answered(response.sessionId)
    if (failed) this.pauseNode(node)
    // The next request goes out before this answer is decoded: broker and application work at the same time.
    this.sendFetches()
  }

  /** True when the partition has to be asked again for an error that may pass. */
  private onPartition(
    node: NodeClient,
    { state, version, offset }: Asked,
    answer: PartitionAnswer,
    frame: SharedFrame | undefined,
    got: { bytes: number; records: number },
  ): boolean {
    if (state.version !== version || state.fetchOffset !== offset) return false
    if (answer.errorCode !== Errors.NONE) return this.onPartitionError(node, state, offset, answer)
    state.highWatermark = answer.highWatermark
    state.logStartOffset = answer.logStartOffset
    const { preferredReadReplica: preferred, records } = answer
    if (preferred >= 0 && preferred !== node.id) {
      const until = this.cluster.runtime.clock.monotonic() + this.config['metadata.max.age.ms']
      state.preferredReplica = { id: preferred, until }
    }
    if (!records || records.length === 0) return false
    const fetch = new CompletedFetch(
      { topic: state.topic, partition: state.partition },
      records,
      answer.abortedTransactions,
      offset,
      this.rules,
      frame,
    )
    got.bytes += fetch.size
    got.records += fetch.recordCount
    if (fetch.cutOff)
      this.errors.push(
        new KafkaError(
          'MESSAGE_TOO_LARGE',
          `The record at offset ${offset} of ${state.key} is larger than a fetch may be.`,
        ),
      )
    // Bytes that lead nowhere: asking again at once would only bring the same.
    if (fetch.endOffset === offset) return true
    state.fetchOffset = fetch.endOffset
    state.buffered.push(fetch)
    return false
  }

  private onPartitionError(node: NodeClient, state: PartitionState, offset: number, answer: PartitionAnswer): boolean {
    const error = new KafkaError(answer.errorCode)
    const { leaderId, leaderEpoch } = answer.currentLeader
    if (leaderId >= 0) this.cluster.metadata.learnLeader(state.topic, state.partition, leaderId, leaderEpoch)
    if (error.error === 'OFFSET_OUT_OF_RANGE') {
      // A follower may lag behind; only the leader knows what is out of range.
      if (state.preferredReplica?.id === node.id) state.preferredReplica = undefined
      else state.outOfRange = offset
      return false
    }
    if (meansStaleMetadata(error)) {
      state.preferredReplica = undefined
      this.staleMetadata()
      return true
    }
    if (describeError(answer.errorCode).retriable) return true
    this.errors.push(topicError(answer.errorCode, state.topic, `${error.message} (${state.key})`))
    return true
  }
}
