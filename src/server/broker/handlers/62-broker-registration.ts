import { BrokerRegistration } from '../../../protocol/apis/index.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

/** A broker starts, and wants to be part of the cluster (KIP-631). */
export const brokerRegistrationHandler = ({ care }: Pick<BrokerServices, 'care'>): Handler =>
  handler(BrokerRegistration, (request, { access }) => {
    access.check('CLUSTER_ACTION', 'CLUSTER')
    return care.register(request)
  })
