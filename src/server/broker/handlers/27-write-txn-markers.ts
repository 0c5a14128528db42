import { WriteTxnMarkers } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import type { Marker } from '../../coordinator/transaction/marker.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { attemptLater } from './attempt.ts'

/** Writes markers into partitions that this broker leads: what coordinators ask for, and those who abort a transaction that hangs (KIP-664). */
export function writeTxnMarkers({ markers }: BrokerServices): Handler {
  return handler(WriteTxnMarkers, async (request, { access }) => {
    const refusal = access.may('ALTER', 'CLUSTER') ? undefined : access.refusal('CLUSTER_ACTION', 'CLUSTER')
    const written = request.markers.map(async ({ producerId, topics, ...fields }) => {
      const { producerEpoch, transactionResult: committed, coordinatorEpoch, transactionVersion } = fields
      const marker: Marker = { producerId, producerEpoch, committed, coordinatorEpoch, transactionVersion }
      const results = topics.map(async ({ name, partitionIndexes }) => ({
        name,
        partitions: await Promise.all(
          partitionIndexes.map((index) =>
            refusal ? { partitionIndex: index, errorCode: refusal.code as number } : write(name, index, marker),
          ),
        ),
      }))
      return { producerId, topics: await Promise.all(results) }
    })
    return { markers: await Promise.all(written) }
  })

  function write(topic: string, partitionIndex: number, marker: Marker) {
    return attemptLater(
      async () => {
        await markers.write(topic, partitionIndex, marker)
        return { partitionIndex, errorCode: Errors.NONE as number }
      },
      ({ code }) => ({ partitionIndex, errorCode: code }),
    )
  }
}
