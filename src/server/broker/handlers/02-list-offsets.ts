import { ListOffsets } from '../../../protocol/apis/index.ts'
import { KafkaError } from '../../../protocol/errors.ts'
import type { Partition } from '../../replication/partition.ts'
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

/** The first version whose answer has a place for the leader epoch. */
const TELLS_EPOCH = 4

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
            partition.checkLeader(currentLeaderEpoch)
            if (timestamp < 0 && version < (since.get(timestamp) ?? Number.POSITIVE_INFINITY))
              throw new KafkaError('UNSUPPORTED_VERSION')
            const place = find(partition, timestamp, request.isolationLevel)
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

function find({ log, leaderEpoch }: Partition, timestamp: number, isolationLevel: number): Place {
  switch (timestamp) {
    case LATEST: {
      const offset = isolationLevel === READ_COMMITTED ? log.lastStableOffset : log.highWatermark
      return { offset, timestamp: -1, leaderEpoch }
    }
    case EARLIEST:
    case EARLIEST_LOCAL: {
      const epoch = log.epochForOffset(log.logStartOffset)
      return { offset: log.logStartOffset, timestamp: -1, leaderEpoch: epoch >= 0 ? epoch : leaderEpoch }
    }
    case MAX_TIMESTAMP:
      return visible(log.maxTimestampOffset(), log, isolationLevel)
    case LATEST_TIERED:
    case EARLIEST_PENDING_UPLOAD:
      // Nothing is tiered here.
      return nowhere
    default:
      return visible(log.offsetForTimestamp(timestamp), log, isolationLevel)
  }
}

/** A place that readers of this isolation level can reach, or nowhere. */
function visible(place: Place | undefined, log: Partition['log'], isolationLevel: number): Place {
  const end = isolationLevel === READ_COMMITTED ? log.lastStableOffset : log.highWatermark
  return place !== undefined && place.offset < end ? place : nowhere
}
