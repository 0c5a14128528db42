import { DeleteAcls } from '../../../protocol/apis/index.ts'
import { checkNumbers, deleteAcls } from '../../controller/acls.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { aclRefusal } from './acl-refusal.ts'

export const deleteAclsHandler = (broker: Pick<BrokerServices, 'controller' | 'authorizer'>): Handler =>
  handler(DeleteAcls, async ({ filters }, { access }) => {
    for (const { resourceTypeFilter, patternTypeFilter, operation, permissionType } of filters)
      checkNumbers([resourceTypeFilter, patternTypeFilter, operation, permissionType])
    const refusal = aclRefusal(broker, access)
    if (refusal) return { throttleTimeMs: 0, filterResults: filters.map(() => ({ ...refusal, matchingAcls: [] })) }
    const filterResults = await broker.controller.submit((context) => deleteAcls(context, filters))
    return { throttleTimeMs: 0, filterResults }
  })
