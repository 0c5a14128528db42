import type { ProducerConfig } from '../../config/client.ts'
import { ConnectionError } from '../../network/connection-error.ts'
import type { Produce } from '../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../protocol/errors.ts'
import type { ResponseOf } from '../../protocol/schema/index.ts'
import type { Cluster } from '../cluster.ts'
import { meansStaleMetadata, TimeoutError, topicError } from '../errors.ts'
import type { ProducerMetrics } from '../metrics/producer-metrics.ts'
import { backoff } from '../node.ts'
import type { Accumulator } from './accumulator.ts'
import type { ProducerBatch } from './batch.ts'
import type { Identity } from './identity.ts'
import type { PartitionQueue } from './partition-queue.ts'
import type { Transactions } from './transactions.ts'

export type PartitionAnswer = ResponseOf<typeof Produce>['responses'][number]['partitionResponses'][number]

export interface FateEvents {
  /** What is known of leaders is out of date. */
  onStaleMetadata(): void
  /** A batch may be sent again now. */
  onRetry(): void
}

/** Decides what becomes of a batch that was sent: done, again, in halves, or given up; and keeps the sequences right in every case. */
export class Fate {
  constructor(
    private readonly cluster: Cluster,
    private readonly config: ProducerConfig,
    private readonly accumulator: Accumulator,
    private readonly identity: Identity,
    private readonly transactions: Transactions | undefined,
    private readonly metrics: ProducerMetrics,
    private readonly events: FateEvents,
  ) {}

  /** Takes the broker's answer. */
  onAnswer(queue: PartitionQueue, batch: ProducerBatch, answer: PartitionAnswer): void {
    const { errorCode, baseOffset, logAppendTimeMs } = answer
    if (errorCode === Errors.NONE || errorCode === Errors.DUPLICATE_SEQUENCE_NUMBER) {
      // The broker has it already and no longer remembers where: done all the same.
      const duplicate = errorCode !== Errors.NONE
      if (this.identity.enabled) queue.acknowledge(batch)
      this.resolveGap(queue)
      this.accumulator.finish(queue, batch, undefined, duplicate ? -1 : baseOffset, logAppendTimeMs, true)
      return
    }
    const { leaderId, leaderEpoch } = answer.currentLeader
    if (leaderId >= 0) this.cluster.metadata.learnLeader(batch.topic, batch.partition, leaderId, leaderEpoch)
    this.failed(queue, batch, topicError(errorCode, batch.topic, answer.errorMessage ?? undefined))
  }

  /** Takes a failure of the request or of the batch. */
  failed(queue: PartitionQueue, batch: ProducerBatch, failure: Error): void {
    const error = toKafkaError(failure)
    if (batch.done) {
      queue.forget(batch)
      this.resolveGap(queue)
      return
    }
    if (error.error === 'MESSAGE_TOO_LARGE' && batch.recordCount > 1) {
      this.metrics.split()
      return this.accumulator.split(queue, batch)
    }
    if (meansStaleMetadata(error)) this.events.onStaleMetadata()
    if (batch.attempts <= this.config.retries && this.mayRetry(queue, batch, error)) return this.again(queue, batch)
    this.metrics.failed(batch)
    if (!this.identity.enabled) return this.accumulator.finish(queue, batch, error, -1, -1, true)
    if (error.retriable || error.error === 'OUT_OF_ORDER_SEQUENCE_NUMBER') this.leaveGap(queue, batch)
    else if (error.error === 'INVALID_PRODUCER_EPOCH' || error.error === 'PRODUCER_FENCED') {
      queue.forget(batch)
      this.bump(queue)
    } else queue.closeGap(batch)
    this.accumulator.finish(queue, batch, error, -1, -1, true)
    this.transactions?.recordsFailed(error)
  }

  private again(queue: PartitionQueue, batch: ProducerBatch): void {
    this.metrics.retried(batch)
    const { clock } = this.cluster.runtime
    const wait = backoff(
      this.config['retry.backoff.ms'],
      this.config['retry.backoff.max.ms'],
      batch.attempts - 1,
      this.cluster.runtime,
    )
    batch.retryAt = clock.monotonic() + wait
    queue.requeue(batch)
    this.accumulator.ready.add(queue)
    clock.timer(wait + 1, () => this.events.onRetry())
  }

  private mayRetry(queue: PartitionQueue, batch: ProducerBatch, error: KafkaError): boolean {
    if (!this.identity.enabled || error.retriable) return error.retriable
    if (error.error === 'OUT_OF_ORDER_SEQUENCE_NUMBER') {
      // Out of order because one before it failed: that one is sent again first.
      const follows = batch.resequenced || !queue.isNext(batch)
      if (!queue.unresolved && follows && !queue.isPassed(batch)) return true
      if (this.transactions) return false
      this.bump(queue)
      return true
    }
    if (error.error !== 'UNKNOWN_PRODUCER_ID' || this.transactions) return false
    if (!batch.resequenced) this.bump(queue)
    return true
  }

  /** A new epoch, under which the partition's batches count from 0 again (KIP-360); within a transaction it has to wait for the end. */
  private bump(queue: PartitionQueue): void {
    if (this.transactions) return this.transactions.sequencesLost()
    this.identity.bump()
    queue.restart(this.identity.current)
  }

  /** Nobody knows whether the batch was appended, so its sequences cannot be given to another. */
  private leaveGap(queue: PartitionQueue, batch: ProducerBatch): void {
    queue.forget(batch)
    queue.unresolved = true
    this.resolveGap(queue)
  }

  private resolveGap(queue: PartitionQueue): void {
    if (!queue.unresolved || queue.tracked.length > 0) return
    queue.unresolved = false
    if (!queue.gapClosed) this.bump(queue)
  }

  /** Gives up the batches made before a moment of the monotonic clock. */
  expire(before: number): void {
    for (const [batch, queue] of this.accumulator.live) {
      if (batch.createdAt > before) return
      const { topic, partition, recordCount } = batch
      const passed = this.config['delivery.timeout.ms']
      const error = new TimeoutError(
        `Expiring ${recordCount} record(s) for ${topic}-${partition}:${passed} ms has passed since batch creation`,
      )
      const at = queue.waiting.indexOf(batch)
      if (at >= 0) queue.waiting.splice(at, 1)
      if (batch.sequence >= 0 && !batch.onWire) this.leaveGap(queue, batch)
      // A batch under way keeps its sequences until its answer comes.
      else if (batch.onWire && this.identity.enabled) queue.unresolved = true
      this.metrics.failed(batch)
      this.accumulator.finish(queue, batch, error, -1, -1, false)
      this.transactions?.recordsFailed(error)
    }
  }
}

function toKafkaError(error: unknown): KafkaError {
  if (error instanceof KafkaError) return error
  const code =
    error instanceof ConnectionError && error.failure === 'time-out' ? 'REQUEST_TIMED_OUT' : 'NETWORK_EXCEPTION'
  return new KafkaError(code, (error as Error).message, { cause: error })
}
