import { Fetch } from '../../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../../protocol/errors.ts'
import { batchPositions, lastOffset } from '../../../protocol/records/batch.ts'
import type { RequestOf, ResponseInput } from '../../../protocol/schema/index.ts'
import type { Partition } from '../../replication/partition.ts'
import type { Log, LogRead } from '../../storage/log.ts'
import type { FetchSession, SessionPartition } from '../fetch-sessions.ts'
import { FetchSessions } from '../fetch-sessions.ts'
import { mostToFetch, silenceBeforeFetch } from '../quotas/silence.ts'
import { type Handler, handler, type RequestContext } from '../router.ts'
import type { BrokerServices } from '../services.ts'

type Request = RequestOf<typeof Fetch>
type Response = ResponseInput<typeof Fetch>
type PartitionResponse = Response['responses'][number]['partitions'][number]

const TOPIC_IDS = 13
/** The first version with a place for a hint at the leader. */
const LEADER_HINTS = 12
const REPLICA_STATE = 15
const READ_COMMITTED = 1

interface Found {
  readonly wanted: SessionPartition
  readonly partition: Partition | undefined
  readonly response: PartitionResponse
  readonly size: number
  release?(): void
}

/**
 * Reads record batches, as many as the client's limits allow and at least one. Waits up to `maxWaitMs` for `minBytes` when there is less;
 * what wakes it is an append to one of the partitions.
 */
export function fetch(broker: BrokerServices): Handler {
  const sessions = new FetchSessions(broker.config.get('max.incremental.fetch.session.cache.slots'), broker.runtime)
  return handler(Fetch, (request, context) => {
    const session = sessions.open(request, context.version >= TOPIC_IDS, (id) => broker.replicas.topicName(id))
    if (session instanceof KafkaError) return { errorCode: session.code, sessionId: 0, responses: [] }
    const found = readAll(broker, request, session, context)
    if (request.maxWaitMs <= 0 || isEnough(request, found)) return respond(broker, session, found, context)
    return wait(broker, request, session, found, context).then((all) => respond(broker, session, all, context))
  })
}

const isEnough = (request: Request, found: readonly Found[]): boolean => {
  let total = 0
  for (const { size, response } of found) {
    if (response.errorCode !== Errors.NONE) return true
    total += size
  }
  return total >= request.minBytes || found.length === 0
}

function wait(
  broker: BrokerServices,
  request: Request,
  session: FetchSession,
  first: Found[],
  context: RequestContext,
): Promise<Found[]> {
  return new Promise((resolve, reject) => {
    let found = first
    let stops: (() => void)[] = []
    const end = () => {
      timer.cancel()
      forget()
      for (const stop of stops) stop()
    }
    const finish = () => {
      end()
      resolve(found)
    }
    const timer = broker.runtime.clock.timer(request.maxWaitMs, finish)
    const watch = () => {
      stops = found.flatMap(({ partition }) => (partition ? [partition.onProgress(progress)] : []))
    }
    const progress = () => {
      for (const stop of stops) stop()
      releaseAll(found)
      try {
        found = readAll(broker, request, session, context)
      } catch (error) {
        end()
        reject(error)
        return
      }
      if (isEnough(request, found)) finish()
      else watch()
    }
    // A connection lives for days and has thousands of these waits: each takes back what it asked for.
    const forget = context.peer.onClosed(finish)
    watch()
  })
}

function readAll(broker: BrokerServices, request: Request, session: FetchSession, context: RequestContext): Found[] {
  let left = Math.min(request.maxBytes, broker.config.get('fetch.max.bytes'), mostToFetch(broker, context))
  let first = true
  return session.partitions().map((wanted) => {
    const one = readPartition(broker, request, context, wanted, left, first)
    if (one.size > 0) first = false
    left = Math.max(0, left - one.size)
    return one
  })
}

