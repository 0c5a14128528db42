import { IncrementalAlterConfigs } from '../../../protocol/apis/index.ts'
import { incrementalAlterConfigs } from '../../controller/configs.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { alterable } from './alterable-resources.ts'

type Services = Pick<BrokerServices, 'controller' | 'certificates' | 'image' | 'config'>

export const incrementalAlterConfigsHandler = (broker: Services, ofAnyBroker = false): Handler =>
  handler(IncrementalAlterConfigs, async (request, { access }) => {
    const { permitted, refused } = await alterable(broker, access, request.resources)
    const asked = { ...request, resources: [...permitted] }
    const { responses } = await broker.controller.submit((context) =>
      incrementalAlterConfigs({ ...context, ofAnyBroker }, asked),
    )
    return { throttleTimeMs: 0, responses: [...responses, ...refused] }
  })
