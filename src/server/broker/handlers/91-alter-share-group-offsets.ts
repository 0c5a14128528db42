import { AlterShareGroupOffsets } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { checkShareVersion } from './share-requests.ts'

/** Sets anew where a share group without members begins to read. */
export function alterShareGroupOffsets(broker: BrokerServices): Handler {
  return handler(AlterShareGroupOffsets, async (request) => {
    checkShareVersion(broker)
    const { groups } = broker
    const responses = await groups.shares.administration.alterOffsets(groups.shard(request.groupId), request)
    return { throttleTimeMs: 0, errorCode: Errors.NONE, errorMessage: null, responses }
  })
}
