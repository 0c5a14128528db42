import type { Fetch } from '../../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../../protocol/errors.ts'
import { batchPositions, lastOffset } from '../../../protocol/records/batch.ts'
import type { RequestOf, ResponseInput } from '../../../protocol/schema/index.ts'
import type { Partition } from '../../replication/partition.ts'
import type { ReplicationQuota } from '../../replication/replication-quota.ts'
import type { Log, LogRead } from '../../storage/log.ts'
import type { SessionPartition } from '../fetch-sessions.ts'
import type { RequestContext } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { preferredReplica } from './preferred-replica.ts'

export type Request = RequestOf<typeof Fetch>
export type Response = ResponseInput<typeof Fetch>
export type PartitionResponse = Response['responses'][number]['partitions'][number]

/** The first version with a place for a hint at the leader. */
const LEADER_HINTS = 12
const REPLICA_STATE = 15
/** The first version with which consumers may read from followers (KIP-392). */
const FROM_FOLLOWERS = 11
const READ_COMMITTED = 1

type EpochEnd = { readonly epoch: number; readonly endOffset: number }

/** What is there of one partition. */
export interface Found {
  readonly wanted: SessionPartition
  readonly partition: Partition | undefined
  readonly response: PartitionResponse
  readonly size: number
  /** There may be more, which a quota holds back for so long; milliseconds. */
  readonly heldBackMs?: number
  release?(): void
}

/** Reads one partition, for a consumer or for a follower; what goes wrong is in the response. */
export function readPartition(
  broker: BrokerServices,
  request: Request,
  context: RequestContext,
  wanted: SessionPartition,
  left: number,
  atLeastOne: boolean,
): Found {
  const { version, access } = context
  const failed = (error: KafkaError, partition?: Partition, hints = version >= LEADER_HINTS): Found => ({
    wanted,
    partition,
    size: 0,
    // As Apache's broker has it: a partition that is not here has no aborted transactions, of one that is none are known.
    response: {
      ...noData(wanted.index),
      abortedTransactions: partition ? null : [],
      errorCode: error.code,
      ...(hints ? leaderHint(partition, error) : {}),
    },
  })
  const replica = replicaOf(request, version)
  // Replicas are not users of topics but parts of the cluster.
  if (replica >= 0 && access.refusal('CLUSTER_ACTION', 'CLUSTER'))
    return failed(new KafkaError('TOPIC_AUTHORIZATION_FAILED'))
  if (wanted.topic === undefined) return failed(new KafkaError('UNKNOWN_TOPIC_ID'))
  const refusal = replica >= 0 ? undefined : access.refusal('READ', 'TOPIC', wanted.topic)
  if (refusal) return failed(refusal)
  let partition: Partition | undefined
  try {
    partition = broker.replicas.get(wanted.topic, wanted.index)
    if (replica >= 0) return readForFollower(broker.replicas, request, wanted, partition, replica, left, atLeastOne)
    if (version >= FROM_FOLLOWERS) partition.checkEpoch(wanted.currentLeaderEpoch)
    else partition.checkLeader(wanted.currentLeaderEpoch)
    const preferred = preferredReplica(broker, context, partition, request.rackId, wanted.fetchOffset)
    if (preferred !== undefined) return sentElsewhere(wanted, partition, preferred)
    return readForConsumer(request, wanted, partition, left, atLeastOne)
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return failed(error, partition, version >= LEADER_HINTS && replica < 0)
  }
}

/** The broker that copies; below 0 for a consumer. */
export const replicaOf = (request: Request, version: number): number =>
  version >= REPLICA_STATE ? request.replicaState.replicaId : request.replicaId

/** What is committed. */
function readForConsumer(
  request: Request,
  wanted: SessionPartition,
  partition: Partition,
  left: number,
  atLeastOne: boolean,
): Found {
  const { log } = partition
  const diverging = divergence(wanted, partition)
  if (diverging) return parted(wanted, partition, diverging)
  const committed = request.isolationLevel === READ_COMMITTED
  const limit = committed ? log.lastStableOffset : log.highWatermark
  const read = log.read(wanted.fetchOffset, mostOf(wanted, left), limit, atLeastOne)
  const abortedTransactions = committed ? abortedIn(log, wanted.fetchOffset, read, limit) : null
  return foundIn(wanted, partition, read, abortedTransactions)
}

