import { type ErrorName, Errors, KafkaError } from '../../protocol/errors.ts'

/**
 * Where a transactional producer stands (KIP-98).
 *
 *     uninitialized -> initializing -> ready -> open -> committing or aborting -> ready ...
 *
 * While a transaction is open, or is being committed, an error that an abort can undo leads to `abortable`, and from there only an abort
 * leads on. Any other error ends in `fatal`, which nothing leaves.
 */
export type TransactionPhase =
  | 'uninitialized'
  | 'initializing'
  | 'ready'
  | 'open'
  | 'committing'
  | 'aborting'
  | 'abortable'
  | 'fatal'

export interface TransactionState {
  readonly phase: TransactionPhase
  /** Why the phase is `abortable` or `fatal`. */
  readonly error?: KafkaError
}

/** What an application asks for. */
export type TransactionStep = 'initialize' | 'begin' | 'send' | 'commit' | 'abort'

/** A call that is not possible now, or a transaction that failed. */
export class TransactionError extends KafkaError {
  override name = 'TransactionError'

  constructor(
    cause: KafkaError,
    /** Whether `abortTransaction` makes the producer usable again; otherwise it has to be closed. */
    readonly abortable: boolean,
  ) {
    super(cause.code, cause.message, { cause })
  }
}

/** Phases from which each step leads on. A commit or an abort that timed out may be asked for again. */
const allowed: Readonly<Record<TransactionStep, readonly TransactionPhase[]>> = {
  initialize: ['uninitialized', 'initializing'],
  begin: ['ready'],
  send: ['open'],
  commit: ['open', 'committing'],
  abort: ['open', 'abortable', 'aborting'],
}

const leadsTo: Readonly<Record<TransactionStep, TransactionPhase>> = {
  initialize: 'initializing',
  begin: 'open',
  send: 'open',
  commit: 'committing',
  abort: 'aborting',
}

/** The state after a step; throws a `TransactionError` after a failure, and an `Error` for a call that is out of order. */
export function step(state: TransactionState, asked: TransactionStep): TransactionState {
  const { phase, error } = state
  if (allowed[asked].includes(phase)) return { phase: leadsTo[asked] }
  if (error) throw new TransactionError(error, phase === 'abortable')
  throw new Error(outOfOrder(phase, asked))
}

/** The state once the coordinator has said that the producer is initialized, or that its transaction has ended. */
export function settled(state: TransactionState): TransactionState {
  return state.phase === 'fatal' ? state : { phase: 'ready' }
}

/** The state after an error. The first one stays; while a transaction is being aborted, only fatal ones count. */
export function failed(state: TransactionState, error: KafkaError, abortable: boolean): TransactionState {
  const { phase } = state
  if (phase === 'fatal') return state
  if (!abortable) return { phase: 'fatal', error }
  if (phase === 'open' || phase === 'committing') return { phase: 'abortable', error }
  return state
}

function outOfOrder(phase: TransactionPhase, asked: TransactionStep): string {
  if (phase === 'uninitialized' || phase === 'initializing')
    return asked === 'initialize' ? 'Transactions are initialized already.' : 'Call initTransactions first.'
  if (asked === 'initialize') return 'Transactions are initialized already.'
  if (asked === 'begin') return `A transaction cannot begin while another one is ${phase}.`
  return phase === 'ready'
    ? `No transaction is open: call beginTransaction before ${gerund[asked]}.`
    : `A transaction that is ${phase} takes no ${asked}.`
}

const gerund: Readonly<Record<Exclude<TransactionStep, 'initialize' | 'begin'>, string>> = {
  send: 'sending',
  commit: 'committing',
  abort: 'aborting',
}

/** Errors after which no call of this producer can succeed. */
const fatalEverywhere: ReadonlySet<ErrorName> = new Set<ErrorName>([
  'PRODUCER_FENCED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'UNSUPPORTED_VERSION',
])

/** Errors of calls to a coordinator that an abort undoes; all others are fatal there. */
const abortableAtCoordinator: ReadonlySet<ErrorName> = new Set<ErrorName>([
  'TRANSACTION_ABORTABLE',
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'OPERATION_NOT_ATTEMPTED',
  // The group has gone on without this member (KIP-447).
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
  'FENCED_INSTANCE_ID',
  // The coordinator or a broker forgot the producer: with a new epoch it can go on (KIP-360).
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_ID_MAPPING',
])

/** Whether an abort undoes an error. Records that failed are abortable; whether the producer was fenced, the coordinator will say. */
export function isAbortable(error: KafkaError, from: 'records' | 'coordinator'): boolean {
  if (fatalEverywhere.has(error.error)) return false
  if (from === 'records') return error.code !== Errors.INVALID_PRODUCER_ID_MAPPING
  return abortableAtCoordinator.has(error.error)
}

/** A coordinator says INVALID_PRODUCER_EPOCH in its old answers where it means that another producer has taken over. */
export function asCoordinatorError(error: KafkaError, transactionalId: string): KafkaError {
  if (error.error !== 'INVALID_PRODUCER_EPOCH' && error.error !== 'PRODUCER_FENCED') return error
  return new KafkaError(
    'PRODUCER_FENCED',
    `Another producer has taken over the transactional id ${transactionalId}, or its transaction took longer than transaction.timeout.ms.`,
    { cause: error },
  )
}
