import { OffsetDelete } from '../../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../../protocol/errors.ts'
import { notOfConsumers } from '../../coordinator/group/group-coordinator.ts'
import { ShareGroup } from '../../coordinator/group/modern/share/share-group.ts'
import type { GroupRecord } from '../../coordinator/group/records.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

/** Takes back committed offsets of topics that nobody in the group reads (KIP-496). */
export function offsetDelete(broker: BrokerServices): Handler {
  return handler(OffsetDelete, async ({ groupId, topics }, { access }) => {
    access.check('DELETE', 'GROUP', groupId)
    const { groups, image } = broker
    const shard = groups.shard(groupId)
    const group = shard.get(groupId)
    if (group instanceof ShareGroup) throw notOfConsumers(group)
    // Only of groups that say what they read can be known what nobody reads.
    if (group.state !== 'Empty' && group.protocolType !== 'consumer') throw new KafkaError('NON_EMPTY_GROUP')
    const records: GroupRecord[] = []
    const results = topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => {
        const refusal = access.refusal('READ', 'TOPIC', name)
        if (refusal) return { partitionIndex, errorCode: refusal.code as number }
        if (image.topics.get(name)?.partitions[partitionIndex] === undefined)
          return { partitionIndex, errorCode: Errors.UNKNOWN_TOPIC_OR_PARTITION as number }
        if (group.isSubscribed(name)) return { partitionIndex, errorCode: Errors.GROUP_SUBSCRIBED_TO_TOPIC as number }
        const { offsets, pending } = shard
        const committed =
          offsets.get(groupId)?.get(name, partitionIndex) !== undefined || pending.has(groupId, name, partitionIndex)
        if (committed)
          records.push({ type: 'offset', group: groupId, topic: name, partition: partitionIndex, value: undefined })
        return { partitionIndex, errorCode: Errors.NONE as number }
      }),
    }))
    await groups.submit(shard, () => ({ records, reply: undefined }))
    return { errorCode: Errors.NONE, topics: results }
  })
}
