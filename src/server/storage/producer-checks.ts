import { KafkaError } from '../../protocol/errors.ts'
import * as batch from '../../protocol/records/batch.ts'
import { addSequence, type BatchMetadata, type ProducerEntry } from './producer-entry.ts'
import { type ProducerState, readMarker } from './producer-state.ts'

export interface ProducerCheck {
  /** The log's name, for messages. */
  readonly where: string
  readonly fromClient: boolean
  /** Version of the transaction protocol of a marker (KIP-890); from 2 on every marker comes with a new epoch. */
  readonly transactionVersion: number
}

/**
 * Whether a leader may append this batch of an idempotent producer: throws INVALID_PRODUCER_EPOCH, OUT_OF_ORDER_SEQUENCE_NUMBER,
 * INVALID_TXN_STATE or TRANSACTION_COORDINATOR_FENCED. Gives the batch that it repeats, which must not be appended again.
 */
export function checkProducer(
  state: ProducerState,
  b: Buffer,
  at: number,
  check: ProducerCheck,
): BatchMetadata | undefined {
  const producer = state.get(batch.producerId(b, at))
  if (batch.isControl(b, at)) {
    if (producer !== undefined) checkMarker(producer, b, at, check)
    return undefined
  }
  if (producer === undefined) return undefined
  const epoch = batch.producerEpoch(b, at)
  const baseSequence = batch.baseSequence(b, at)
  if (check.fromClient) {
    const lastSequence = addSequence(baseSequence, batch.lastOffsetDelta(b, at))
    const duplicate = producer.duplicateOf(epoch, baseSequence, lastSequence)
    if (duplicate !== undefined) return duplicate
  }
  checkEpoch(producer, epoch, false, check.where)
  if (check.fromClient) checkSequence(producer, epoch, baseSequence, check.where)
  if (producer.currentTxnStartOffset >= 0 && !batch.isTransactional(b, at))
    throw new KafkaError(
      'INVALID_TXN_STATE',
      `Producer ${producer.producerId} has a transaction open in ${check.where} but sent a batch outside it`,
    )
  return undefined
}

function checkEpoch(producer: ProducerEntry, epoch: number, mustRise: boolean, where: string): void {
  const known = producer.producerEpoch
  if (mustRise ? epoch > known : epoch >= known) return
  throw new KafkaError(
    'INVALID_PRODUCER_EPOCH',
    `Epoch of producer ${producer.producerId} in ${where} is ${epoch}, which is ${mustRise ? 'not larger' : 'smaller'} than the last seen epoch ${known}`,
  )
}

function checkSequence(producer: ProducerEntry, epoch: number, baseSequence: number, where: string): void {
  const isNewEpoch = epoch !== producer.producerEpoch
  const expected = isNewEpoch || producer.lastBatch === undefined ? 0 : addSequence(producer.lastSequence, 1)
  if (baseSequence === expected) return
  throw new KafkaError(
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
    isNewEpoch
      ? `Producer ${producer.producerId} began epoch ${epoch} in ${where} with sequence number ${baseSequence} instead of 0`
      : `Out of order sequence number for producer ${producer.producerId} in ${where}: ${baseSequence} (incoming), ${producer.lastSequence} (last in the log)`,
  )
}

function checkMarker(producer: ProducerEntry, b: Buffer, at: number, check: ProducerCheck): void {
  const marker = readMarker(b, at)
  if (marker === undefined) return
  const epoch = batch.producerEpoch(b, at)
  // A coordinator that did not see the answer sends the marker again: nothing is open then, and it changes nothing.
  const isRetry = epoch === producer.producerEpoch && producer.currentTxnStartOffset < 0
  checkEpoch(producer, epoch, check.transactionVersion >= 2 && !isRetry, check.where)
  if (producer.coordinatorEpoch > marker.coordinatorEpoch)
    throw new KafkaError(
      'TRANSACTION_COORDINATOR_FENCED',
      `Marker for producer ${producer.producerId} in ${check.where} comes from coordinator epoch ${marker.coordinatorEpoch}, ${producer.coordinatorEpoch} was seen`,
    )
}
