import { ShareFetch } from '../../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../../protocol/errors.ts'
import type { RequestOf, ResponseInput } from '../../../protocol/schema/index.ts'
import { silenceAfterSharing } from '../quotas/silence.ts'
import { type Handler, handler, type RequestContext } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import type { SharedPartition, ShareSession } from '../share-sessions.ts'
import {
  type Acknowledged,
  acknowledgeShared,
  acknowledgesAny,
  checkShareRequest,
  nodeEndpoints,
  withoutSentence,
} from './share-requests.ts'
import { emptyRow, fetchShared, type Row } from './share-rows.ts'

type Request = RequestOf<typeof ShareFetch>
type Response = ResponseInput<typeof ShareFetch>
type PartitionResponse = Response['responses'][number]['partitions'][number]

const FINAL_EPOCH = -1

/**
 * Gives a member of a share group records that nobody else has (KIP-932), after what it says of those it had. Waits up to `maxWaitMs` for
 * `minBytes` when there is less; what wakes it is an append, or records that others give back.
 */
export function shareFetch(broker: BrokerServices): Handler {
  return handler(ShareFetch, (request, context) =>
    withoutSentence(async () => {
      const { groupId, memberId } = checkShareRequest(broker, context.access, request)
      const named = { ...request, groupId, memberId }
      if (request.isRenewAck) checkRenewal(request)
      const session = await openSession(broker, named, context)
      const acknowledging = acknowledgesAny(request) ? acknowledgeShared(broker, named, context) : []
      const wanted = request.isRenewAck || request.shareSessionEpoch === FINAL_EPOCH ? [] : inTurn(session, request)
      const fetching = fetchShared(broker, { request, session, wanted, context })
      const [acknowledged, rows] = await Promise.all([acknowledging, fetching])
      const response = respond(broker, session, rows, acknowledged, context)
      if (request.shareSessionEpoch === FINAL_EPOCH) broker.shareSessions.end(session)
      return response
    }),
  )
}

/** A renewal asks for no records (KIP-1222). Throws INVALID_REQUEST. */
function checkRenewal(request: Request): void {
  const wrong = (['maxBytes', 'minBytes', 'maxRecords', 'maxWaitMs'] as const).filter((name) => request[name] !== 0)
  if (wrong.length === 0) return
  const complaints = wrong.map((name) => `${name} must be set to 0, `).join('')
  throw new KafkaError('INVALID_REQUEST', `${complaints}if isRenewAck is true.`)
}

type Named = Request & { readonly groupId: string; readonly memberId: string }

async function openSession(broker: BrokerServices, request: Named, { peer }: RequestContext): Promise<ShareSession> {
  const opening = {
    groupId: request.groupId,
    memberId: request.memberId,
    epoch: request.shareSessionEpoch,
    wanted: request.topics.map(({ topicId, partitions }) => ({
      topicId,
      partitions: partitions.map(({ partitionIndex }) => partitionIndex),
    })),
    forgotten: request.forgottenTopicsData,
    acknowledges: acknowledgesAny(request),
  }
  try {
    return broker.shareSessions.open(opening, peer)
  } catch (error) {
    // Whoever finds no room would ask again at once.
    if (error instanceof KafkaError && error.code === Errors.SHARE_SESSION_LIMIT_REACHED)
      await broker.runtime.clock.sleep(request.maxWaitMs)
    throw error
  }
}

/** The session's partitions, each time from another one on, so that none is always last. */
function inTurn({ partitions }: ShareSession, { shareSessionEpoch }: Request): SharedPartition[] {
  const all = [...partitions.values()]
  const from = all.length === 0 ? 0 : shareSessionEpoch % all.length
  return [...all.slice(from), ...all.slice(0, from)]
}

/** Rows of partitions with news, and those that were acknowledged. */
function respond(
  broker: BrokerServices,
  session: ShareSession,
  rows: readonly Row[],
  acknowledged: readonly Acknowledged[],
  context: RequestContext,
): Response {
  const topics = new Map<string, Map<number, PartitionResponse>>()
  const put = (topicId: string, response: PartitionResponse) => {
    let partitions = topics.get(topicId)
    if (!partitions) topics.set(topicId, (partitions = new Map()))
    partitions.set(response.partitionIndex, response)
  }
  for (const { wanted, response } of rows) if (hasNews(session, wanted, response)) put(wanted.topicId, response)
  for (const { topicId, index, error, sentence } of acknowledged) {
    const row = topics.get(topicId)?.get(index) ?? emptyRow(index)
    put(topicId, {
      ...row,
      acknowledgeErrorCode: error?.code ?? Errors.NONE,
      acknowledgeErrorMessage: sentence,
    })
  }
  const bytes = () => rows.reduce((sum, { response }) => sum + sizeOf(response.records), 0)
  return {
    throttleTimeMs: silenceAfterSharing(broker, context, bytes),
    errorCode: Errors.NONE as number,
    acquisitionLockTimeoutMs: broker.shareRules(session.groupId).lockMs,
    responses: Array.from(topics, ([topicId, partitions]) => ({ topicId, partitions: [...partitions.values()] })),
    nodeEndpoints: nodeEndpoints(
      broker,
      rows.map(({ leader }) => leader),
      context.peer.listener,
    ),
  }
}

function sizeOf(records: PartitionResponse['records']): number {
  if (records === null) return 0
  return Array.isArray(records) ? records.reduce((sum, { length }) => sum + length, 0) : (records as Buffer).length
}

/** The first answer of a session says everything. */
function hasNews(
  session: ShareSession,
  wanted: SharedPartition,
  { errorCode, acquiredRecords }: PartitionResponse,
): boolean {
  const news = session.isFirst || wanted.mustTell || errorCode !== Errors.NONE || acquiredRecords.length > 0
  wanted.mustTell = errorCode !== Errors.NONE
  return news
}
