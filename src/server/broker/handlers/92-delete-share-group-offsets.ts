import { DeleteShareGroupOffsets } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { checkShareVersion } from './share-requests.ts'

/** Has a share group without members forget what it read of topics. */
export function deleteShareGroupOffsets(broker: BrokerServices): Handler {
  return handler(DeleteShareGroupOffsets, async (request) => {
    checkShareVersion(broker)
    const { groups } = broker
    const responses = await groups.shares.administration.deleteOffsets(groups.shard(request.groupId), request)
    return { throttleTimeMs: 0, errorCode: Errors.NONE, errorMessage: null, responses }
  })
}
