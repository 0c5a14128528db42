import { DescribeClientQuotas } from '../../../protocol/apis/index.ts'
import { describeClientQuotas } from '../../controller/quotas.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { attempt } from './attempt.ts'

export const describeClientQuotasHandler = (broker: Pick<BrokerServices, 'image'>): Handler =>
  handler(DescribeClientQuotas, (request) =>
    attempt(
      () => ({ ...describeClientQuotas(broker.image, request), errorCode: 0, errorMessage: '' }),
      (error) => ({ throttleTimeMs: 0, errorCode: error.code, errorMessage: error.message, entries: null }),
    ),
  )
