import type { Schema } from './data/schema.ts'

/** Where a record came from, such as `{filename: 'a.txt'}`, and how far, such as `{position: 8}`: values that JSON has. */
export type SourcePartition = Readonly<Record<string, unknown>>
export type SourceOffset = Readonly<Record<string, unknown>>

export interface ConnectHeader {
  readonly key: string
  readonly schema: Schema | null
  readonly value: unknown
}

/** What a source gives. Without a schema data is what JSON has: strings, numbers, bigints, booleans, arrays, plain objects. */
export interface SourceRecord {
  readonly topic: string
  /** Kafka's; chosen by the producer when left out. */
  readonly partition?: number | undefined
  readonly sourcePartition: SourcePartition
  readonly sourceOffset: SourceOffset
  readonly keySchema?: Schema | null
  readonly key?: unknown
  readonly valueSchema?: Schema | null
  readonly value?: unknown
  /** Milliseconds since the epoch. */
  readonly timestamp?: number | undefined
  readonly headers?: readonly ConnectHeader[]
}

/** A record between a connector and its converters, as transformations see it: of a source or for a sink, with nothing left out. */
export interface ConnectRecord {
  readonly topic: string
  /** Undefined where the producer chooses. */
  readonly partition?: number | undefined
  readonly keySchema: Schema | null
  readonly key: unknown
  readonly valueSchema: Schema | null
  readonly value: unknown
  /** Milliseconds since the epoch. */
  readonly timestamp?: number | undefined
  readonly headers: readonly ConnectHeader[]
  /** Kafka's, of a record for a sink. */
  readonly offset?: number
}

/** What a sink gets. */
export interface SinkRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly keySchema: Schema | null
  readonly key: unknown
  readonly valueSchema: Schema | null
  readonly value: unknown
  readonly timestamp: number
  readonly timestampType: string
  readonly headers: readonly ConnectHeader[]
  /** Where it was read, whatever transformations have made of its topic and partition (KIP-793): offsets are of these. */
  readonly originalTopic: string
  readonly originalPartition: number
  readonly originalOffset: number
}
