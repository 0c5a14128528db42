import { TxnOffsetCommit } from '../../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../../protocol/errors.ts'
import type { RequestOf } from '../../../protocol/schema/index.ts'
import { ZERO_UUID } from '../../../std/uuid.ts'
import { commitOffsets } from '../../coordinator/group/offset-decisions.ts'
import type { GroupShard } from '../../coordinator/group/shard.ts'
import { hasPartition } from '../../metadata/image.ts'
import { divide } from '../access/divide.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { commitContext } from './08-offset-commit.ts'
import { admissionOfOffsets, admit } from './admission.ts'

type Request = RequestOf<typeof TxnOffsetCommit>

/** Takes offsets of a group into a transaction: they count when it is committed (KIP-98, KIP-447). */
export function txnOffsetCommit(broker: BrokerServices): Handler {
  return handler(TxnOffsetCommit, async (all, { version, access }) => {
    const forbidden =
      access.refusal('WRITE', 'TRANSACTIONAL_ID', all.transactionalId) ?? access.refusal('READ', 'GROUP', all.groupId)
    const { permitted, refused } = divide(all.topics, ({ name }) => forbidden ?? access.refusal('READ', 'TOPIC', name))
    const rows = refused.map(({ item: { name, partitions }, error }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: error.code as number })),
    }))
    if (permitted.length === 0 && rows.length > 0) return { throttleTimeMs: 0, topics: rows }
    const { topics } = await handlePermitted({ ...all, topics: [...permitted] }, version)
    return { throttleTimeMs: 0, topics: [...topics, ...rows] }
  })

  async function handlePermitted(request: Request, version: number) {
    const exists = (name: string, partition: number) => hasPartition(broker.image, name, partition)
    const refuse = (code: number) => ({
      throttleTimeMs: 0,
      topics: request.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => ({
          partitionIndex,
          errorCode: exists(name, partitionIndex) ? code : Errors.UNKNOWN_TOPIC_OR_PARTITION,
        })),
      })),
    })
    const namesPartition = request.topics.some(({ name, partitions }) =>
      partitions.some(({ partitionIndex }) => exists(name, partitionIndex)),
    )
    if (!namesPartition) return refuse(Errors.UNKNOWN_TOPIC_OR_PARTITION)
    try {
      return { throttleTimeMs: 0, ...(await commit(broker, request, version)) }
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      return refuse(error.error === 'NOT_ENOUGH_REPLICAS' ? Errors.COORDINATOR_NOT_AVAILABLE : error.code)
    }
  }
}

async function commit(broker: BrokerServices, request: Request, version: number) {
  const shard = broker.groups.shard(request.groupId)
  const { topic, index } = shard.partition
  await admit(broker, request, topic, index, admissionOfOffsets(version))
  checkMember(broker, shard, request)
  const topics = request.topics.map((one) => ({ ...one, topicId: ZERO_UUID }))
  // Records of transactions name topics only.
  const context = { ...commitContext(broker), topicId: () => ZERO_UUID }
  const written = shard.submitIn(request, () =>
    commitOffsets({ groupId: request.groupId, retentionTimeMs: -1, topics }, false, context),
  )
  return broker.groups.whenCommitted(written)
}

function checkMember({ groups, image }: BrokerServices, shard: GroupShard, request: Request): void {
  const { groupId, memberId, groupInstanceId: instanceId, generationId } = request
  const group = shard.find(groupId)
  const partitions = request.topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex }) => ({
      topic: name,
      topicId: image.topics.get(name)?.id ?? ZERO_UUID,
      partition: partitionIndex,
    })),
  )
  const about = { memberId, instanceId, memberEpoch: generationId, partitions }
  if (group) groups.checkCommit(group, { ...about, inTransaction: true, knowsEpochs: true })
  else if (generationId >= 0) throw new KafkaError('ILLEGAL_GENERATION')
}
