import type { ProducerConfig } from '../../config/client.ts'
import { EndTxn, InitProducerId, Produce } from '../../protocol/apis/index.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { Cluster } from '../cluster.ts'
import { TimeoutError } from '../errors.ts'
import type { CommitOffset, GroupMetadata } from '../types.ts'
import type { Identity } from './identity.ts'
import type { PartitionQueue, ProducerIdentity } from './partition-queue.ts'
import { addOffsets, commitOffsets } from './transaction-offsets.ts'
import { TransactionPartitions } from './transaction-partitions.ts'
import {
  asCoordinatorError,
  failed,
  isAbortable,
  settled,
  step,
  TransactionError,
  type TransactionState,
  type TransactionStep,
} from './transaction-state.ts'

/** The producer around a transaction. */
export interface TransactionOwner {
  /** Resolves when no record is on its way any more. */
  drained(): Promise<void>
  /** Fails the records that were never sent, or all that are not done. */
  failRecords(error: Error, which: 'unsent' | 'all'): void
  /** Records may go out now that waited for their partition to be in the transaction. */
  onAdmitted(): void
}

/** The last versions that do not add partitions, or groups, to the transaction by themselves (KIP-890). */
const EXPLICIT_PRODUCE = 11
const EXPLICIT_END = 4
const NOBODY: ProducerIdentity = { id: -1, epoch: -1 }

/**
 * The transactions of one producer: what its state machine (`transaction-state.ts`) lets happen, and the calls to the coordinators that
 * go with it (KIP-98, KIP-360, KIP-447, KIP-890).
 */
export class Transactions {
  private state: TransactionState = { phase: 'uninitialized' }
  /** Whether brokers add partitions by themselves, and every end brings a new epoch: `transaction.version` 2 (KIP-890). */
  private implicit = false
  /** Whether the coordinator may know of the open transaction. */
  private begun = false
  /** Whether sequences were lost, so that the next transaction needs another epoch (KIP-360). */
  private needsEpoch = false
  /** Calls that must be over before the transaction can end. */
  private readonly calls = new Set<Promise<unknown>>()
  private readonly partitions: TransactionPartitions
  private ending: { readonly committed: boolean; readonly promise: Promise<void> } | undefined
  readonly id: string

  constructor(
    private readonly cluster: Cluster,
    private readonly config: ProducerConfig,
    private readonly identity: Identity,
    private readonly owner: TransactionOwner,
  ) {
    this.id = config['transactional.id'] as string
    this.partitions = new TransactionPartitions(cluster, this.id, identity, {
      onAdded: () => {
        this.begun = true
        owner.onAdmitted()
      },
      onFailure: (error) => void this.fail(error),
    })
  }

  /** The highest version of Produce that fits the cluster's transaction protocol. */
  get produceLimit(): number {
    return this.implicit ? Produce.versions[1] : EXPLICIT_PRODUCE
  }

  /** Whether a transaction is open, or has failed and was not aborted. */
  get ongoing(): boolean {
    const { phase } = this.state
    return phase === 'open' || phase === 'abortable' || phase === 'committing' || phase === 'aborting'
  }

  /** Throws unless a transaction is open. */
  checkSend(): void {
    if (this.state.phase !== 'open') step(this.state, 'send')
  }

  async initialize(): Promise<void> {
    this.advance('initialize')
    await this.guarded(() => this.initProducer(NOBODY))
    this.state = settled(this.state)
  }

  begin(): void {
    this.advance('begin')
  }

  /** Whether records of a partition may be sent; if not, `onAdmitted` will tell. */
  admits(queue: PartitionQueue): boolean {
    if (!this.implicit) return this.partitions.admits(queue)
    this.begun = true
    return true
  }

  sendOffsets(offsets: readonly CommitOffset[], group: GroupMetadata): Promise<void> {
    this.advance('send')
    if (offsets.length === 0) return Promise.resolve()
    const context = { cluster: this.cluster, transactionalId: this.id, timeoutMs: this.config['max.block.ms'] }
    return this.track(
      this.guarded(async () => {
        const { implicit } = this
        if (!implicit) await addOffsets(context, this.identity.current, group.groupId)
        this.begun = true
        await commitOffsets(context, this.identity.current, group, offsets, implicit)
      }),
    )
  }

  /** Commits or aborts; calls made meanwhile share the outcome. A `TimeoutError` leaves it undecided: the same call may be made again. */
  end(committed: boolean): Promise<void> {
    this.advance(committed ? 'commit' : 'abort')
    if (this.ending?.committed === committed) return this.ending.promise
    const promise = this.finish(committed).finally(() => {
      if (this.ending?.promise === promise) this.ending = undefined
    })
    this.ending = { committed, promise }
    return promise
  }

  /** Ends what is open as well as that is possible: the coordinator finds out after `transaction.timeout.ms` what it does not hear of now. */
  async close(): Promise<void> {
    await this.end(this.state.phase === 'committing')
  }

  /** A record of the transaction failed for good. */
  recordsFailed(cause: Error): void {
    const error = cause instanceof KafkaError ? cause : new KafkaError('REQUEST_TIMED_OUT', cause.message, { cause })
    this.enter(error, isAbortable(error, 'records'))
  }

