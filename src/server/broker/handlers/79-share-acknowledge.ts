import { ShareAcknowledge } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import type { ResponseInput } from '../../../protocol/schema/index.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { acknowledgeShared, checkShareRequest, leaderInfo, nodeEndpoints, withoutSentence } from './share-requests.ts'

type PartitionResponse = ResponseInput<typeof ShareAcknowledge>['responses'][number]['partitions'][number]

const FINAL_EPOCH = -1

/** Hears what becomes of records that a share group's member was given (KIP-932). The answer waits until that is safe. */
export function shareAcknowledge(broker: BrokerServices): Handler {
  return handler(ShareAcknowledge, (request, { version, access, peer }) =>
    withoutSentence(async () => {
      const { groupId, memberId } = checkShareRequest(broker, access, request)
      const session = broker.shareSessions.acknowledging(groupId, memberId, request.shareSessionEpoch)
      const acknowledged = await acknowledgeShared(broker, { ...request, groupId, memberId }, { version, access })
      const topics = new Map<string, PartitionResponse[]>()
      const leaders = acknowledged.map((row) => leaderInfo(broker, row, row.error?.code ?? Errors.NONE))
      for (const [at, { topicId, index, error, sentence }] of acknowledged.entries()) {
        const row = {
          ...{ partitionIndex: index, errorCode: error?.code ?? Errors.NONE, errorMessage: sentence },
          currentLeader: leaders[at]?.currentLeader ?? { leaderId: 0, leaderEpoch: 0 },
        }
        topics.set(topicId, [...(topics.get(topicId) ?? []), row])
      }
      if (request.shareSessionEpoch === FINAL_EPOCH) broker.shareSessions.end(session)
      return {
        throttleTimeMs: 0,
        errorCode: Errors.NONE as number,
        acquisitionLockTimeoutMs: broker.shareRules(groupId).lockMs,
        responses: Array.from(topics, ([topicId, partitions]) => ({ topicId, partitions })),
        nodeEndpoints: nodeEndpoints(broker, leaders, peer.listener),
      }
    }),
  )
}
