import { ElectLeaders } from '../../../protocol/apis/index.ts'
import { electLeaders } from '../../controller/elections.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

/** The first version with a place for an error of the whole request. */
const TELLS_ERROR = 1

export const electLeadersHandler = (broker: Pick<BrokerServices, 'controller'>): Handler =>
  handler(ElectLeaders, (request, { version, access }) => {
    const refusal = access.refusal('ALTER', 'CLUSTER')
    if (refusal) {
      const { code: errorCode, message: errorMessage } = refusal
      const replicaElectionResults = (request.topicPartitions ?? []).map(({ topic, partitions }) => ({
        topic,
        partitionResult: partitions.map((partitionId) => ({ partitionId, errorCode, errorMessage })),
      }))
      return { throttleTimeMs: 0, ...(version >= TELLS_ERROR ? { errorCode } : {}), replicaElectionResults }
    }
    return broker.controller.submit((context) => electLeaders(context, request))
  })
