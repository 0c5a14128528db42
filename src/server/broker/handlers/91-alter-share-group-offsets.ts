import { AlterShareGroupOffsets } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import { ZERO_UUID } from '../../../std/uuid.ts'
import { divide } from '../access/divide.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { checkShareVersion } from './share-requests.ts'

/** Sets anew where a share group without members begins to read. */
export function alterShareGroupOffsets(broker: BrokerServices): Handler {
  return handler(AlterShareGroupOffsets, async (request, { access }) => {
    checkShareVersion(broker)
    const refusal = access.refusal('READ', 'GROUP', request.groupId)
    if (refusal) return { throttleTimeMs: 0, errorCode: refusal.code, errorMessage: refusal.message, responses: [] }
    const { permitted, refused } = divide(request.topics, ({ topicName }) => access.refusal('READ', 'TOPIC', topicName))
    const rows = refused.map(({ item: { topicName, partitions }, error }) => ({
      ...{ topicName, topicId: broker.image.topics.get(topicName)?.id ?? ZERO_UUID },
      partitions: partitions.map(({ partitionIndex }) => ({
        ...{ partitionIndex, errorCode: error.code, errorMessage: error.message },
      })),
    }))
    const { groups } = broker
    const asked = { ...request, topics: [...permitted] }
    const responses = await groups.shares.administration.alterOffsets(groups.shard(request.groupId), asked)
    return { throttleTimeMs: 0, errorCode: Errors.NONE, errorMessage: null, responses: [...responses, ...rows] }
  })
}
