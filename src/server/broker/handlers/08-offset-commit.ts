import { OffsetCommit } from '../../../protocol/apis/index.ts'
import { KafkaError } from '../../../protocol/errors.ts'
import type { RequestOf } from '../../../protocol/schema/index.ts'
import { commitOffsets } from '../../coordinator/group/offset-decisions.ts'
import type { GroupShard } from '../../coordinator/group/shard.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

type Request = RequestOf<typeof OffsetCommit>

/** The first version that names topics by id. */
const TOPIC_IDS = 10

export function offsetCommit(broker: BrokerServices): Handler {
  return handler(OffsetCommit, async (request, { version }) => {
    const usesIds = version >= TOPIC_IDS
    try {
      const shard = broker.groups.shard(request.groupId, true)
      checkCommit(broker, shard, request)
      const { image } = broker
      return await broker.groups.submit(shard, () =>
        commitOffsets(request, usesIds, {
          now: broker.runtime.clock.now(),
          maxMetadataBytes: broker.config.get('offset.metadata.max.bytes'),
          topicId: (name) => image.topics.get(name)?.id,
          topicName: (id) => image.topicNames.get(id),
          hasPartition: (topic, partition) => image.topics.get(topic)?.partitions[partition] !== undefined,
        }),
      )
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      const topics = request.topics.map(({ name, topicId, partitions }) => ({
        name,
        topicId,
        partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: error.code })),
      }))
      return { topics }
    }
  })
}

/** Only members of the present generation may commit, or anybody when the group has no members. */
function checkCommit({ groups }: BrokerServices, shard: GroupShard, request: Request): void {
  const { memberId, groupInstanceId, generationIdOrMemberEpoch: generation } = request
  const group = shard.find(request.groupId)
  if (!group) {
    if (generation >= 0) throw new KafkaError('ILLEGAL_GENERATION')
    return
  }
  if (generation < 0 && group.state === 'Empty') return
  if (generation < 0 && memberId === '' && groupInstanceId === null) throw new KafkaError('UNKNOWN_MEMBER_ID')
  const member = groups.membership.checkMember(group, memberId, groupInstanceId)
  if (generation !== group.generation) throw new KafkaError('ILLEGAL_GENERATION')
  if (group.state === 'CompletingRebalance') throw new KafkaError('REBALANCE_IN_PROGRESS')
  groups.membership.keepAlive(group, member)
}
