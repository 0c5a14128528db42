import type { Uuid } from '../../std/uuid.ts'
import type { LogConfig } from './log-config.ts'

/**
 * `client`: offsets, epoch and timestamps are assigned, producers are checked. `coordinator`: the same for the broker's own records and
 * markers. `replication` and `raft`: the batches come from a leader and keep what they carry.
 */
export type AppendOrigin = 'client' | 'coordinator' | 'replication' | 'raft'

export interface AppendOptions {
  readonly leaderEpoch: number
  readonly origin: AppendOrigin
  /** Version of the Produce request, where there is one. */
  readonly producedWith?: number
  /** Version of the transaction protocol behind a marker (KIP-890); 1 when left out. */
  readonly transactionVersion?: number
  /** The bytes may wait for `writeOut`, so that several appends make one write: they must stay as they are until then. */
  readonly gather?: boolean
}

export interface AppendResult {
  readonly baseOffset: number
  readonly lastOffset: number
  /** Milliseconds; -1 when the records keep their own timestamps. */
  readonly logAppendTime: number
  readonly logStartOffset: number
  /** The batch was there already: nothing was appended. */
  readonly duplicate: boolean
  readonly recordCount: number
  /** Resolves when the records may be acknowledged; undefined when that is so already. Rejects when the disk failed. */
  readonly written: Promise<void> | undefined
}

export interface LogRead {
  readonly buffers: readonly Buffer[]
  readonly size: number
  /** Must be called once when nobody looks at the buffers any more. */
  release(): void
}

export interface ActiveProducer {
  readonly producerId: number
  readonly producerEpoch: number
  readonly lastSequence: number
  readonly lastTimestamp: number
  readonly coordinatorEpoch: number
  /** -1 when no transaction is open. */
  readonly currentTxnStartOffset: number
}

/** Which log it is, where it lies, and what is known of it before its files are looked at. */
export interface LogSettings {
  readonly dir: string
  readonly topic: string
  readonly partition: number
  readonly topicId: Uuid
  readonly config: LogConfig
  readonly recoveryPoint: number
  readonly logStartOffset: number
  /** Whether the last run ended with a clean stop. */
  readonly clean: boolean
  readonly highWatermark?: number
  /** Compaction may have left holes below it; 0 when left out. */
  readonly cleanedUpTo?: number
}
