import type { ShareFetch } from '../../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../../protocol/errors.ts'
import type { RequestOf, ResponseInput } from '../../../protocol/schema/index.ts'
import type { SharePartition } from '../../replication/share/share-partition.ts'
import type { Access } from '../access/access.ts'
import type { RequestContext } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { readShared, type SharedRead } from '../share-reads.ts'
import type { SharedPartition, ShareSession } from '../share-sessions.ts'
import { leaderInfo } from './share-requests.ts'

type Request = RequestOf<typeof ShareFetch>
type PartitionResponse = ResponseInput<typeof ShareFetch>['responses'][number]['partitions'][number]

const STRICT = 1

export interface Row {
  readonly wanted: SharedPartition
  readonly response: PartitionResponse
  /** Where the leader is, for a member that asks the wrong broker. */
  readonly leader?: ReturnType<typeof leaderInfo>
}

interface Fetching {
  readonly request: Request
  readonly session: ShareSession
  readonly wanted: readonly SharedPartition[]
  readonly context: RequestContext
}

/** Reads of the session's partitions, and gives the member what it may have. */
export async function fetchShared(broker: BrokerServices, fetching: Fetching): Promise<Row[]> {
  const { request, session, wanted, context } = fetching
  const rows: Row[] = []
  const open: { wanted: SharedPartition; partition: SharePartition }[] = []
  const isNoFetch = request.maxRecords === 0 || request.maxBytes === 0
  await Promise.all(
    wanted.map(async (one) => {
      try {
        checkTopic(broker, context.access, one)
        if (isNoFetch) return
        const key = { groupId: session.groupId, topicId: one.topicId, partition: one.index }
        open.push({ wanted: one, partition: await broker.shares.obtain(key) })
      } catch (error) {
        rows.push(failedRow(broker, one, error))
      }
    }),
  )
  if (open.length === 0) return rows
  const order = new Map(wanted.map((one, at) => [one, at]))
  open.sort((a, b) => (order.get(a.wanted) ?? 0) - (order.get(b.wanted) ?? 0))
  const reads = await waitForReads(broker, fetching, open)
  return [...rows, ...acquireAll(broker, fetching, reads)]
}

function checkTopic({ image }: BrokerServices, access: Access, { topicId, index }: SharedPartition): void {
  const name = image.topicNames.get(topicId)
  if (name === undefined) throw new KafkaError('UNKNOWN_TOPIC_ID')
  access.check('READ', 'TOPIC', name)
  if (!image.topics.get(name)?.partitions[index]) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
}

function failedRow(broker: BrokerServices, wanted: SharedPartition, error: unknown): Row {
  if (!(error instanceof KafkaError)) throw error
  const leader = leaderInfo(broker, wanted, error.code)
  return { wanted, response: { ...emptyRow(wanted.index), errorCode: error.code, ...leader }, leader }
}

type Open = { readonly wanted: SharedPartition; readonly partition: SharePartition }

/** Reads what there is, once it is enough or the time is over. */
function waitForReads(
  broker: BrokerServices,
  { request, session, context }: Fetching,
  open: readonly Open[],
): Promise<SharedRead[]> {
  const read = () =>
    readShared(broker, session.groupId, open, Math.min(request.maxBytes, broker.config.get('fetch.max.bytes')))
  const minBytes = Math.min(request.minBytes, request.maxBytes)
  const isEnough = (reads: readonly SharedRead[]) =>
    reads.some(({ error, moved }) => error || moved) || reads.reduce((sum, { size }) => sum + size, 0) >= minBytes
  return new Promise((resolve) => {
    let stops: (() => void)[] = []
    const finish = (reads: SharedRead[]) => {
      timer.cancel()
      for (const stop of stops) stop()
      resolve(reads)
    }
    const timer = broker.runtime.clock.timer(request.maxWaitMs, () => finish(context.peer.closed ? [] : read()))
    const attempt = () => {
      for (const stop of stops) stop()
      const reads = read()
      if (isEnough(reads)) return finish(reads)
      for (const { release } of reads) release()
      // Whoever is gone must not be given anything.
      stops = [context.peer.onClosed(() => finish([]))]
      for (const { wanted, partition } of open) {
        stops.push(partition.onProgress(attempt))
        const name = broker.replicas.topicName(wanted.topicId)
        const log = name === undefined ? undefined : broker.replicas.find(name, wanted.index)
        if (log) stops.push(log.onProgress(attempt))
      }
    }
    attempt()
  })
}

function acquireAll(
  broker: BrokerServices,
  { request, session, context }: Fetching,
  reads: readonly SharedRead[],
): Row[] {
  let left = request.maxRecords
  context.afterSent(() => {
    for (const { release } of reads) release()
  })
  return reads.map((read) => {
    const { wanted } = read
    if (read.error) {
      broker.shares.failed(read.partition, read.error)
      return failedRow(broker, wanted, read.error)
    }
    const { memberId } = session
    const strict = request.shareAcquireMode === STRICT
    const { acquired, records } = read.acquire({ memberId, maxRecords: left, strict, batchSize: request.batchSize })
    for (const { firstOffset, lastOffset } of acquired) left -= lastOffset - firstOffset + 1
    return { wanted, response: { ...emptyRow(wanted.index), records, acquiredRecords: acquired } }
  })
}

export const emptyRow = (partitionIndex: number): PartitionResponse => ({
  partitionIndex,
  errorCode: Errors.NONE,
  acknowledgeErrorCode: Errors.NONE,
  currentLeader: { leaderId: 0, leaderEpoch: 0 },
  records: Buffer.alloc(0),
  acquiredRecords: [],
})
