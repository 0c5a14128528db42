import { DescribeClientQuotas } from '../../../protocol/apis/index.ts'
import { describeClientQuotas } from '../../controller/quotas.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { attempt } from './attempt.ts'

export const describeClientQuotasHandler = (broker: Pick<BrokerServices, 'image'>): Handler =>
  handler(DescribeClientQuotas, (request, { access }) =>
    attempt(
      () => {
        const refusal = access.refusal('DESCRIBE_CONFIGS', 'CLUSTER')
        if (refusal) return { throttleTimeMs: 0, errorCode: refusal.code, errorMessage: null, entries: null }
        return { ...describeClientQuotas(broker.image, request), errorCode: 0, errorMessage: '' }
      },
      (error) => ({ throttleTimeMs: 0, errorCode: error.code, errorMessage: error.message, entries: null }),
    ),
  )
