import { AddPartitionsToTxn } from '../../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../../protocol/errors.ts'
import type { RequestOf } from '../../../protocol/schema/index.ts'
import { EPOCH_BUMPS, type Participants } from '../../coordinator/transaction/transaction.ts'
import { hasPartition } from '../../metadata/image.ts'
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
  return handler(AddPartitionsToTxn, async (request, { version }) => {
    if (version >= BATCHED) {
      const results = request.transactions.map(async (one) => ({
        transactionalId: one.transactionalId,
        topicResults: one.verifyOnly ? verify(broker, one) : await add(broker, one, one.topics, version),
      }))
      return { throttleTimeMs: 0, errorCode: Errors.NONE, resultsByTransaction: await Promise.all(results) }
    }
    const claim = {
      transactionalId: request.v3AndBelowTransactionalId,
      producerId: request.v3AndBelowProducerId,
      producerEpoch: request.v3AndBelowProducerEpoch,
    }
    return { throttleTimeMs: 0, resultsByTopicV3AndBelow: await add(broker, claim, request.v3AndBelowTopics, version) }
  })
}

type Claim = Pick<Transaction, 'transactionalId' | 'producerId' | 'producerEpoch'>

/** All partitions are added, or none. */
async function add(broker: BrokerServices, claim: Claim, topics: Topics, version: number) {
  const exists = (name: string, partition: number) => hasPartition(broker.image, name, partition)
  if (topics.some(({ name, partitions }) => partitions.some((one) => !exists(name, one))))
    return results(topics, (name, partition) =>
      exists(name, partition) ? Errors.OPERATION_NOT_ATTEMPTED : Errors.UNKNOWN_TOPIC_OR_PARTITION,
    )
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
