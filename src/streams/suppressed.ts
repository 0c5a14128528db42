import { TopologyError } from './errors.ts'

function atLeastZero(value: number, what: string): number {
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw new TopologyError(`${what} must be a whole number, 0 or more; it is ${value}.`)
}

/** What happens when a buffer has more than it may: the earliest of its entries go on before their time, or the application ends. */
type WhenFull = 'emit-early' | 'shut-down'

/** How much a table holds back (KIP-328). */
export class BufferConfig {
  private constructor(
    readonly records: number,
    readonly bytes: number,
    readonly whenFull: WhenFull,
  ) {}

  /** As much as memory takes. */
  static unbounded(): BufferConfig {
    return new BufferConfig(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 'shut-down')
  }

  /** So many keys; the earliest go on when there are more. Throws `TopologyError`. */
  static maxRecords(records: number): BufferConfig {
    return new BufferConfig(atLeastZero(records, 'The records of a buffer'), Number.POSITIVE_INFINITY, 'emit-early')
  }

  /** So many bytes, by Java's estimate; the earliest go on when there are more. Throws `TopologyError`. */
  static maxBytes(bytes: number): BufferConfig {
    return new BufferConfig(Number.POSITIVE_INFINITY, atLeastZero(bytes, 'The bytes of a buffer'), 'emit-early')
  }

  withMaxRecords(records: number): BufferConfig {
    return new BufferConfig(atLeastZero(records, 'The records of a buffer'), this.bytes, this.whenFull)
  }

  withMaxBytes(bytes: number): BufferConfig {
    return new BufferConfig(this.records, atLeastZero(bytes, 'The bytes of a buffer'), this.whenFull)
  }

  emitEarlyWhenFull(): BufferConfig {
    return new BufferConfig(this.records, this.bytes, 'emit-early')
  }

  /** Ends the application rather than let something go on too early. */
  shutDownWhenFull(): BufferConfig {
    return new BufferConfig(this.records, this.bytes, 'shut-down')
  }
}

/** Which changes of a table go on, and when. */
export class Suppressed {
  private constructor(
    /** How long a change waits for further ones of its key, in milliseconds of stream time; undefined until its window closes. */
    readonly waitMs: number | undefined,
    readonly buffer: BufferConfig,
  ) {}

  /** One result of each window, when it no longer changes. The buffer must not let anything go on early. Throws `TopologyError`. */
  static untilWindowCloses(buffer: BufferConfig): Suppressed {
    if (buffer.whenFull === 'shut-down') return new Suppressed(undefined, buffer)
    throw new TopologyError('A buffer until windows close must be unbounded, or shut down when it is full.')
  }

  /** The newest of the changes that come within a time after the first. Throws `TopologyError`. */
  static untilTimeLimit(waitMs: number, buffer: BufferConfig): Suppressed {
    return new Suppressed(atLeastZero(waitMs, 'The time limit of a buffer, in milliseconds,'), buffer)
  }
}