/** All there is; and the offset that a follower asks for tells what it has. */
function readForFollower(
  { throttles }: BrokerServices['replicas'],
  request: Request,
  wanted: SessionPartition,
  partition: Partition,
  replicaId: number,
  left: number,
  atLeastOne: boolean,
): Found {
  const { log } = partition
  const replica = partition.follower(replicaId, wanted.currentLeaderEpoch)
  const diverging = divergence(wanted, partition)
  if (diverging) return parted(wanted, partition, diverging)
  const heldBackMs = heldBack(throttles.leader, partition, replicaId)
  const read =
    heldBackMs > 0 ? nothing : log.read(wanted.fetchOffset, mostOf(wanted, left), log.logEndOffset, atLeastOne)
  const { fetchOffset, logStartOffset } = wanted
  try {
    partition.noteFetch(replica, { fetchOffset, logStartOffset, brokerEpoch: request.replicaState.replicaEpoch })
  } catch (error) {
    read.release()
    throw error
  }
  return heldBackMs > 0
    ? { ...foundIn(wanted, partition, read, null), heldBackMs }
    : foundIn(wanted, partition, read, null)
}

const nothing: LogRead = { buffers: [], size: 0, release: () => {} }

/** A replica in sync is never held back: it would fall out of the ISR. */
const heldBack = (quota: ReplicationQuota, partition: Partition, replicaId: number): number =>
  quota.isThrottled(partition.topic, partition.index) && !partition.isInSync(replicaId) ? quota.excessMs : 0

const mostOf = ({ maxBytes }: SessionPartition, left: number): number => Math.max(0, Math.min(maxBytes, left))

/** Field by field: an object that is spread and added to costs a new map of its fields (`Map` of V8) each time. */
const responseOf = (
  { log }: Partition,
  partitionIndex: number,
  abortedTransactions: PartitionResponse['abortedTransactions'],
  records: PartitionResponse['records'],
): PartitionResponse => ({
  partitionIndex,
  errorCode: Errors.NONE,
  highWatermark: log.highWatermark,
  lastStableOffset: log.lastStableOffset,
  logStartOffset: log.logStartOffset,
  preferredReadReplica: -1,
  abortedTransactions,
  records,
})

function foundIn(
  wanted: SessionPartition,
  partition: Partition,
  { size, buffers, release }: LogRead,
  abortedTransactions: PartitionResponse['abortedTransactions'],
): Found {
  const records = size > 0 ? buffers : empty
  return {
    wanted,
    partition,
    size,
    release,
    response: responseOf(partition, wanted.index, abortedTransactions, records),
  }
}

const parted = (wanted: SessionPartition, partition: Partition, divergingEpoch: EpochEnd): Found => ({
  ...{ wanted, partition, size: 0 },
  response: { ...responseOf(partition, wanted.index, null, empty), divergingEpoch },
})

/** A consumer that reads from another replica gets nothing here. */
const sentElsewhere = (wanted: SessionPartition, partition: Partition, preferredReadReplica: number): Found => ({
  ...{ wanted, partition, size: 0 },
  response: { ...responseOf(partition, wanted.index, null, empty), preferredReadReplica },
})

/** The aborted transactions among the records of a read: those behind its last record are not of interest yet. */
function abortedIn(log: Log, from: number, { buffers }: LogRead, limit: number) {
  const aborted = log.abortedTransactions(from, limit)
  const last = buffers.at(-1)
  if (aborted.length === 0 || last === undefined) return aborted
  let end = limit
  for (const at of batchPositions(last)) end = lastOffset(last, at) + 1
  return aborted.filter(({ firstOffset }) => firstOffset < end)
}

/** Where the reader's log and this one part, when the epoch of its last record ended before its offset (KIP-595). */
function divergence(wanted: SessionPartition, { log }: Partition): EpochEnd | undefined {
  if (wanted.lastFetchedEpoch < 0) return undefined
  const end = log.endOffsetForEpoch(wanted.lastFetchedEpoch)
  if (end.epoch < 0 || wanted.fetchOffset < log.logStartOffset) throw new KafkaError('OFFSET_OUT_OF_RANGE')
  return end.epoch < wanted.lastFetchedEpoch || end.endOffset < wanted.fetchOffset ? end : undefined
}

const empty = Buffer.alloc(0)

const noData = (partitionIndex: number): PartitionResponse => ({
  partitionIndex,
  errorCode: Errors.NONE,
  highWatermark: -1,
  abortedTransactions: null,
  records: empty,
})

/** Tells a client with stale metadata where the leader is (KIP-951). */
function leaderHint(partition: Partition | undefined, error: KafkaError): Partial<PartitionResponse> {
  const stale = error.code === Errors.NOT_LEADER_OR_FOLLOWER || error.code === Errors.FENCED_LEADER_EPOCH
  if (!partition || !stale) return {}
  return { currentLeader: { leaderId: partition.leaderId, leaderEpoch: partition.leaderEpoch } }
}
