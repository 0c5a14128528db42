import { DescribeUserScramCredentials } from '../../../protocol/apis/index.ts'
import { describeScramCredentials } from '../../controller/scram.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

export const describeUserScramCredentials = (broker: Pick<BrokerServices, 'image'>): Handler =>
  handler(DescribeUserScramCredentials, ({ users }, { access }) => {
    const refusal = access.refusal('DESCRIBE', 'CLUSTER')
    if (refusal) {
      const { code: errorCode } = refusal
      const row = { user: '', errorCode, errorMessage: null, credentialInfos: [] }
      return { throttleTimeMs: 0, errorCode, errorMessage: null, results: (users ?? []).map(() => row) }
    }
    return {
      throttleTimeMs: 0,
      errorCode: 0,
      errorMessage: '',
      results: describeScramCredentials(broker.image, users?.map(({ name }) => name) ?? []),
    }
  })
