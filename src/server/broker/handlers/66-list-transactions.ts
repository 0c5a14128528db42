import { ListTransactions } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import { type Handler, handler } from '../router.ts'

const states = [
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
  'Dead',
  'PrepareEpochFence',
]

/** There are no transactions here; a filter is still told when it cannot match any. */
export const listTransactions = (): Handler =>
  handler(ListTransactions, ({ stateFilters, transactionalIdPattern }) => ({
    throttleTimeMs: 0,
    errorCode: isPattern(transactionalIdPattern) ? Errors.NONE : Errors.INVALID_REGULAR_EXPRESSION,
    unknownStateFilters: stateFilters.filter((state) => !states.includes(state)),
    transactionStates: [],
  }))

function isPattern(text: string | null): boolean {
  try {
    return text === null || new RegExp(text) instanceof RegExp
  } catch {
    return false
  }
}
