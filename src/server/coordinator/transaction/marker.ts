import { encodeBatch } from '../../../protocol/records/record.ts'
import { Writer } from '../../../protocol/schema/index.ts'
import { EndTxnMarker } from '../../../protocol/stored/control-records.ts'

/** The end of a transaction in one partition. */
export interface Marker {
  readonly producerId: number
  readonly producerEpoch: number
  readonly committed: boolean
  readonly coordinatorEpoch: number
  /** Version of the transaction protocol: from 2 on a marker's epoch is higher than that of the records that it ends. */
  readonly transactionVersion: number
}

const ABORT = 0
const COMMIT = 1

/** A control batch with the marker as its only record. */
export function markerBatch(marker: Marker, timestamp: number): Buffer {
  const key = new Writer(4)
  key.int16(0)
  key.int16(marker.committed ? COMMIT : ABORT)
  const value = new Writer(6)
  value.int16(0)
  EndTxnMarker.codec(0).encode(value, { coordinatorEpoch: marker.coordinatorEpoch })
  return encodeBatch([{ key: key.concat(), value: value.concat(), timestamp }], {
    producerId: marker.producerId,
    producerEpoch: marker.producerEpoch,
    control: true,
    transactional: true,
  })
}
