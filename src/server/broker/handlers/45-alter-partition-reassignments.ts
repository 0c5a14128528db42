import { AlterPartitionReassignments } from '../../../protocol/apis/index.ts'
import { alterPartitionReassignments } from '../../controller/reassignments.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

export const alterPartitionReassignmentsHandler = (broker: Pick<BrokerServices, 'image'>): Handler =>
  handler(AlterPartitionReassignments, (request) => alterPartitionReassignments(broker.image, request))
