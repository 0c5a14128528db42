import type { RecordHeader, TimestampType } from '../../client/types.ts'

/** The record under a cursor: places in fetched bytes, and views of them when they are asked for. */
export interface PrintableRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly timestampType: TimestampType
  /** How often it has been delivered; only share groups count. */
  readonly deliveryCount?: number
  readonly payload: Buffer
  readonly valueStart: number
  /** -1 for null. */
  readonly valueLength: number
  key(): Buffer | null
  value(): Buffer | null
  headers(): readonly RecordHeader[]
}
