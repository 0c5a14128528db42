import { DeleteAcls } from '../../../protocol/apis/index.ts'
import { type Handler, handler } from '../router.ts'
import { noAuthorizer } from './no-authorizer.ts'

export const deleteAcls = (): Handler =>
  handler(DeleteAcls, ({ filters }) => ({
    throttleTimeMs: 0,
    filterResults: filters.map(() => ({ ...noAuthorizer, matchingAcls: [] })),
  }))
