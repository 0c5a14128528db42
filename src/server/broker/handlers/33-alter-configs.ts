import { AlterConfigs } from '../../../protocol/apis/index.ts'
import { alterConfigs } from '../../controller/configs.ts'
import { configRefusal } from '../access/config-resources.ts'
import { divideOnce } from '../access/divide.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { certificateRefusals } from './certificate-refusals.ts'

export const alterConfigsHandler = (
  broker: Pick<BrokerServices, 'controller' | 'certificates' | 'image' | 'config'>,
): Handler =>
  handler(AlterConfigs, async (request, { access }) => {
    const refusals = await certificateRefusals(broker, request.resources)
    const { permitted, refused } = divideOnce(
      request.resources,
      ({ resourceType, resourceName }) => `${resourceType}:${resourceName}`,
      (one) => configRefusal(access, 'ALTER_CONFIGS', one) ?? refusals.get(one),
    )
    const rows = refused.map(({ item: { resourceType, resourceName }, error }) => ({
      ...{ resourceType, resourceName, errorCode: error.code, errorMessage: error.message },
    }))
    const asked = { ...request, resources: [...permitted] }
    const { responses } = await broker.controller.submit((context) => alterConfigs(context, asked))
    return { throttleTimeMs: 0, responses: [...responses, ...rows] }
  })
