import { CreateAcls } from '../../../protocol/apis/index.ts'
import { type Handler, handler } from '../router.ts'
import { noAuthorizer } from './no-authorizer.ts'

export const createAcls = (): Handler =>
  handler(CreateAcls, ({ creations }) => ({ throttleTimeMs: 0, results: creations.map(() => noAuthorizer) }))
