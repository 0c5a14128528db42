import { AddPartitionsToTxn } from '../../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../../protocol/errors.ts'
import type { RequestOf } from '../../../protocol/schema/index.ts'
import { EPOCH_BUMPS, type Participants } from '../../coordinator/transaction/transaction.ts'
import { hasPartition, type MetadataImage } from '../../metadata/image.ts'
import type { Access } from '../access/access.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { oldError } from './22-init-producer-id.ts'
import { attempt, attemptLater } from './attempt.ts'

type Transaction = RequestOf<typeof AddPartitionsToTxn>['transactions'][number]
type Topics = Transaction['topics']

/** The first version in which one request speaks for many producers: brokers' own. */
const BATCHED = 4
const TELLS_FENCED = 2
/** Only from 5 on the sender knows that ends of transactions bring new epochs. */
const BUMPS = 5

/** Tells the coordinator which partitions take part, or asks it whether they do (`verifyOnly`). */
export function addPartitionsToTxn(broker: BrokerServices): Handler {
  return handler(AddPartitionsToTxn, async (request, { version, access }) => {
    if (version >= BATCHED) {
      access.check('CLUSTER_ACTION', 'CLUSTER')
      const results = request.transactions.map(async (one) => ({
        transactionalId: one.transactionalId,
        topicResults:
          missingOf(broker, one.topics) ??
          (one.verifyOnly ? verify(broker, one) : await add(broker, one, one.topics, version)),
      }))
      return { throttleTimeMs: 0, errorCode: Errors.NONE, resultsByTransaction: await Promise.all(results) }
    }
    const claim = {
      transactionalId: request.v3AndBelowTransactionalId,
      producerId: request.v3AndBelowProducerId,
      producerEpoch: request.v3AndBelowProducerEpoch,
    }
    const { v3AndBelowTopics: topics } = request
    const rows =
      refusalOf(broker, access, claim.transactionalId, topics) ??
      missingOf(broker, topics) ??
      (await add(broker, claim, topics, version))
    return { throttleTimeMs: 0, resultsByTopicV3AndBelow: rows }
  })
}

/** Undefined for a client that may write in this transaction to all of these topics. */
function refusalOf({ image }: BrokerServices, access: Access, transactionalId: string, topics: Topics) {
  const forbidden = access.refusal('WRITE', 'TRANSACTIONAL_ID', transactionalId)
  if (forbidden) return results(topics, () => forbidden.code)
  const refused = new Map(topics.map(({ name }) => [name, access.refusal('WRITE', 'TOPIC', name)?.code]))
  if ([...refused.values()].every((code) => code === undefined)) return undefined
  return results(topics, (name, partition) => refused.get(name) ?? notAttempted(image, name, partition))
}

/** Undefined when all partitions are there. */
function missingOf({ image }: BrokerServices, topics: Topics) {
  if (topics.every(({ name, partitions }) => partitions.every((one) => hasPartition(image, name, one))))
    return undefined
  return results(topics, (name, partition) => notAttempted(image, name, partition))
}

/** All partitions are added, or none. */
const notAttempted = (image: MetadataImage, name: string, partition: number): number =>
  hasPartition(image, name, partition) ? Errors.OPERATION_NOT_ATTEMPTED : Errors.UNKNOWN_TOPIC_OR_PARTITION

type Claim = Pick<Transaction, 'transactionalId' | 'producerId' | 'producerEpoch'>

async function add(broker: BrokerServices, claim: Claim, topics: Topics, version: number) {
  const code = await attemptLater(
    async () => {
      await broker.transactions.add(claim, participantsOf(topics), version >= BUMPS ? EPOCH_BUMPS : 0)
      return Errors.NONE as number
    },
    (error) => oldError(error.code, version, TELLS_FENCED),
  )
  return results(topics, () => code)
}

function verify(broker: BrokerServices, transaction: Transaction) {
  return results(transaction.topics, (name, partition) =>
    attempt(
      () => {
        if (transaction.transactionalId === '') throw new KafkaError('INVALID_REQUEST')
        broker.transactions.verify(transaction, name, partition)
        return Errors.NONE as number
      },
      ({ code }) => code,
    ),
  )
}

const results = (topics: Topics, errorOf: (topic: string, partition: number) => number) =>
  topics.map(({ name, partitions }) => ({
    name,
    resultsByPartition: partitions.map((partitionIndex) => ({
      partitionIndex,
      partitionErrorCode: errorOf(name, partitionIndex),
    })),
  }))

function participantsOf(topics: Topics): Participants {
  const all = new Map<string, Set<number>>()
  for (const { name, partitions } of topics) all.set(name, new Set([...(all.get(name) ?? []), ...partitions]))
  return all
}
