/** What a dump of one file consists of, in the order of the file; how it is written is up to the command. */
export type DumpEvent =
  | { readonly kind: 'log'; readonly baseOffset: number }
  /** A snapshot of the metadata log. */
  | { readonly kind: 'checkpoint'; readonly endOffset: number; readonly epoch: number }
  | { readonly kind: 'bootstrap-checkpoint' }
  | BatchEvent
  | RecordEvent
  /** Bytes behind the last whole batch. */
  | { readonly kind: 'invalid-bytes'; readonly bytes: number }
  | { readonly kind: 'offset-entry'; readonly offset: number; readonly position: number }
  | { readonly kind: 'time-entry'; readonly timestamp: number; readonly offset: number }
  | { readonly kind: 'empty-index' }
  | { readonly kind: 'sane-index' }
  | ProducerEvent
  | AbortedTransactionEvent

export interface BatchEvent {
  readonly kind: 'batch'
  readonly baseOffset: number
  readonly lastOffset: number
  readonly count: number
  readonly baseSequence: number
  readonly lastSequence: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly partitionLeaderEpoch: number
  readonly transactional: boolean
  readonly control: boolean
  /** Milliseconds since 1970 after which tombstones may go (KIP-534). */
  readonly deleteHorizon: number | undefined
  /** Byte in the file. */
  readonly position: number
  readonly timestampType: TimestampType
  /** The largest of its records. */
  readonly timestamp: number
  readonly size: number
  readonly magic: number
  readonly codec: string
  readonly crc: number
  readonly valid: boolean
}

export type TimestampType = 'CreateTime' | 'LogAppendTime'

export interface RecordEvent {
  readonly kind: 'record'
  readonly offset: number
  readonly timestampType: TimestampType
  readonly timestamp: number
  /** -1 for null. */
  readonly keySize: number
  readonly valueSize: number
  readonly sequence: number
  readonly headerKeys: readonly string[]
  /** What a control record says. */
  readonly control: string | undefined
  /** Undefined unless contents are asked for. */
  readonly contents: Contents | undefined
}

/** Key and value as a decoder tells them; undefined is not printed. */
export interface Contents {
  readonly key: string | undefined
  readonly value: string | undefined
}

export interface ProducerEvent {
  readonly kind: 'producer'
  readonly producerId: number
  readonly producerEpoch: number
  readonly coordinatorEpoch: number
  readonly currentTxnFirstOffset: number | undefined
  readonly lastTimestamp: number
  readonly lastBatch:
    | {
        readonly firstSequence: number
        readonly lastSequence: number
        readonly lastOffset: number
        readonly offsetDelta: number
        readonly timestamp: number
      }
    | undefined
}

export interface AbortedTransactionEvent {
  readonly kind: 'aborted-transaction'
  readonly version: number
  readonly producerId: number
  readonly firstOffset: number
  readonly lastOffset: number
  readonly lastStableOffset: number
}
