import type { ConsumerConfig } from '../../config/client.ts'
import { OffsetForLeaderEpoch } from '../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../protocol/errors.ts'
import type { Cluster } from '../cluster.ts'
import { isRetriable } from '../errors.ts'
import { byLeader, itemError } from '../fan-out.ts'
import { fetchGroupOffsets } from '../group-offsets.ts'
import { listOffsets, type OffsetSpec } from '../list-offsets.ts'
import { groupByTopic, type OffsetAndMetadata, partitionKey, type TopicPartition } from '../types.ts'
import type { Doorbell } from './doorbell.ts'
import type { MemberIdentity } from './membership.ts'
import type { PartitionState, Subscription } from './subscription.ts'

/**
 * Finds out where partitions are to be read from: at the committed offset, else where `auto.offset.reset` says; and whether a position is
 * still right after the leader has changed. Works in the background; the consumer's poll only starts it and looks at what came of it.
 */
export class Positions {
  /** Errors that the application has to see. */
  readonly errors: Error[] = []
  private busy = false
  private retryAt = 0

  constructor(
    private readonly cluster: Cluster,
    private readonly config: ConsumerConfig,
    private readonly subscription: Subscription,
    private readonly doorbell: Doorbell,
    /** The member that asks for committed offsets, where the group's protocol has that said. */
    private readonly reader: () => MemberIdentity | undefined,
  ) {}

  /** Starts what is to be done, unless it is under way. `mayFetchCommitted` is false while the group has not settled. */
  update(mayFetchCommitted: boolean): void {
    this.noticeOutOfRange()
    if (this.busy || this.cluster.runtime.clock.monotonic() < this.retryAt) return
    const states = [...this.subscription.all()].filter(({ revoking }) => !revoking)
    const lost = states.filter(({ position, reset }) => position === undefined && reset === undefined)
    const resets = states.filter(({ reset }) => reset !== undefined)
    const moved = states.filter((state) => this.needsValidation(state))
    const tasks: Promise<void>[] = []
    if (lost.length > 0 && mayFetchCommitted) tasks.push(this.fromCommitted(lost))
    if (resets.length > 0) tasks.push(this.resetAll(resets))
    if (moved.length > 0) tasks.push(this.validate(moved))
    if (tasks.length === 0) return
    this.busy = true
    void Promise.allSettled(tasks).then((results) => this.settled(results))
  }

  private settled(results: readonly PromiseSettledResult<void>[]): void {
    this.busy = false
    for (const result of results) {
      if (result.status === 'fulfilled' || this.cluster.closed) continue
      if (mayPass(result.reason)) this.backOff()
      else this.errors.push(result.reason as Error)
    }
    this.doorbell.ring()
  }

  private backOff(): void {
    const { clock } = this.cluster.runtime
    const wait = this.config['retry.backoff.ms']
    this.retryAt = clock.monotonic() + wait
    clock.timer(wait + 1, () => this.doorbell.ring())
  }

  /** A fetch found nothing at its offset: once everything before it was handed out, the policy decides. */
  private noticeOutOfRange(): void {
    for (const state of this.subscription.all()) {
      if (state.outOfRange === undefined || state.outOfRange !== state.position) continue
      const spec = this.policy()
      if (spec) state.requestReset(spec)
      else {
        this.errors.push(
          new KafkaError(
            'OFFSET_OUT_OF_RANGE',
            `Fetch position ${state.position} is out of range for partition ${state.key}`,
          ),
        )
        state.outOfRange = undefined
      }
    }
  }

  private policy(): OffsetSpec | undefined {
    const reset = this.config['auto.offset.reset']
    if (reset === 'none') return undefined
    if (typeof reset === 'string') return reset
    return { timestamp: this.cluster.runtime.clock.now() - reset.durationMs }
  }

  private async fromCommitted(states: readonly PartitionState[]): Promise<void> {
    const asked = states.map((state) => ({ state, version: state.version }))
    const committed = await this.committed(states)
    const missing: PartitionState[] = []
    for (const { state, version } of asked) {
      if (state.version !== version || state.position !== undefined || state.reset !== undefined) continue
      const found = committed.get(state.key)
      if (found) state.seek(found.offset, found.leaderEpoch)
      else missing.push(state)
    }
    const spec = this.policy()
    if (spec) for (const state of missing) state.requestReset(spec)
    else if (missing.length > 0)
      throw new Error(
        `Undefined offset with no reset policy for partitions: [${missing.map(({ key }) => key).join(', ')}]`,
      )
  }

  /** Committed offsets of the group by partition key; none without a group. */
  async committed(
    partitions: readonly TopicPartition[],
    timeoutMs?: number,
  ): Promise<Map<string, OffsetAndMetadata | undefined>> {
    const group = this.config['group.id']
    if (group === undefined || partitions.length === 0) return new Map()
    // The next heartbeat's answer brings the newest epoch.
    const mayPass = (error: unknown) => error instanceof KafkaError && error.error === 'STALE_MEMBER_EPOCH'
    return this.cluster.retry({ call: 'committed', timeoutMs, mayPass }, (left) =>
      this.askCommitted(group, partitions, left),
    )
  }

