import { AlterPartitionReassignments } from '../../../protocol/apis/index.ts'
import { alterPartitionReassignments } from '../../controller/reassignments.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

export const alterPartitionReassignmentsHandler = (broker: Pick<BrokerServices, 'controller'>): Handler =>
  handler(AlterPartitionReassignments, (request, { access }) => {
    const refusal = access.refusal('ALTER', 'CLUSTER')
    if (refusal) {
      const { code: errorCode, message: errorMessage } = refusal
      const responses = request.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode, errorMessage })),
      }))
      return { throttleTimeMs: 0, errorCode, errorMessage, responses }
    }
    return broker.controller.submit((context) => alterPartitionReassignments(context, request))
  })
