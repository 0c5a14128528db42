import { CreatePartitions } from '../../../protocol/apis/index.ts'
import { createPartitions } from '../../controller/topics.ts'
import { divideOnce } from '../access/divide.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

export const createPartitionsHandler = (broker: Pick<BrokerServices, 'controller'>): Handler =>
  handler(CreatePartitions, async (request, { access }) => {
    const { permitted, refused } = divideOnce(
      request.topics,
      ({ name }) => name,
      ({ name }) => access.refusal('ALTER', 'TOPIC', name),
    )
    const rows = refused.map(({ item: { name }, error }) => ({ name, errorCode: error.code, errorMessage: null }))
    const asked = { ...request, topics: [...permitted] }
    const { results } = await broker.controller.submit((context) => createPartitions(context, asked))
    return { throttleTimeMs: 0, results: [...results, ...rows] }
  })
