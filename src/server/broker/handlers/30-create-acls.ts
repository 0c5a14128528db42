import { CreateAcls } from '../../../protocol/apis/index.ts'
import { checkNumbers, createAcls } from '../../controller/acls.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { aclRefusal } from './acl-refusal.ts'

export const createAclsHandler = (broker: Pick<BrokerServices, 'controller' | 'authorizer'>): Handler =>
  handler(CreateAcls, async ({ creations }, { access }) => {
    for (const { resourceType, resourcePatternType, operation, permissionType } of creations)
      checkNumbers([resourceType, resourcePatternType, operation, permissionType])
    const refusal = aclRefusal(broker, access)
    if (refusal) return { throttleTimeMs: 0, results: creations.map(() => refusal) }
    const results = await broker.controller.submit((context) => createAcls(context, creations))
    return { throttleTimeMs: 0, results }
  })