  private async askCommitted(
    group: string,
    partitions: readonly TopicPartition[],
    timeoutMs: number,
  ): Promise<Map<string, OffsetAndMetadata | undefined>> {
    const options = { topicPartitions: partitions, requireStable: true, timeoutMs, member: this.reader() }
    const offsets = (await fetchGroupOffsets(this.cluster, [group], options)).get(group)
    if (offsets === undefined || offsets instanceof KafkaError) throw offsets ?? new KafkaError('UNKNOWN_SERVER_ERROR')
    const found = new Map<string, OffsetAndMetadata | undefined>()
    for (const [key, offset] of offsets) {
      if (offset instanceof KafkaError) throw offset
      found.set(key, offset)
    }
    return found
  }

  private async resetAll(states: readonly PartitionState[]): Promise<void> {
    const asked = states.map((state) => ({ state, version: state.version }))
    const items = states.map(({ topic, partition, reset }) => ({ topic, partition, spec: reset as OffsetSpec }))
    const found = await listOffsets(this.cluster, items, {
      isolationLevel: this.config['isolation.level'],
      timeoutMs: this.config['request.timeout.ms'],
    })
    // A time after the last record means the end.
    const late = asked.filter(({ state }) => {
      const answer = found.get(state.key)
      return answer && !(answer instanceof KafkaError) && answer.offset < 0
    })
    let failure: KafkaError | undefined
    for (const { state, version } of asked) {
      const answer = found.get(state.key)
      if (state.version !== version || !answer) continue
      if (answer instanceof KafkaError) failure = answer
      // Without the epoch, as in Java's client: no record was read that was of one, and a commit would tell of it.
      else if (answer.offset >= 0) state.seek(answer.offset)
    }
    for (const { state, version } of late) if (state.version === version) state.requestReset('latest')
    if (failure) throw failure
  }

  private needsValidation(state: PartitionState): boolean {
    if (state.position === undefined || state.positionEpoch === undefined) return false
    const info = this.cluster.metadata.partition(state.topic, state.partition)
    if (!info?.leader || info.leaderEpoch <= state.validatedEpoch) return false
    // The first epoch seen needs a check only when the position was taken under an older one.
    if (info.leaderEpoch > state.positionEpoch) return true
    state.validatedEpoch = info.leaderEpoch
    return false
  }

  /** After an unclean election the log may end before the position: then reading goes on where the logs part (KIP-320). */
  private async validate(states: readonly PartitionState[]): Promise<void> {
    const asked = new Map(
      states.map((state) => [
        state.key,
        {
          state,
          version: state.version,
          epoch: this.cluster.metadata.partition(state.topic, state.partition)?.leaderEpoch ?? -1,
        },
      ]),
    )
    for (const state of states) state.validating = true
    const ends = await this.endOffsets(states).finally(() => {
      for (const state of states) state.validating = false
    })
    for (const [key, { state, version, epoch }] of asked) {
      const end = ends.get(key)
      if (state.version !== version || state.position === undefined || !end) continue
      if (end instanceof KafkaError) {
        if (end.retriable) this.backOff()
        else state.validatedEpoch = epoch
        continue
      }
      if (end.endOffset >= 0 && end.endOffset < state.position) this.truncated(state, end.endOffset, end.leaderEpoch)
      state.validatedEpoch = epoch
    }
  }

  private truncated(state: PartitionState, endOffset: number, epoch: number): void {
    if (this.config['auto.offset.reset'] === 'none')
      this.errors.push(
        new Error(
          `Truncation detected for partition ${state.key} at offset ${state.position}: the log now ends at ${endOffset} for that epoch`,
        ),
      )
    state.seek(endOffset, epoch < 0 ? undefined : epoch)
  }

  private endOffsets(
    states: readonly PartitionState[],
  ): Promise<Map<string, { endOffset: number; leaderEpoch: number } | KafkaError>> {
    const options = { call: 'offsetForLeaderEpoch', timeoutMs: this.config['request.timeout.ms'] }
    return byLeader<PartitionState, { endOffset: number; leaderEpoch: number }>(
      this.cluster,
      states,
      options,
      async (node, part) => {
        const topics = Array.from(groupByTopic(part), ([topic, rows]) => ({
          topic,
          partitions: rows.map(({ partition, positionEpoch }) => ({
            partition,
            currentLeaderEpoch: this.cluster.metadata.partition(topic, partition)?.leaderEpoch ?? -1,
            leaderEpoch: positionEpoch as number,
          })),
        }))
        const response = await node.send(OffsetForLeaderEpoch, { replicaId: -1, topics })
        const results = new Map<string, { endOffset: number; leaderEpoch: number } | KafkaError>()
        for (const { topic, partitions } of response.topics)
          for (const { partition, errorCode, endOffset, leaderEpoch } of partitions)
            results.set(
              partitionKey(topic, partition),
              errorCode === Errors.NONE ? { endOffset, leaderEpoch } : (itemError(errorCode, null) as KafkaError),
            )
        return results
      },
    )
  }
}

/** Whether asking again may help; a member that is unknown hears of that from its heartbeat. */
const mayPass = (error: unknown): boolean =>
  isRetriable(error) ||
  (error as Error).name === 'TimeoutError' ||
  (error instanceof KafkaError && error.error === 'UNKNOWN_MEMBER_ID')
