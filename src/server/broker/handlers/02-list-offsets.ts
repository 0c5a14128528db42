import { ListOffsets } from '../../../protocol/apis/index.ts'
import { KafkaError } from '../../../protocol/errors.ts'
import type { RequestOf } from '../../../protocol/schema/index.ts'
import type { Partition } from '../../replication/partition.ts'
import type { Log } from '../../storage/log.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { attempt } from './attempt.ts'

/** Timestamps that ask for a place instead of a time, with the first version that knows each. */
const LATEST = -1
const EARLIEST = -2
const MAX_TIMESTAMP = -3
const EARLIEST_LOCAL = -4
const LATEST_TIERED = -5
const EARLIEST_PENDING_UPLOAD = -6
const since = new Map([
  [LATEST, 1],
  [EARLIEST, 1],
  [MAX_TIMESTAMP, 7],
  [EARLIEST_LOCAL, 8],
  [LATEST_TIERED, 9],
  [EARLIEST_PENDING_UPLOAD, 11],
])

const READ_COMMITTED = 1

/** Who asks, where it is no broker: a consumer, or a tool that asks any replica. */
const CONSUMER = -1
const DEBUGGING = -2

/** The first version whose answer has a place for the leader epoch. */
const TELLS_EPOCH = 4
/** The first version with OFFSET_NOT_AVAILABLE. */
const TELLS_UNKNOWN = 5

interface Place {
  readonly offset: number
  readonly timestamp: number
  readonly leaderEpoch: number
}
const nowhere: Place = { offset: -1, timestamp: -1, leaderEpoch: -1 }

export function listOffsets(broker: BrokerServices): Handler {
  return handler(ListOffsets, (request, { version, access }) => ({
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: distinct(partitions).map(({ partitionIndex, currentLeaderEpoch, timestamp }) =>
        attempt(
          () => {
            access.check('DESCRIBE', 'TOPIC', name)
            if (isRepeated(partitions, partitionIndex)) throw new KafkaError('INVALID_REQUEST')
            const partition = broker.replicas.get(name, partitionIndex)
            if (request.replicaId === DEBUGGING) partition.checkEpoch(currentLeaderEpoch)
            else partition.checkLeader(currentLeaderEpoch)
            if (timestamp < 0 && version < (since.get(timestamp) ?? Number.POSITIVE_INFINITY))
              throw new KafkaError('UNSUPPORTED_VERSION')
            const place = find(partition, timestamp, reachOf(request))
            if (mayBeKnownLater(partition, timestamp, place) && request.replicaId === CONSUMER)
              throw new KafkaError(version < TELLS_UNKNOWN ? 'LEADER_NOT_AVAILABLE' : 'OFFSET_NOT_AVAILABLE')
            if (version < TELLS_EPOCH)
              return { partitionIndex, errorCode: 0, offset: place.offset, timestamp: place.timestamp }
            return { partitionIndex, errorCode: 0, ...place }
          },
          (error) => ({ partitionIndex, errorCode: error.code }),
        ),
      ),
    })),
  }))
}

type Indexed = readonly { readonly partitionIndex: number }[]

/** A partition that is asked for twice is refused, once. */
const distinct = <P extends Indexed[number]>(partitions: readonly P[]): P[] => [
  ...new Map(partitions.map((one) => [one.partitionIndex, one])).values(),
]
const isRepeated = (partitions: Indexed, index: number): boolean =>
  partitions.filter(({ partitionIndex }) => partitionIndex === index).length > 1

/** How far the sender's view of a log goes. */
type Reach = 'committed' | 'high-watermark' | 'log-end'
const reachOf = ({ replicaId, isolationLevel }: RequestOf<typeof ListOffsets>): Reach => {
  if (replicaId !== CONSUMER) return 'log-end'
  return isolationLevel === READ_COMMITTED ? 'committed' : 'high-watermark'
}

function endOf(log: Log, reach: Reach): number {
  if (reach === 'log-end') return log.logEndOffset
  return reach === 'committed' ? log.lastStableOffset : log.highWatermark
}

/**
 * A new leader does not know yet all that was committed before it: until its high watermark has come to its own epoch, the end could seem to go
 * back (KIP-207).
 */
const mayBeKnownLater = ({ epochStart, log }: Partition, timestamp: number, { offset }: Place): boolean =>
  epochStart !== undefined &&
  epochStart > log.highWatermark &&
  (timestamp === LATEST || ((timestamp >= 0 || timestamp === MAX_TIMESTAMP) && offset < 0))

function find({ log, leaderEpoch }: Partition, timestamp: number, reach: Reach): Place {
  switch (timestamp) {
    case LATEST:
      return { offset: endOf(log, reach), timestamp: -1, leaderEpoch }
    case EARLIEST:
    case EARLIEST_LOCAL: {
      const epoch = log.epochForOffset(log.logStartOffset)
      return { offset: log.logStartOffset, timestamp: -1, leaderEpoch: epoch >= 0 ? epoch : leaderEpoch }
    }
    case MAX_TIMESTAMP:
      return visible(log.maxTimestampOffset(), endOf(log, reach))
    case LATEST_TIERED:
    case EARLIEST_PENDING_UPLOAD:
      // Nothing is tiered here.
      return nowhere
    default:
      return visible(log.offsetForTimestamp(timestamp), endOf(log, reach))
  }
}

/** A place that the sender can reach, or nowhere. */
const visible = (place: Place | undefined, end: number): Place =>
  place !== undefined && place.offset < end ? place : nowhere
