import { Errors, KafkaError } from '../../../protocol/errors.ts'
import type { Clock, Timer } from '../../../runtime/index.ts'
import { Callbacks } from '../../../std/callbacks.ts'
import type { Partition } from '../partition.ts'
import { withoutAborted } from './aborted.ts'
import { type AcknowledgementBatch, acknowledge } from './acknowledge.ts'
import { type AcquiredRange, type AcquireRequest, acquire, type ReadBatch } from './acquire.ts'
import type { SharePartitionKey, SharePersister } from './persister.ts'
import { type PendingChange, type ShareRules, ShareState } from './share-state.ts'

export interface SharePartitionOptions {
  readonly key: SharePartitionKey
  readonly partition: Partition
  readonly persister: SharePersister
  readonly clock: Clock
  /** The group's properties as they are now. */
  rules(): ShareRules
  /** Where a group begins of which nothing is known. */
  firstOffset(): number
}

/** One share group at one partition, on its leader: the state with its locks' time, and what is written of it. */
export class SharePartition {
  readonly leaderEpoch: number
  private state: ShareState | undefined
  private loading: Promise<void> | undefined
  private readonly waiting = new Callbacks()
  private timer: { readonly at: number; readonly timer: Timer } | undefined
  private closed = false

  constructor(private readonly options: SharePartitionOptions) {
    this.leaderEpoch = options.partition.leaderEpoch
  }

  get key(): SharePartitionKey {
    return this.options.key
  }

  /** Whether this broker still leads the partition as it did when this began. */
  get isCurrent(): boolean {
    const { partition } = this.options
    return !this.closed && partition.isLeader && partition.leaderEpoch === this.leaderEpoch
  }

  /** Reads the state, once. Rejects with `KafkaError`. */
  load(): Promise<void> {
    const { key, persister, firstOffset } = this.options
    this.loading ??= persister.read(key, this.leaderEpoch).then(
      (stored) => {
        this.state = new ShareState(stored, firstOffset)
      },
      (error) => {
        throw asMembersSee(error)
      },
    )
    return this.loading
  }

  /** Undefined while nothing can be acquired. */
  get fetchOffset(): number | undefined {
    const { state } = this
    return state?.canAcquire(this.options.rules().maxLocks) ? state.nextFetchOffset : undefined
  }

  /** The log begins behind what was to be read. */
  moveToLogStart(): void {
    this.state?.moveToLogStart(this.options.partition.log.logStartOffset)
  }

  /** Gives a member what was read, but for records of aborted transactions. */
  acquire(request: Omit<AcquireRequest, 'lockedUntil'>, aborted: readonly ReadBatch[]): AcquiredRange[] {
    const { state } = this
    if (!state || request.batches.length === 0) return []
    const rules = this.options.rules()
    const lockedUntil = this.lockEnd(rules)
    const acquired = acquire(state, { ...request, lockedUntil }, rules)
    if (acquired.length > 0) this.ringAt(lockedUntil)
    return withoutAborted(state, acquired, aborted)
  }

  private lockEnd({ lockMs }: ShareRules): number {
    return this.options.clock.monotonic() + lockMs
  }

  /** Resolves when it is written down. Rejects with `KafkaError`; then the member still has the records. */
  async acknowledge(memberId: string, batches: readonly AcknowledgementBatch[]): Promise<void> {
    const { state } = this
    if (!state) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
    const rules = this.options.rules()
    return this.write(state, acknowledge(state, memberId, batches, { rules, lockedUntil: this.lockEnd(rules) }))
  }

  /** Gives back everything that a member has. */
  async release(memberId: string): Promise<void> {
    const { state } = this
    if (state) await this.write(state, state.release(memberId, this.options.rules()))
  }

  /** Gives back what members had for too long. */
  private expire(state: ShareState): void {
    const change = state.expire(this.options.clock.monotonic(), this.options.rules())
    this.ringAt(state.nextExpiry)
    // Whoever reads the state without this finds the records unacknowledged, and delivers them just so.
    this.write(state, change, true).catch(() => {})
  }

  /** @param regardless the change holds even if it could not be written */
  private async write(state: ShareState, change: PendingChange, regardless = false): Promise<void> {
    if (change.batches.length === 0) return
    const { key, persister } = this.options
    let written = regardless
    try {
      await persister.write(key, () => ({
        ...{ stateEpoch: state.stateEpoch, leaderEpoch: this.leaderEpoch },
        ...{ startOffset: state.start, deliveryCompleteCount: state.completeCount, batches: change.batches },
      }))
      written = true
    } catch (error) {
      throw asMembersSee(error)
    } finally {
      state.settle(change, written)
      if (!written) this.ringAt(state.nextExpiry)
      this.waiting.callAll()
    }
  }

  /** Sees to it that locks which end then are ended. */
  private ringAt(at: number): void {
    const { state } = this
    if (!state || this.closed || at === Number.POSITIVE_INFINITY || (this.timer && this.timer.at <= at)) return
    this.timer?.timer.cancel()
    const { clock } = this.options
    const timer = clock.timer(Math.max(0, at - clock.monotonic()), () => {
      this.timer = undefined
      if (this.isCurrent) this.expire(state)
    })
    this.timer = { at, timer }
  }

  /** Calls back, once, when there may be more to acquire. Gives what takes the call back. */
  onProgress(callback: () => void): () => void {
    return this.waiting.add(callback)
  }

  /** Nobody acquires or acknowledges here any more. */
  close(): void {
    this.closed = true
    this.timer?.timer.cancel()
    this.waiting.callAll()
  }
}

/** What a member is told of an error of the share coordinator. */
function asMembersSee(error: unknown): unknown {
  if (!(error instanceof KafkaError)) return error
  switch (error.error) {
    case 'NOT_COORDINATOR':
    case 'COORDINATOR_NOT_AVAILABLE':
    case 'COORDINATOR_LOAD_IN_PROGRESS':
      return new KafkaError(Errors.COORDINATOR_NOT_AVAILABLE, error.message)
    case 'FENCED_LEADER_EPOCH':
    case 'FENCED_STATE_EPOCH':
      return new KafkaError(Errors.NOT_LEADER_OR_FOLLOWER, error.message)
    case 'GROUP_ID_NOT_FOUND':
    case 'UNKNOWN_TOPIC_OR_PARTITION':
      return error
    default:
      return new KafkaError(Errors.UNKNOWN_SERVER_ERROR, error.message)
  }
}
