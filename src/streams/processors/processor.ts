import type { RecordHeader } from '../../client/index.ts'
import type { Serde } from '../serde.ts'
import type { KeyValueStore } from '../state/key-value-store.ts'

/** What goes from node to node of a topology. */
export interface StreamRecord<K, V> {
  readonly key: K
  readonly value: V
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  readonly headers: readonly RecordHeader[]
}

/** Where the record that is being processed was read; a record that a store sends on has the place of the one that changed it last. */
export interface RecordPlace {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** What moves a schedule on: the timestamps of the task's records, or the clock on the wall. */
export type PunctuationType = 'stream-time' | 'wall-clock-time'

/** A schedule that can be ended; from within its own function, too. */
export interface Cancellable {
  cancel(): void
}

/** A processor's surroundings in one task. */
export interface ProcessorContext<K, V> {
  /** `0_3` is the third partition of the first subtopology. */
  readonly taskId: string
  readonly applicationId: string
  /** The application's `default.key.serde` and `default.value.serde`, where it has them. */
  readonly keySerde: Serde<unknown> | undefined
  readonly valueSerde: Serde<unknown> | undefined
  /** The time on the wall, in milliseconds since the epoch. */
  readonly systemTime: number
  /** The largest timestamp that this task has seen; -1 before the first record. */
  readonly streamTime: number
  /** Undefined in a punctuation and what comes of it. */
  readonly recordMetadata: RecordPlace | undefined
  /** Hands a record to the nodes behind this one, or to the one of that name. Returns when they are done with it. */
  forward(record: StreamRecord<K, V>, child?: string): void
  /** One of the stores that the processor was connected with. Throws for others. */
  stateStore<SK, SV>(name: string): KeyValueStore<SK, SV>
  /**
   * Calls a function every `intervalMs` milliseconds of a kind of time, between records, with that time (KIP-138). Of stream time the first call comes
   * with the first record, further ones where records have gone beyond whole intervals, once for all that were passed; nothing is called
   * while no records come. Of the wall's clock the first call comes when an interval is over, and calls are late by up to `poll.ms` and what is being
   * processed. `startMs` is when the first call is due instead, and what further ones are counted from (KIP-1146). Schedules end
   * with the task: they are made in `init`, or while a record is processed. Throws a `RangeError` for less than 1 millisecond.
   */
  schedule(
    intervalMs: number,
    type: PunctuationType,
    punctuate: (timestamp: number) => void,
    startMs?: number,
  ): Cancellable
  /** Asks for a commit soon, before `commit.interval.ms` is over. */
  commit(): void
}

/** One step of a program, made anew for each task. Its methods return when they are done: a promise is not waited for. */
export interface Processor<KIn, VIn, KOut, VOut> {
  init?(context: ProcessorContext<KOut, VOut>): void
  process(record: StreamRecord<KIn, VIn>): void
  close?(): void
}

export type ProcessorSupplier<KIn, VIn, KOut, VOut> = () => Processor<KIn, VIn, KOut, VOut>

/** Nodes do not know what those around them make of keys and values. */
export type AnyProcessor = Processor<never, never, unknown, unknown>
export type AnySupplier = () => AnyProcessor
