import { AssignReplicasToDirs } from '../../../protocol/apis/index.ts'
import { assignReplicasToDirs } from '../../controller/replica-dirs.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

/** A broker tells in which of its directories replicas lie (KIP-858). */
export const assignReplicasToDirsHandler = ({ controller }: Pick<BrokerServices, 'controller'>): Handler =>
  handler(AssignReplicasToDirs, (request, { access }) => {
    access.check('CLUSTER_ACTION', 'CLUSTER')
    return controller.submit((context) => assignReplicasToDirs(context, request))
  })
