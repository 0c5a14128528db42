import { Fetch } from '../../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../../protocol/errors.ts'
import { type FetchSession, FetchSessions, isSentElsewhere } from '../fetch-sessions.ts'
import { mostToFetch, silenceBeforeFetch } from '../quotas/silence.ts'
import { type Handler, handler, type RequestContext } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import {
  type Found,
  type PartitionResponse,
  type Request,
  type Response,
  readPartition,
  replicaOf,
} from './fetch-reads.ts'

const TOPIC_IDS = 13

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
    if (request.maxWaitMs <= 0 || isEnough(request, found)) return respond(broker, request, session, found, context)
    return wait(broker, request, session, found, context).then((all) => respond(broker, request, session, all, context))
  })
}

const isEnough = (request: Request, found: readonly Found[]): boolean => {
  let total = 0
  for (const { size, response } of found) {
    if (response.errorCode !== Errors.NONE || response.divergingEpoch || isSentElsewhere(response)) return true
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
    const isReplica = replicaOf(request, context.version) >= 0
    const watch = () => {
      stops = found.flatMap(({ partition }) =>
        partition ? [isReplica ? partition.onAppend(progress) : partition.onProgress(progress)] : [],
      )
      const heldBack = isReplica ? found.flatMap(({ heldBackMs }) => heldBackMs ?? []) : []
      if (heldBack.length > 0) stops.push(timerIn(broker, Math.min(...heldBack), progress))
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

function timerIn({ runtime }: BrokerServices, ms: number, callback: () => void): () => void {
  const timer = runtime.clock.timer(ms, callback)
  return () => timer.cancel()
}

function readAll(broker: BrokerServices, request: Request, session: FetchSession, context: RequestContext): Found[] {
  const isReplica = replicaOf(request, context.version) >= 0
  const most = isReplica ? request.maxBytes : mostToFetch(broker, context)
  let left = Math.min(request.maxBytes, broker.config.get('fetch.max.bytes'), most)
  let first = true
  return session.partitions().map((wanted) => {
    const one = readPartition(broker, request, context, wanted, left, first)
    if (one.size > 0) first = false
    left = Math.max(0, left - one.size)
    return one
  })
}

function releaseAll(found: readonly Found[]): void {
  for (const { release } of found) release?.()
}

function respond(
  broker: BrokerServices,
  request: Request,
  session: FetchSession,
  found: readonly Found[],
  context: RequestContext,
): Response {
  context.afterSent(() => releaseAll(found))
  if (replicaOf(request, context.version) >= 0) return respondToFollower(broker, session, found, context)
  const bytes = () => found.reduce((sum, { size }) => sum + size, 0)
  const { silence: throttleTimeMs, isSent } = silenceBeforeFetch(broker, context, bytes)
  if (!isSent) return { throttleTimeMs, errorCode: Errors.NONE, sessionId: session.id, responses: [] }
  return { throttleTimeMs, errorCode: Errors.NONE, sessionId: session.id, responses: rows(session, found, context) }
}

/** Clients' quotas are for users; what a replica copies of throttled partitions counts against that of this leader. */
function respondToFollower(
  { replicas }: BrokerServices,
  session: FetchSession,
  found: readonly Found[],
  context: RequestContext,
): Response {
  const quota = replicas.throttles.leader
  for (const { wanted, size } of found) {
    if (size === 0) continue
    session.moveBack(wanted)
    if (wanted.topic !== undefined && quota.isThrottled(wanted.topic, wanted.index)) quota.record(size)
  }
  return { throttleTimeMs: 0, errorCode: Errors.NONE, sessionId: session.id, responses: rows(session, found, context) }
}

interface TopicRow {
  readonly topic: string
  readonly topicId: string
  readonly partitions: PartitionResponse[]
}

/** Partitions by topic. Mostly they are of one, or stand together, and no table is made of topics. */
function rows(session: FetchSession, found: readonly Found[], { version }: RequestContext): Response['responses'] {
  const keyOf = ({ topic, topicId }: { topic?: string | undefined; topicId: string }) =>
    version >= TOPIC_IDS ? topicId : (topic ?? '')
  const all: TopicRow[] = []
  let byKey: Map<string, TopicRow> | undefined
  let last: TopicRow | undefined
  for (const { wanted, response } of found) {
    if (!session.mustTell(wanted, response)) continue
    const key = keyOf(wanted)
    if (!last || keyOf(last) !== key) {
      if (last) byKey ??= new Map([[keyOf(last), last]])
      last = byKey?.get(key)
      if (!last) {
        last = { topic: wanted.topic ?? '', topicId: wanted.topicId, partitions: [] }
        all.push(last)
        byKey?.set(key, last)
      }
    }
    last.partitions.push(response)
  }
  return all
}
