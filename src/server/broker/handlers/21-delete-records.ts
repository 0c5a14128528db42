import { DeleteRecords } from '../../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../../protocol/errors.ts'
import type { Clock } from '../../../runtime/index.ts'
import type { Partition } from '../../replication/partition.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { attempt } from './attempt.ts'

/** Stands for the high watermark. */
const TO_HIGH_WATERMARK = -1

interface Row {
  readonly partitionIndex: number
  lowWatermark: number
  errorCode: number
}

/**
 * Moves the log start offset; it is on disk before the answer, so that no restart brings the records back. The answer waits, for as long as the
 * request says, until the followers have gone along.
 */
export function deleteRecords(broker: BrokerServices): Handler {
  return handler(DeleteRecords, (request, { access }) => {
    const pending: Promise<void>[] = []
    const topics = request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, offset }) =>
        attempt(
          (): Row => {
            access.check('DELETE', 'TOPIC', name)
            const partition = broker.replicas.get(name, partitionIndex)
            const target = deleteBefore(partition, offset)
            const row = { partitionIndex, lowWatermark: partition.lowWatermark, errorCode: 0 }
            if (row.lowWatermark < target)
              pending.push(waitForFollowers(broker.runtime.clock, partition, target, request.timeoutMs, row))
            return row
          },
          (error) => ({ partitionIndex, lowWatermark: -1, errorCode: error.code }),
        ),
      ),
    }))
    broker.logs.checkpoint()
    const answer = { throttleTimeMs: 0, topics }
    return pending.length === 0 ? answer : Promise.all(pending).then(() => answer)
  })
}

/** Gives the offset at which the log begins from now on. Throws. */
function deleteBefore(partition: Partition, offset: number): number {
  partition.checkLeader(-1)
  const { log } = partition
  if (log.config.cleanupPolicy.every((policy) => policy !== 'delete')) throw new KafkaError('POLICY_VIOLATION')
  const target = offset === TO_HIGH_WATERMARK ? log.highWatermark : offset
  if (target < 0 || target > log.highWatermark) throw new KafkaError('OFFSET_OUT_OF_RANGE')
  log.deleteRecordsBefore(target)
  return target
}

function waitForFollowers(
  clock: Clock,
  partition: Partition,
  target: number,
  timeoutMs: number,
  row: Row,
): Promise<void> {
  return new Promise((resolve) => {
    const finish = (errorCode: number) => {
      timer.cancel()
      stop()
      row.errorCode = errorCode
      const isGone = errorCode === Errors.NOT_LEADER_OR_FOLLOWER || errorCode === Errors.KAFKA_STORAGE_ERROR
      row.lowWatermark = isGone ? -1 : partition.lowWatermark
      resolve()
    }
    const look = () => {
      if (partition.log.failed) return finish(Errors.KAFKA_STORAGE_ERROR)
      if (!partition.isReplicated) return finish(partition.isLeader ? Errors.NONE : Errors.NOT_LEADER_OR_FOLLOWER)
      if (partition.lowWatermark >= target) return finish(Errors.NONE)
      stop = partition.onLowWatermark(look)
    }
    const timer = clock.timer(timeoutMs, () => finish(Errors.REQUEST_TIMED_OUT))
    let stop = partition.onLowWatermark(look)
  })
}
