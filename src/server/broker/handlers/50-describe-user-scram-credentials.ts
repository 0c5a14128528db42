import { DescribeUserScramCredentials } from '../../../protocol/apis/index.ts'
import { describeScramCredentials } from '../../controller/scram.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

export const describeUserScramCredentials = (broker: Pick<BrokerServices, 'image'>): Handler =>
  handler(DescribeUserScramCredentials, ({ users }) => ({
    throttleTimeMs: 0,
    errorCode: 0,
    errorMessage: '',
    results: describeScramCredentials(broker.image, users?.map(({ name }) => name) ?? []),
  }))
