import { ListTransactions } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import type { RequestOf } from '../../../protocol/schema/index.ts'
import { linearPattern } from '../../../std/linear-pattern.ts'
import { type Transaction, transactionStates } from '../../coordinator/transaction/transaction.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

type Request = RequestOf<typeof ListTransactions>

/** The transactions of this coordinator that pass all filters; one that names no state is still told so. */
export function listTransactions(broker: BrokerServices): Handler {
  return handler(ListTransactions, (request, { access }) => {
    const { stateFilters, transactionalIdPattern } = request
    const matches = compiled(transactionalIdPattern)
    if (matches === undefined)
      return {
        throttleTimeMs: 0,
        errorCode: Errors.INVALID_REGULAR_EXPRESSION,
        unknownStateFilters: [],
        transactionStates: [],
      }
    const now = broker.runtime.clock.now()
    const found = [...broker.transactions.all()].filter(
      (one) => passes(one, request, matches, now) && access.may('DESCRIBE', 'TRANSACTIONAL_ID', one.id),
    )
    return {
      throttleTimeMs: 0,
      errorCode: Errors.NONE,
      unknownStateFilters: stateFilters.filter((state) => !transactionStates.some((known) => known === state)),
      transactionStates: found.map(({ id, producerId, state }) => ({
        transactionalId: id,
        producerId,
        transactionState: state,
      })),
    }
  })
}

function passes(
  { id, producerId, state, startedAt }: Transaction,
  { stateFilters, producerIdFilters, durationFilter }: Request,
  matches: (id: string) => boolean,
  now: number,
): boolean {
  if (producerIdFilters.length > 0 && !producerIdFilters.includes(producerId)) return false
  if (stateFilters.length > 0 && !stateFilters.includes(state)) return false
  if (durationFilter >= 0 && now - startedAt <= durationFilter) return false
  return matches(id)
}

/** Undefined for what is no pattern; null stands for all. A pattern has to match the whole id. */
function compiled(text: string | null): ((id: string) => boolean) | undefined {
  if (text === null || text === '') return () => true
  try {
    return linearPattern(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
