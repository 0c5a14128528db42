import type { Codec } from '../../protocol/records/compression.ts'

/** What a topic's configuration says about its logs. Times in milliseconds, sizes in bytes; `Infinity` for Kafka's "never". */
export interface LogConfig {
  readonly segmentBytes: number
  readonly segmentMs: number
  readonly segmentJitterMs: number
  readonly indexIntervalBytes: number
  readonly segmentIndexBytes: number
  /** -1 keeps records for ever. */
  readonly retentionMs: number
  /** -1 sets no bound. */
  readonly retentionBytes: number
  readonly maxMessageBytes: number
  readonly messageTimestampType: 'CreateTime' | 'LogAppendTime'
  readonly messageTimestampBeforeMaxMs: number
  readonly messageTimestampAfterMaxMs: number
  readonly cleanupPolicy: readonly ('delete' | 'compact')[]
  readonly compressionType: 'producer' | 'uncompressed' | Codec
  /** On the scale of that codec; undefined for those that have none. */
  readonly compressionLevel: number | undefined
  /** Appended records after which a flush comes before the answer. */
  readonly flushMessages: number
  readonly flushMs: number
  readonly fileDeleteDelayMs: number
  /** A new segment's log file gets its full length at once. */
  readonly preallocate: boolean
  readonly deleteRetentionMs: number
  readonly minCompactionLagMs: number
  readonly maxCompactionLagMs: number
  readonly minCleanableDirtyRatio: number
  readonly producerIdExpirationMs: number
}

const DAY = 24 * 60 * 60 * 1000

/** Kafka's defaults. */
export const defaultLogConfig: LogConfig = {
  segmentBytes: 1024 * 1024 * 1024,
  segmentMs: 7 * DAY,
  segmentJitterMs: 0,
  indexIntervalBytes: 4096,
  segmentIndexBytes: 10 * 1024 * 1024,
  retentionMs: 7 * DAY,
  retentionBytes: -1,
  maxMessageBytes: 1024 * 1024 + 12,
  messageTimestampType: 'CreateTime',
  messageTimestampBeforeMaxMs: Number.POSITIVE_INFINITY,
  messageTimestampAfterMaxMs: 60 * 60 * 1000,
  cleanupPolicy: ['delete'],
  compressionType: 'producer',
  compressionLevel: undefined,
  flushMessages: Number.POSITIVE_INFINITY,
  flushMs: Number.POSITIVE_INFINITY,
  fileDeleteDelayMs: 60_000,
  preallocate: false,
  deleteRetentionMs: DAY,
  minCompactionLagMs: 0,
  maxCompactionLagMs: Number.POSITIVE_INFINITY,
  minCleanableDirtyRatio: 0.5,
  producerIdExpirationMs: DAY,
}

/** Bytes that the log file of a new segment gets at once. */
export const setAside = ({ preallocate, segmentBytes }: LogConfig): number => (preallocate ? segmentBytes : 0)

/** How long a segment is written to: one that is never rolled would never be compacted. */
export const rollMs = ({ cleanupPolicy, segmentMs, maxCompactionLagMs }: LogConfig): number =>
  cleanupPolicy.includes('compact') ? Math.min(segmentMs, maxCompactionLagMs) : segmentMs
