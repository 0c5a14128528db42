import { AddOffsetsToTxn, TxnOffsetCommit } from '../../protocol/apis/index.ts'
import { describeError, Errors, KafkaError } from '../../protocol/errors.ts'
import type { ResponseOf } from '../../protocol/schema/index.ts'
import type { Cluster } from '../cluster.ts'
import { commitRow } from '../group-offsets.ts'
import { type CommitOffset, type GroupMetadata, groupByTopic } from '../types.ts'
import type { ProducerIdentity } from './partition-queue.ts'

/** The last version before brokers added the group to the transaction by themselves (KIP-890). */
const EXPLICIT = 4
/** The first version that says which member of the group commits (KIP-447). */
const MEMBERS = 3

interface Context {
  readonly cluster: Cluster
  readonly transactionalId: string
  readonly timeoutMs: number
}

/** Tells the transaction's coordinator that offsets of a group will belong to the transaction. */
export async function addOffsets(context: Context, producer: ProducerIdentity, groupId: string): Promise<void> {
  const { cluster, transactionalId, timeoutMs } = context
  await cluster.call(
    AddOffsetsToTxn,
    { transactionalId, producerId: producer.id, producerEpoch: producer.epoch, groupId },
    { call: 'AddOffsetsToTxn', to: { transactionalId }, timeoutMs, errorOf: ({ errorCode }) => errorCode },
  )
}

/** Gives offsets to the group's coordinator, where they count once the transaction is committed. `implicit` adds the group to it. */
export async function commitOffsets(
  context: Context,
  producer: ProducerIdentity,
  group: GroupMetadata,
  offsets: readonly CommitOffset[],
  implicit: boolean,
): Promise<void> {
  const { cluster, transactionalId, timeoutMs } = context
  const topics = Array.from(groupByTopic(offsets), ([name, rows]) => ({ name, partitions: rows.map(commitRow) }))
  const { groupId, generationId, memberId, groupInstanceId = null } = group
  const request = { transactionalId, groupId, producerId: producer.id, producerEpoch: producer.epoch, topics }
  await cluster.call(
    TxnOffsetCommit,
    (version) => {
      if (version >= MEMBERS) return { ...request, generationId, memberId, groupInstanceId }
      if (memberId === '') return request
      throw new KafkaError(
        'UNSUPPORTED_VERSION',
        'The broker cannot check that the member still belongs to its group (KIP-447).',
      )
    },
    {
      call: 'TxnOffsetCommit',
      to: { group: groupId },
      maxVersion: implicit ? undefined : EXPLICIT,
      timeoutMs,
      errorOf: commitError,
    },
  )
}

/** The error of a partition that ends the matter, or else one that may pass. */
function commitError({ topics }: ResponseOf<typeof TxnOffsetCommit>): KafkaError | number {
  const codes = topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode))
  const errors = codes.filter((code) => code !== Errors.NONE)
  return errors.find((code) => !describeError(code).retriable) ?? errors[0] ?? Errors.NONE
}
