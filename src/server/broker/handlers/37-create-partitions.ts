import { CreatePartitions } from '../../../protocol/apis/index.ts'
import { createPartitions } from '../../controller/topics.ts'
import { divideOnce } from '../access/divide.ts'
import { withMutationQuota } from '../quotas/silence.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

/** The first version whose senders know what it means that a quota is exceeded (KIP-599). */
const STRICT = 3

export const createPartitionsHandler = (broker: Pick<BrokerServices, 'controller' | 'quotas'>): Handler =>
  handler(CreatePartitions, async (request, requestContext) => {
    const { access } = requestContext
    const { permitted, refused } = divideOnce(
      request.topics,
      ({ name }) => name,
      ({ name }) => access.refusal('ALTER', 'TOPIC', name),
    )
    const rows = refused.map(({ item: { name }, error }) => ({ name, errorCode: error.code, errorMessage: null }))
    const asked = { ...request, topics: [...permitted] }
    const { results, throttleTimeMs } = await withMutationQuota(broker, requestContext, STRICT, ({ take }) =>
      broker.controller.submit((context) => createPartitions(context, asked, take)),
    )
    return { throttleTimeMs, results: [...results, ...rows] }
  })
