import { AlterClientQuotas } from '../../../protocol/apis/index.ts'
import { alterClientQuotas } from '../../controller/quotas.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

export const alterClientQuotasHandler = (broker: Pick<BrokerServices, 'controller'>): Handler =>
  handler(AlterClientQuotas, (request, { access }) => {
    const refusal = access.refusal('ALTER_CONFIGS', 'CLUSTER')
    if (refusal) {
      const { code: errorCode, message: errorMessage } = refusal
      return { throttleTimeMs: 0, entries: request.entries.map(({ entity }) => ({ errorCode, errorMessage, entity })) }
    }
    return broker.controller.submit(({ image }) => alterClientQuotas(image, request))
  })
