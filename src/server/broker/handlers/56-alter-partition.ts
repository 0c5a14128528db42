import { AlterPartition } from '../../../protocol/apis/index.ts'
import { alterPartition } from '../../controller/alter-partition.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

/** The leader of a partition tells who is in sync (KIP-497). */
export const alterPartitionHandler = ({ controller }: Pick<BrokerServices, 'controller'>): Handler =>
  handler(AlterPartition, (request, { access }) => {
    access.check('CLUSTER_ACTION', 'CLUSTER')
    return controller.submit((context) => alterPartition(context, request))
  })
