import { Errors, KafkaError } from '../../../protocol/errors.ts'
import type { Delivery, InFlightBatch } from './in-flight.ts'
import { stateBatch } from './in-flight.ts'
import type { PendingChange, ShareRules, ShareState } from './share-state.ts'
import { DeliveryState, type StateBatch } from './state-batch.ts'

/** What a member says of offsets that it was given: one type for all, or one for each. */
export interface AcknowledgementBatch {
  readonly firstOffset: number
  readonly lastOffset: number
  readonly acknowledgeTypes: readonly number[]
}

/** As the protocol numbers them; a gap is an offset without a record (KIP-932), to renew is to keep the record for longer (KIP-1222). */
export const AcknowledgeType = { gap: 0, accept: 1, release: 2, reject: 3, renew: 4 } as const

const results: Readonly<Record<number, DeliveryState>> = {
  [AcknowledgeType.gap]: DeliveryState.archived,
  [AcknowledgeType.accept]: DeliveryState.acknowledged,
  [AcknowledgeType.release]: DeliveryState.available,
  [AcknowledgeType.reject]: DeliveryState.archived,
}

const refused = (sentence: string): KafkaError => new KafkaError(Errors.INVALID_RECORD_STATE, sentence)

/**
 * What is to be written for acknowledgements of one member; they hold when that is done. Throws INVALID_RECORD_STATE or INVALID_REQUEST, and
 * then nothing has changed.
 */
export function acknowledge(
  state: ShareState,
  memberId: string,
  acknowledgements: readonly AcknowledgementBatch[],
  { rules, lockedUntil }: { readonly rules: ShareRules; readonly lockedUntil: number },
): PendingChange {
  const deliveries: Delivery[] = []
  const batches: StateBatch[] = []
  const change = (first: number, last: number, delivery: Delivery, type: number) => {
    if (type === AcknowledgeType.renew) {
      if (!rules.renewAllowed) throw refused('Renewing acquisition locks is not enabled for the group.')
      delivery.lockedUntil = lockedUntil
      return
    }
    delivery.beginChange(results[type] as DeliveryState, rules.deliveryCountLimit)
    deliveries.push(delivery)
    batches.push(stateBatch(first, last, delivery))
  }
  try {
    for (const batch of acknowledgements)
      if (batch.lastOffset >= state.start)
        for (const inFlight of meant(state, batch)) acknowledgeBatch(state, memberId, batch, inFlight, change)
  } catch (error) {
    state.settle({ deliveries, batches }, false)
    throw error
  }
  return { deliveries, batches }
}

/** The batches that an acknowledgement is about. */
function meant(state: ShareState, { firstOffset, lastOffset }: AcknowledgementBatch): InFlightBatch[] {
  const isBehindStart = firstOffset < state.start && lastOffset >= state.start
  if (state.floor(firstOffset) < 0 && !(isBehindStart && state.floor(state.start) >= 0))
    throw refused('Batch record not found. The request batch offsets are not found in the cache.')
  const last = state.batches[state.floor(lastOffset)] as InFlightBatch
  const tooFar = (which: string) =>
    new KafkaError(
      Errors.INVALID_REQUEST,
      `Batch record not found. The ${which} offset in request is past acquired records.`,
    )
  if (last.lastOffset < firstOffset) throw tooFar('first')
  if (last.lastOffset < lastOffset) throw tooFar('last')
  return state.overlapping(firstOffset, lastOffset).filter((batch) => batch.lastOffset >= state.start)
}

type Change = (first: number, last: number, delivery: Delivery, type: number) => void

function acknowledgeBatch(
  state: ShareState,
  memberId: string,
  { firstOffset, lastOffset, acknowledgeTypes }: AcknowledgementBatch,
  batch: InFlightBatch,
  change: Change,
): void {
  const { common } = batch
  if (common) {
    checkOwner(common, memberId, 'batch')
    const crossesStart = batch.firstOffset < state.start
    if (batch.isWithin(firstOffset, lastOffset) && acknowledgeTypes.length === 1 && !crossesStart)
      return change(batch.firstOffset, batch.lastOffset, common, acknowledgeTypes[0] as number)
    batch.split()
  }
  for (const { first, last, delivery } of batch.parts(Math.max(firstOffset, state.start), lastOffset)) {
    checkOwner(delivery, memberId, 'offset')
    change(first, last, delivery, acknowledgeTypes[acknowledgeTypes.length > 1 ? first - firstOffset : 0] as number)
  }
}

function checkOwner(delivery: Delivery, memberId: string, what: 'batch' | 'offset'): void {
  if (delivery.state !== DeliveryState.acquired)
    throw refused(
      `The ${what} cannot be acknowledged. The ${what} is not ${what === 'batch' ? 'in the acquired state' : 'acquired'}.`,
    )
  if (delivery.memberId !== memberId)
    throw refused(`Member is not the owner of ${what === 'batch' ? 'batch record' : 'offset'}`)
}
