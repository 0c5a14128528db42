/** States as `__transaction_state` numbers them, in the words in which clients hear of them. */
export const transactionStates = [
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
  'Dead',
  'PrepareEpochFence',
] as const
export type TransactionStateName = (typeof transactionStates)[number]

/** Topic -> partitions that take part. */
export type Participants = ReadonlyMap<string, ReadonlySet<number>>

/** What a coordinator knows of one transactional id. Times are wall time in milliseconds. */
export interface Transaction {
  readonly id: string
  readonly producerId: number
  readonly producerEpoch: number
  /** The epoch before, by which a producer that did not hear of its new one is known; -1 when there is none. It is in memory only. */
  readonly lastProducerEpoch: number
  /** The id that it had before the last change: another one only just after its epochs have run out. */
  readonly previousProducerId: number
  /** The id that it gets when the transaction is complete, for the epochs of this one have run out; -1 when it keeps its own. */
  readonly nextProducerId: number
  readonly timeoutMs: number
  readonly state: TransactionStateName
  readonly participants: Participants
  /** When the transaction began; -1 when none has. */
  readonly startedAt: number
  readonly updatedAt: number
  /** Version of the transaction protocol that the producer spoke last (KIP-890). */
  readonly clientVersion: number
}

/** From this version of the protocol on every end of a transaction brings a new epoch, and a batch brings its partition into it (KIP-890). */
export const EPOCH_BUMPS = 2

const MAX_EPOCH = 32_767
/** The highest epoch is kept for fencing: no producer ever gets it. */
export const isExhausted = (epoch: number): boolean => epoch >= MAX_EPOCH - 1

export const isPrepared = ({ state }: Transaction): boolean => state === 'PrepareCommit' || state === 'PrepareAbort'

export const takesPart = ({ participants }: Transaction, topic: string, partition: number): boolean =>
  participants.get(topic)?.has(partition) ?? false

export const nobody: Participants = new Map()

/** Both together. */
export function union(some: Participants, more: Participants): Participants {
  const all = new Map(some)
  for (const [topic, partitions] of more) all.set(topic, new Set([...(all.get(topic) ?? []), ...partitions]))
  return all
}
