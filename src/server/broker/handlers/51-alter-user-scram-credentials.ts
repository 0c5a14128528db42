import { AlterUserScramCredentials } from '../../../protocol/apis/index.ts'
import { alterScramCredentials, keysOf } from '../../controller/scram.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

/** The keys are made before the decision, which may not wait. */
export const alterUserScramCredentials = (broker: Pick<BrokerServices, 'controller'>): Handler =>
  handler(AlterUserScramCredentials, async (request, { access }) => {
    const refusal = access.refusal('ALTER', 'CLUSTER')
    if (refusal) {
      const users = new Set([...request.deletions, ...request.upsertions].map(({ name }) => name))
      const { code: errorCode, message: errorMessage } = refusal
      return { throttleTimeMs: 0, results: Array.from(users, (user) => ({ user, errorCode, errorMessage })) }
    }
    const keys = await Promise.all(request.upsertions.map(keysOf))
    return broker.controller.submit(({ image }) => alterScramCredentials(image, request, keys))
  })