  /** Nobody knows which sequence comes next. */
  sequencesLost(): void {
    this.needsEpoch = true
  }

  private advance(asked: TransactionStep): void {
    this.state = step(this.state, asked)
  }

  private async finish(committed: boolean): Promise<void> {
    const asked = committed ? 'commit' : 'abort'
    if (!committed) {
      this.partitions.giveUp()
      this.owner.failRecords(
        new KafkaError('INVALID_TXN_STATE', 'The transaction was aborted before the record was sent.'),
        'unsent',
      )
    }
    await this.withinBlock(this.quiet(), asked)
    // A record that failed meanwhile has changed the state, and this throws.
    this.advance(asked)
    await this.guarded(async () => {
      if (this.begun) await this.endTxn(committed)
      if (this.needsEpoch) await this.initProducer(this.identity.current)
    })
    this.partitions.clear()
    this.state = settled(this.state)
  }

  private async quiet(): Promise<void> {
    await this.owner.drained()
    await this.partitions.idle()
    await Promise.allSettled(this.calls)
  }

  private async endTxn(committed: boolean): Promise<void> {
    const { id, epoch } = this.identity.current
    const response = await this.cluster.call(
      EndTxn,
      { transactionalId: this.id, producerId: id, producerEpoch: epoch, committed },
      {
        call: `EndTxn(${committed})`,
        to: { transactionalId: this.id },
        maxVersion: this.implicit ? undefined : EXPLICIT_END,
        timeoutMs: this.config['max.block.ms'],
        errorOf: ({ errorCode }) => errorCode,
      },
    )
    this.begun = false
    if (response.producerEpoch >= 0) {
      this.identity.current = { id: response.producerId, epoch: response.producerEpoch }
      this.needsEpoch = false
    } else if (!this.implicit && (await this.offersImplicit())) this.needsEpoch = true // The cluster was upgraded.
  }

  /** Gets an id and an epoch, fencing every other producer with the same transactional id; `current` keeps the id for a new epoch. */
  private async initProducer(current: ProducerIdentity): Promise<void> {
    const request = { transactionalId: this.id, transactionTimeoutMs: this.config['transaction.timeout.ms'] }
    const response = await this.cluster.call(
      InitProducerId,
      (version) => {
        if (version >= 3) return { ...request, producerId: current.id, producerEpoch: current.epoch }
        if (current === NOBODY) return request
        throw new KafkaError('UNSUPPORTED_VERSION', 'The broker cannot give a producer another epoch (KIP-360).')
      },
      {
        call: 'InitProducerId',
        to: { transactionalId: this.id },
        timeoutMs: this.config['max.block.ms'],
        errorOf: ({ errorCode }) => errorCode,
      },
    )
    this.identity.current = { id: response.producerId, epoch: response.producerEpoch }
    this.needsEpoch = false
    this.implicit = await this.offersImplicit()
  }

  private async offersImplicit(): Promise<boolean> {
    const coordinator = await this.cluster.coordinator(this.id, 'transaction')
    const [features, ranges] = [await coordinator.features(), await coordinator.ranges()]
    return (features.get('transaction.version') ?? 0) >= 2 && (ranges.get(EndTxn.key)?.max ?? 0) > EXPLICIT_END
  }

  /** Remembers a call until it is over. */
  private track<T>(call: Promise<T>): Promise<T> {
    this.calls.add(call)
    const over = () => this.calls.delete(call)
    call.then(over, over)
    return call
  }

  /** Runs calls to coordinators and turns their errors into states. */
  private async guarded(action: () => Promise<void>): Promise<void> {
    try {
      await action()
    } catch (error) {
      throw this.fail(error as Error)
    }
  }

  /** A time-out, or a closed client, decides nothing. */
  private fail(cause: Error): Error {
    if (!(cause instanceof KafkaError)) return cause
    const error = asCoordinatorError(cause, this.id)
    if (error.error === 'UNKNOWN_PRODUCER_ID' || error.error === 'INVALID_PRODUCER_ID_MAPPING') this.needsEpoch = true
    // The coordinator does not know the producer: there is nothing that it could end.
    if (error.error === 'INVALID_PRODUCER_ID_MAPPING') this.begun = false
    const abortable = isAbortable(error, 'coordinator')
    this.enter(error, abortable)
    return new TransactionError(error, abortable)
  }

  private enter(error: KafkaError, abortable: boolean): void {
    const before = this.state
    this.state = failed(before, error, abortable)
    if (this.state === before) return
    this.partitions.giveUp()
    this.owner.failRecords(new TransactionError(error, abortable), abortable ? 'unsent' : 'all')
  }

  private async withinBlock(action: Promise<void>, what: TransactionStep): Promise<void> {
    const limit = this.config['max.block.ms']
    let stop = () => {}
    const late = new Promise<never>((_, reject) => {
      const timer = this.cluster.runtime.clock.timer(limit, () =>
        reject(
          new TimeoutError(
            `Records were still on their way ${limit} ms after the ${what}; the call may be made again.`,
          ),
        ),
      )
      stop = () => timer.cancel()
    })
    await Promise.race([action, late]).finally(stop)
  }
}
