import { DeleteRecords } from '../../../protocol/apis/index.ts'
import { KafkaError } from '../../../protocol/errors.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { attempt } from './attempt.ts'

/** Stands for the high watermark. */
const TO_HIGH_WATERMARK = -1

/** Moves the log start offset; it is on disk before the answer, so that no restart brings the records back. */
export function deleteRecords(broker: BrokerServices): Handler {
  return handler(DeleteRecords, (request, { access }) => {
    const topics = request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, offset }) =>
        attempt(
          () => {
            access.check('DELETE', 'TOPIC', name)
            const { log } = broker.replicas.get(name, partitionIndex)
            if (log.config.cleanupPolicy.every((policy) => policy !== 'delete'))
              throw new KafkaError('POLICY_VIOLATION')
            const target = offset === TO_HIGH_WATERMARK ? log.highWatermark : offset
            if (target < 0 || target > log.highWatermark) throw new KafkaError('OFFSET_OUT_OF_RANGE')
            log.deleteRecordsBefore(target)
            return { partitionIndex, lowWatermark: log.logStartOffset, errorCode: 0 }
          },
          (error) => ({ partitionIndex, lowWatermark: -1, errorCode: error.code }),
        ),
      ),
    }))
    broker.logs.checkpoint()
    return { throttleTimeMs: 0, topics }
  })
}