function readPartition(
  broker: BrokerServices,
  request: Request,
  { version, access }: RequestContext,
  wanted: SessionPartition,
  left: number,
  atLeastOne: boolean,
): Found {
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
  const replica = version >= REPLICA_STATE ? request.replicaState.replicaId : request.replicaId
  // Replicas are not users of topics but parts of the cluster.
  if (replica >= 0 && access.refusal('CLUSTER_ACTION', 'CLUSTER'))
    return failed(new KafkaError('TOPIC_AUTHORIZATION_FAILED'))
  if (wanted.topic === undefined) return failed(new KafkaError('UNKNOWN_TOPIC_ID'))
  const refusal = replica >= 0 ? undefined : access.refusal('READ', 'TOPIC', wanted.topic)
  if (refusal) return failed(refusal)
  const partition = broker.replicas.find(wanted.topic, wanted.index)
  if (!partition) return failed(new KafkaError('UNKNOWN_TOPIC_OR_PARTITION'))
  try {
    // Nobody else keeps a replica: whoever says so is mistaken.
    if (replica >= 0) return failed(new KafkaError('NOT_LEADER_OR_FOLLOWER'), partition, false)
    partition.checkLeader(wanted.currentLeaderEpoch)
    return readLog(request, wanted, partition, left, atLeastOne)
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return failed(error, partition)
  }
}

function readLog(
  request: Request,
  wanted: SessionPartition,
  partition: Partition,
  left: number,
  atLeastOne: boolean,
): Found {
  const { log } = partition
  const base = {
    partitionIndex: wanted.index,
    errorCode: Errors.NONE,
    highWatermark: log.highWatermark,
    lastStableOffset: log.lastStableOffset,
    logStartOffset: log.logStartOffset,
    preferredReadReplica: -1,
  }
  const diverging = divergence(wanted, partition)
  if (diverging)
    return {
      wanted,
      partition,
      size: 0,
      response: { ...base, divergingEpoch: diverging, abortedTransactions: null, records: empty },
    }
  const committed = request.isolationLevel === READ_COMMITTED
  const limit = committed ? log.lastStableOffset : log.highWatermark
  const maxBytes = Math.max(0, Math.min(wanted.maxBytes, left))
  const read = log.read(wanted.fetchOffset, maxBytes, limit, atLeastOne)
  const abortedTransactions = committed ? abortedIn(log, wanted.fetchOffset, read, limit) : null
  return {
    wanted,
    partition,
    size: read.size,
    release: read.release,
    response: { ...base, abortedTransactions, records: read.size > 0 ? read.buffers : empty },
  }
}

/** The aborted transactions among the records of a read: those behind its last record are not of interest yet. */
function abortedIn(log: Log, from: number, { buffers }: LogRead, limit: number) {
  const aborted = log.abortedTransactions(from, limit)
  const last = buffers.at(-1)
  if (aborted.length === 0 || last === undefined) return aborted
  let end = limit
  for (const at of batchPositions(last)) end = lastOffset(last, at) + 1
  return aborted.filter(({ firstOffset }) => firstOffset < end)
}

/** Where the client's log and this one part, when the epoch of its last record ended before its offset (KIP-595). */
function divergence(wanted: SessionPartition, { log }: Partition): { epoch: number; endOffset: number } | undefined {
  if (wanted.lastFetchedEpoch < 0) return undefined
  const end = log.endOffsetForEpoch(wanted.lastFetchedEpoch)
  if (end.epoch < 0) throw new KafkaError('OFFSET_OUT_OF_RANGE')
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

function releaseAll(found: readonly Found[]): void {
  for (const { release } of found) release?.()
}

function respond(
  broker: BrokerServices,
  session: FetchSession,
  found: readonly Found[],
  context: RequestContext,
): Response {
  const { version, afterSent } = context
  afterSent(() => releaseAll(found))
  const bytes = () => found.reduce((sum, { size }) => sum + size, 0)
  const { silence: throttleTimeMs, isSent } = silenceBeforeFetch(broker, context, bytes)
  if (!isSent) return { throttleTimeMs, errorCode: Errors.NONE, sessionId: session.id, responses: [] }
  const topics = new Map<string, { topic: string; topicId: string; partitions: PartitionResponse[] }>()
  for (const { wanted, response } of found) {
    if (!session.mustTell(wanted, response)) continue
    const key = version >= TOPIC_IDS ? wanted.topicId : (wanted.topic ?? '')
    let entry = topics.get(key)
    if (!entry) topics.set(key, (entry = { topic: wanted.topic ?? '', topicId: wanted.topicId, partitions: [] }))
    entry.partitions.push(response)
  }
  return { throttleTimeMs, errorCode: Errors.NONE, sessionId: session.id, responses: [...topics.values()] }
}
