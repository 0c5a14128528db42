import { BrokerHeartbeat } from '../../../protocol/apis/index.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

/** A broker lives, and says whether it wants to serve or to stop (KIP-631). */
export const brokerHeartbeatHandler = ({ care }: Pick<BrokerServices, 'care'>): Handler =>
  handler(BrokerHeartbeat, (request, { access }) => {
    access.check('CLUSTER_ACTION', 'CLUSTER')
    return care.heartbeat(request)
  })
