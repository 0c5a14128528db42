import { DescribeAcls } from '../../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../../protocol/errors.ts'
import { checkNumbers, describeAcls } from '../../controller/acls.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

export const describeAclsHandler = (broker: Pick<BrokerServices, 'image' | 'authorizer'>): Handler =>
  handler(DescribeAcls, (filter, { access }) => {
    checkNumbers([filter.resourceTypeFilter, filter.patternTypeFilter, filter.operation, filter.permissionType])
    if (!broker.authorizer) throw new KafkaError('SECURITY_DISABLED', 'No Authorizer is configured on the broker')
    access.check('DESCRIBE', 'CLUSTER')
    const resources = describeAcls(broker.image, filter)
    return { throttleTimeMs: 0, errorCode: Errors.NONE, errorMessage: '', resources }
  })
