import { UnregisterBroker } from '../../../protocol/apis/index.ts'
import { unregisterBroker } from '../../controller/brokers.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

export const unregisterBrokerHandler = ({ controller }: Pick<BrokerServices, 'controller'>): Handler =>
  handler(UnregisterBroker, ({ brokerId }, { access }) => {
    access.check('ALTER', 'CLUSTER')
    return controller.submit((context) => unregisterBroker(context, brokerId))
  })
