import { AlterClientQuotas } from '../../../protocol/apis/index.ts'
import { alterClientQuotas } from '../../controller/quotas.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

export const alterClientQuotasHandler = (broker: Pick<BrokerServices, 'controller'>): Handler =>
  handler(AlterClientQuotas, (request) => broker.controller.submit(({ image }) => alterClientQuotas(image, request)))
