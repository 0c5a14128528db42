import { ShareAcknowledge, ShareFetch } from '../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../protocol/errors.ts'
import type { ResponseOf } from '../../protocol/schema/index.ts'
import type { Uuid } from '../../std/uuid.ts'
import type { NodeClient } from '../node.ts'
import { type Acknowledgements, acknowledgementBatches } from './acknowledgements.ts'
import type { AssignedPartition } from './share-membership.ts'

export interface ShareFetchLimits {
  readonly maxWaitMs: number
  readonly minBytes: number
  readonly maxBytes: number
  readonly maxRecords: number
}

const CLOSING = -1
const keyOf = (topicId: Uuid, partition: number): string => `${topicId}:${partition}`

/** What became of acknowledgements of one partition. */
export interface Acknowledged extends AssignedPartition {
  readonly offsets: readonly number[]
  readonly error: KafkaError | undefined
}

type FetchAnswer = ResponseOf<typeof ShareFetch>
type Sent = Map<string, AssignedPartition & { readonly acknowledgements: Acknowledgements }>

/** A member's session with one broker: one request at a time, each with the next epoch; the broker remembers the partitions. */
export class ShareSession {
  private epoch = 0
  private known = new Map<string, AssignedPartition>()
  private waiting: Sent = new Map()
  /** The request that is on its way. */
  busy: Promise<unknown> | undefined

  constructor(
    readonly node: NodeClient,
    private readonly groupId: string,
    private readonly memberId: string,
    private readonly onAcknowledged: (result: Acknowledged) => void,
  ) {}

  /** Keeps what is to be told with the next request. */
  acknowledge({ topicId, partition }: AssignedPartition, offset: number, code: number): void {
    const key = keyOf(topicId, partition)
    const entry = this.waiting.get(key) ?? { topicId, partition, acknowledgements: new Map() }
    entry.acknowledgements.set(offset, code)
    this.waiting.set(key, entry)
  }

  /** Asks for records of these partitions; rejects with the error of the whole, after which the session begins anew. */
  fetch(wanted: readonly AssignedPartition[], limits: ShareFetchLimits): Promise<FetchAnswer> {
    const target = new Map(wanted.map((where) => [keyOf(where.topicId, where.partition), where]))
    const isFirst = this.epoch === 0
    if (isFirst) this.beginAnew()
    const sent = this.takeWaiting()
    const added = [...target].filter(([key]) => !this.known.has(key)).map(([, where]) => where)
    const forgotten = [...this.known].filter(([key]) => !target.has(key)).map(([, where]) => where)
    this.known = target
    const topics = byTopic([...added, ...sent.values()], ({ topicId, partition }) => ({
      partitionIndex: partition,
      acknowledgementBatches: batchesOf(sent, topicId, partition),
    }))
    const forgottenTopicsData = byTopic(forgotten, ({ partition }) => partition)
    const { groupId, memberId } = this
    const { maxRecords, ...rest } = limits
    return this.inTurn(sent, async () => {
      const answer = await this.node.send(
        ShareFetch,
        {
          ...{ groupId, memberId, shareSessionEpoch: this.epoch, ...rest },
          ...{ maxRecords, batchSize: maxRecords, topics, forgottenTopicsData },
        },
        { timeoutMs: limits.maxWaitMs + 30_000 },
      )
      this.settle(answer)
      this.report(sent, answer.responses, ({ acknowledgeErrorCode, acknowledgeErrorMessage }) =>
        errorOf(acknowledgeErrorCode, acknowledgeErrorMessage),
      )
      return answer
    })
  }

  /** Tells what waits, and with `close` ends the session, which releases what was acquired and not told of. */
  async flush(close = false): Promise<void> {
    await this.busy?.catch(() => {})
    if (this.epoch === 0) return this.beginAnew()
    if (this.waiting.size === 0 && !close) return
    const sent = this.takeWaiting()
    const topics = byTopic([...sent.values()], ({ topicId, partition }) => ({
      partitionIndex: partition,
      acknowledgementBatches: batchesOf(sent, topicId, partition),
    }))
    const { groupId, memberId } = this
    await this.inTurn(sent, async () => {
      const shareSessionEpoch = close ? CLOSING : this.epoch
      const answer = await this.node.send(ShareAcknowledge, { groupId, memberId, shareSessionEpoch, topics })
      this.settle(answer)
      this.report(sent, answer.responses, ({ errorCode, errorMessage }) => errorOf(errorCode, errorMessage))
    })
  }

  /** A new session knows nothing of what an old one acquired: the broker would refuse to hear of it. */
  private beginAnew(): void {
    this.known.clear()
    this.fail(this.takeWaiting(), new KafkaError('INVALID_SHARE_SESSION_EPOCH'))
  }

  private fail(sent: Sent, error: KafkaError): void {
    for (const { acknowledgements, ...where } of sent.values())
      this.onAcknowledged({ ...where, offsets: [...acknowledgements.keys()], error })
  }

  private takeWaiting(): Sent {
    const taken = this.waiting
    this.waiting = new Map()
    return taken
  }

  private inTurn<T>(sent: Sent, request: () => Promise<T>): Promise<T> {
    const turn = request()
      .catch((error: unknown) => {
        this.epoch = 0
        this.fail(sent, error instanceof KafkaError ? error : new KafkaError('NETWORK_EXCEPTION', String(error)))
        throw error
      })
      .finally(() => {
        this.busy = undefined
      })
    this.busy = turn
    return turn
  }

  private settle({
    errorCode,
    errorMessage,
  }: {
    readonly errorCode: number
    readonly errorMessage: string | null
  }): void {
    const error = errorOf(errorCode, errorMessage)
    if (error) throw error
    this.epoch = this.epoch === 0x7fff_ffff ? 1 : this.epoch + 1
  }

  private report<P extends { readonly partitionIndex: number }>(
    sent: Sent,
    responses: readonly { readonly topicId: Uuid; readonly partitions: readonly P[] }[],
    errorIn: (row: P) => KafkaError | undefined,
  ): void {
    const errors = new Map<string, KafkaError | undefined>()
    for (const { topicId, partitions } of responses)
      for (const row of partitions) errors.set(keyOf(topicId, row.partitionIndex), errorIn(row))
    for (const [key, { acknowledgements, ...where }] of sent)
      this.onAcknowledged({ ...where, offsets: [...acknowledgements.keys()], error: errors.get(key) })
  }
}

const errorOf = (code: number, message: string | null): KafkaError | undefined =>
  code === Errors.NONE ? undefined : new KafkaError(code, message ?? undefined)

const batchesOf = (sent: Sent, topicId: Uuid, partition: number) => {
  const entry = sent.get(keyOf(topicId, partition))
  return entry ? acknowledgementBatches(entry.acknowledgements) : []
}

/** Partitions by topic, each once. */
function byTopic<T>(partitions: readonly AssignedPartition[], make: (where: AssignedPartition) => T) {
  const topics = new Map<Uuid, Map<number, T>>()
  for (const where of partitions) {
    const list = topics.get(where.topicId) ?? new Map<number, T>()
    list.set(where.partition, make(where))
    topics.set(where.topicId, list)
  }
  return Array.from(topics, ([topicId, list]) => ({ topicId, partitions: [...list.values()] }))
}
