import { DescribeAcls } from '../../../protocol/apis/index.ts'
import { type Handler, handler } from '../router.ts'
import { noAuthorizer } from './no-authorizer.ts'

export const describeAcls = (): Handler =>
  handler(DescribeAcls, () => ({
    throttleTimeMs: 0,
    ...noAuthorizer,
    errorMessage: `No Authorizer is configured on the broker`,
    resources: [],
  }))
