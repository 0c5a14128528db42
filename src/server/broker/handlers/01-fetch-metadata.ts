import { Fetch } from '../../../protocol/apis/index.ts'
import { type ErrorName, Errors } from '../../../protocol/errors.ts'
import type { RequestOf, ResponseInput } from '../../../protocol/schema/index.ts'
import { METADATA_TOPIC, METADATA_TOPIC_ID } from '../../raft/metadata-log.ts'
import type { LogRead } from '../../storage/log.ts'
import { type Handler, handler, type RequestContext } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { leaderEndpoints, quorumRefusal } from './quorum-requests.ts'

type Services = Pick<
  BrokerServices,
  'raft' | 'config' | 'clusterId' | 'runtime' | 'controllerEndpoints' | 'quorumVoters'
>
type Request = RequestOf<typeof Fetch>
type Wanted = Request['topics'][number]['partitions'][number]
type Response = ResponseInput<typeof Fetch>
type PartitionResponse = Response['responses'][number]['partitions'][number]

const REPLICA_STATE = 15
const NODE_ENDPOINTS = 16

/** Gives the metadata log to those who follow it: other voters, and brokers without a vote (KIP-595). Waits up to `maxWaitMs` for something new. */
export const fetchMetadata = (broker: Services): Handler =>
  handler(Fetch, (request, context) => {
    context.access.check('CLUSTER_ACTION', 'CLUSTER')
    const refuse = (error: ErrorName): Response => ({ errorCode: Errors[error], sessionId: 0, responses: [] })
    if (request.clusterId !== null && request.clusterId !== broker.clusterId) return refuse('INCONSISTENT_CLUSTER_ID')
    const wanted = theOne(request)
    if (!wanted) return refuse('INVALID_REQUEST')
    const first = answer(broker, request, wanted, context)
    const respond = (found: Found) => {
      context.afterSent(found.release)
      return response(broker, context, found.response)
    }
    if (request.maxWaitMs <= 0 || isNews(wanted, first)) return respond(first)
    return wait(broker, request, wanted, first, context).then(respond)
  })

/** The metadata log has one partition, and nobody asks a controller for another. */
function theOne({ topics }: Request): Wanted | undefined {
  const [topic] = topics
  const [partition] = topic?.partitions ?? []
  const isMetadata = topic?.topic === METADATA_TOPIC || topic?.topicId === METADATA_TOPIC_ID
  return topics.length === 1 && topic?.partitions.length === 1 && isMetadata && partition?.partition === 0
    ? partition
    : undefined
}

interface Found {
  readonly response: PartitionResponse
  readonly size: number
  release(): void
}

/** The watermark of a requester that knows of none is the largest number: it is never told of it alone (KIP-1166). */
const isNews = (wanted: Wanted, { response, size }: Found): boolean =>
  size > 0 ||
  response.errorCode !== Errors.NONE ||
  response.divergingEpoch !== undefined ||
  response.snapshotId !== undefined ||
  wanted.highWatermark < response.highWatermark

function wait(
  broker: Services,
  request: Request,
  wanted: Wanted,
  first: Found,
  context: RequestContext,
): Promise<Found> {
  return new Promise((resolve, reject) => {
    let found = first
    const finish = () => {
      end()
      resolve(found)
    }
    const progress = () => {
      try {
        found = answer(broker, request, wanted, context)
      } catch (error) {
        end()
        reject(error)
        return
      }
      if (isNews(wanted, found)) finish()
    }
    const timer = broker.runtime.clock.timer(request.maxWaitMs, finish)
    const stop = broker.raft.onProgress(progress)
    const forget = context.peer.onClosed(finish)
    const end = () => {
      timer.cancel()
      stop()
      forget()
    }
  })
}

const nothing: LogRead = { buffers: [], size: 0, release: () => {} }

function answer(broker: Services, request: Request, wanted: Wanted, { version }: RequestContext): Found {
  const { raft, config } = broker
  const { fetchOffset, lastFetchedEpoch, currentLeaderEpoch } = wanted
  const base = {
    partitionIndex: 0,
    errorCode: Errors.NONE as number,
    highWatermark: raft.highWatermark,
    logStartOffset: raft.logStartOffset,
    currentLeader: { leaderId: raft.leaderId, leaderEpoch: raft.epoch },
    abortedTransactions: null,
    records: empty,
  }
  const found = (more: Partial<PartitionResponse>, { size, release }: LogRead = nothing): Found => ({
    ...{ response: { ...base, ...more }, size, release },
  })
  const isComplete = fetchOffset >= 0 && lastFetchedEpoch >= 0 && currentLeaderEpoch >= 0 && request.maxWaitMs >= 0
  const error = isComplete ? quorumRefusal(raft, currentLeaderEpoch) : 'INVALID_REQUEST'
  if (error) return found({ errorCode: Errors[error] })
  const place = raft.placeOf(fetchOffset, lastFetchedEpoch)
  if (place.kind === 'diverging') return found({ divergingEpoch: place.end })
  if (place.kind === 'snapshot') return found({ snapshotId: place.id })
  const replicaId = version >= REPLICA_STATE ? request.replicaState.replicaId : request.replicaId
  if (replicaId >= 0 && replicaId !== config.nodeId) raft.followed(replicaId, wanted.replicaDirectoryId, fetchOffset)
  const read = raft.read(fetchOffset, Math.min(request.maxBytes, config.get('controller.quorum.fetch.max.bytes')))
  // The fetch itself may have committed what is before its offset: whoever sent it is told so at once.
  const { highWatermark } = raft
  return found(read.size > 0 ? { highWatermark, records: read.buffers } : { highWatermark }, read)
}

const empty = Buffer.alloc(0)

function response(broker: Services, { version, peer }: RequestContext, partition: PartitionResponse): Response {
  return {
    throttleTimeMs: 0,
    errorCode: Errors.NONE,
    sessionId: 0,
    responses: [{ topic: METADATA_TOPIC, topicId: METADATA_TOPIC_ID, partitions: [partition] }],
    ...(version >= NODE_ENDPOINTS ? { nodeEndpoints: leaderEndpoints(broker, peer.listener) } : {}),
  }
}
