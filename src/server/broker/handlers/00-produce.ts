import { NO_ANSWER } from '../../../network/frame-handler.ts'
import { Produce } from '../../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../../protocol/errors.ts'
import { producerId } from '../../../protocol/records/batch.ts'
import type { RequestOf, ResponseInput } from '../../../protocol/schema/index.ts'
import { copyOf } from '../../../std/bytes.ts'
import { isInternal } from '../../controller/topic-name.ts'
import type { Partition } from '../../replication/partition.ts'
import type { AppendResult } from '../../storage/log.ts'
import { InvalidRecords } from '../../storage/record-walk.ts'
import { silenceAfterProduce } from '../quotas/silence.ts'
import { type Handler, handler, type RequestContext } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { admitBatch, checkIsFirst, isTransactional } from './admission.ts'
import { AdmissionOrder } from './admission-order.ts'

type Request = RequestOf<typeof Produce>
type TopicResponse = ResponseInput<typeof Produce>['responses'][number]
type PartitionResponse = TopicResponse['partitionResponses'][number]
/** Filled in while the request is handled, and once more if its bytes cannot be written. */
type Outcome = { -readonly [K in keyof PartitionResponse]: PartitionResponse[K] }

/** The first version that names topics by id (KIP-516). */
const TOPIC_IDS = 13

/**
 * Appends the batches of a request, each to its partition; a partition's error leaves the others alone. The answer waits until the bytes
 * are with the operating system. With acks=0 there is no answer, and an error closes the connection, as the only way to be heard.
 */
export function produce(broker: BrokerServices): Handler {
  const order = new AdmissionOrder()
  return handler(Produce, (request, context) => {
    if (mustNotWrite(request, context)) return refuseAll(request, context)
    const pending: Promise<void>[] = []
    const responses = request.topicData.map((topic) => produceTopic(broker, order, request, topic, context, pending))
    const throttleTimeMs = silenceAfterProduce(broker, context)
    if (request.acks === 0) return withoutAnswer(responses)
    if (pending.length === 0) return { responses, throttleTimeMs }
    return Promise.all(pending).then(() => ({ responses, throttleTimeMs }))
  })
}

/** Whether there is something of a transaction that the sender has no right to, or does not name. */
function mustNotWrite({ topicData, transactionalId }: Request, { access }: RequestContext): boolean {
  for (const { partitionData } of topicData)
    for (const { records } of partitionData)
      if (records !== null && isTransactional(records))
        return transactionalId === null || access.refusal('WRITE', 'TRANSACTIONAL_ID', transactionalId) !== undefined
  return false
}

function refuseAll({ acks, topicData }: Request, { version }: RequestContext) {
  const responses = topicData.map(({ name, topicId, partitionData }) => ({
    ...(version >= TOPIC_IDS ? { topicId } : { name }),
    partitionResponses: partitionData.map(({ index }) => ({
      ...{ index, errorCode: Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, baseOffset: -1 },
    })),
  }))
  return acks === 0 ? withoutAnswer(responses) : { responses }
}

function withoutAnswer(responses: readonly TopicResponse[]): typeof NO_ANSWER {
  for (const { partitionResponses } of responses)
    for (const { errorCode } of partitionResponses) if (errorCode !== Errors.NONE) throw new ClosedForError(errorCode)
  return NO_ANSWER
}

/** Not a `KafkaError`, which would be answered. */
class ClosedForError extends Error {
  constructor(code: number) {
    super(`a produce request with acks=0 failed with error ${code}`)
  }
}

function produceTopic(
  broker: BrokerServices,
  order: AdmissionOrder,
  request: Request,
  topic: Request['topicData'][number],
  { version, clientId, access }: RequestContext,
  pending: Promise<void>[],
): TopicResponse {
  const name = version >= TOPIC_IDS ? broker.replicas.topicName(topic.topicId) : topic.name
  const refusal = name === undefined ? undefined : access.refusal('WRITE', 'TOPIC', name)
  const partitionResponses = topic.partitionData.map(({ index, records }) => {
    const response: Outcome = { index, errorCode: 0, baseOffset: -1 }
    try {
      if (name === undefined) throw new KafkaError('UNKNOWN_TOPIC_ID')
      if (refusal) throw refusal
      if (isInternal(name) && clientId !== '__admin_client')
        throw new KafkaError('INVALID_TOPIC_EXCEPTION', `Cannot append to internal topic ${name}`)
      if (request.acks !== 0 && request.acks !== 1 && request.acks !== -1) throw new KafkaError('INVALID_REQUIRED_ACKS')
      const partition = broker.replicas.get(name, index)
      const inTransaction = records !== null && isTransactional(records)
      const admitted = inTransaction
        ? order.after(
            partition,
            producerId(records),
            admitBatch(broker, partition, records, request.transactionalId as string, version),
          )
        : undefined
      if (admitted)
        pending.push(
          appendLater(broker, order, partition, copyOf(records as Buffer), request, version, admitted, response),
        )
      else {
        if (inTransaction) checkIsFirst(partition, records, version)
        const result = append(broker, partition, records, request, version)
        answer(response, result)
        const failed = (error: unknown) => fill(response, error)
        if (result.written) {
          pending.push(result.written.catch(failed))
          // Followers can have what the system has; here nobody waits for it alone.
          if (partition.isReplicated && !result.duplicate) broker.writes.add(partition, failed)
        } else if (request.acks !== 0 && !result.duplicate) broker.writes.add(partition, failed)
      }
    } catch (error) {
      fill(response, error)
    }
    return response
  })
  return version >= TOPIC_IDS
    ? { topicId: topic.topicId, partitionResponses }
    : { name: topic.name, partitionResponses }
}

function answer(response: Outcome, { baseOffset, logAppendTime, logStartOffset }: AppendResult): void {
  response.baseOffset = baseOffset
  response.logAppendTimeMs = logAppendTime
  response.logStartOffset = logStartOffset
}

/** Appends once the disk has what lets the batch into its transaction; `records` are its own by then. */
async function appendLater(
  broker: BrokerServices,
  order: AdmissionOrder,
  partition: Partition,
  records: Buffer,
  request: Request,
  version: number,
  admitted: Promise<void>,
  response: Outcome,
): Promise<void> {
  const appended = admitted.then(() => {
    checkIsFirst(partition, records, version)
    const result = append(broker, partition, records, request, version, false)
    answer(response, result)
    return { written: result.written }
  })
  order.wait(partition, producerId(records), appended)
  try {
    await (await appended).written
  } catch (error) {
    fill(response, error)
  }
}

function fill(response: Outcome, error: unknown): void {
  const known = error instanceof KafkaError ? error : new KafkaError('KAFKA_STORAGE_ERROR', undefined, { cause: error })
  response.errorCode = known.code
  response.errorMessage = known.message
  if (known instanceof InvalidRecords)
    response.recordErrors = known.recordErrors.map((one) => ({ ...one, batchIndexErrorMessage: null }))
  response.baseOffset = -1
}

function append(
  broker: BrokerServices,
  partition: Partition,
  records: Buffer | null,
  { acks, timeoutMs }: Request,
  version: number,
  // Without an answer an error must be known at once.
  gather = acks !== 0,
): AppendResult {
  if (records === null || records.length === 0)
    throw new KafkaError(
      'INVALID_RECORD',
      `Produce requests with version ${version} must have exactly one record batch per partition`,
    )
  return partition.append(records, {
    origin: 'client',
    requiredAcks: acks,
    minInSync: broker.replicas.minInSync(partition.topic),
    timeoutMs,
    producedWith: version,
    gather,
  })
}
