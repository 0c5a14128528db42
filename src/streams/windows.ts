import { TopologyError } from './errors.ts'
import type { Window } from './windowed.ts'

/** Milliseconds that must not be negative; throws a `TopologyError` otherwise. */
function atLeast(least: number, ms: number, what: string): number {
  if (Number.isSafeInteger(ms) && ms >= least) return ms
  throw new TopologyError(`${what} must be a whole number of milliseconds, ${least} or more; it is ${ms}.`)
}

/** Windows that are known beforehand: each record belongs to those that its timestamp is in. */
export interface FixedWindows {
  /** Milliseconds. */
  readonly sizeMs: number
  /** How long after its end a window takes records that are late, in milliseconds of stream time. */
  readonly graceMs: number
  /** The windows of a time, the earliest first. */
  windowsFor(timestamp: number): readonly Window[]
}

/** Windows of one size: one after the other, or overlapping where they begin more often. Their end is not part of them. */
export class TimeWindows implements FixedWindows {
  private constructor(
    readonly sizeMs: number,
    readonly graceMs: number,
    readonly advanceMs: number,
  ) {}

  /** Late records are left out. Throws `TopologyError`. */
  static ofSizeWithNoGrace(sizeMs: number): TimeWindows {
    return TimeWindows.ofSizeAndGrace(sizeMs, 0)
  }

  /** Throws `TopologyError`. */
  static ofSizeAndGrace(sizeMs: number, graceMs: number): TimeWindows {
    return new TimeWindows(
      atLeast(1, sizeMs, 'The size of windows'),
      atLeast(0, graceMs, 'The grace of windows'),
      sizeMs,
    )
  }

  /** Windows that begin that often; not less often than each ends. Throws `TopologyError`. */
  advanceBy(advanceMs: number): TimeWindows {
    atLeast(1, advanceMs, 'The advance of windows')
    if (advanceMs > this.sizeMs)
      throw new TopologyError(
        `The advance of windows must not be larger than their size ${this.sizeMs}; it is ${advanceMs}.`,
      )
    return new TimeWindows(this.sizeMs, this.graceMs, advanceMs)
  }

  windowsFor(timestamp: number): Window[] {
    const { sizeMs, advanceMs } = this
    const windows: Window[] = []
    const first = Math.floor(Math.max(0, timestamp - sizeMs + advanceMs) / advanceMs) * advanceMs
    for (let start = first; start <= timestamp; start += advanceMs) windows.push({ start, end: start + sizeMs })
    return windows
  }
}

/** One window that begins at a time and never ends; earlier records are left out. */
export class UnlimitedWindows implements FixedWindows {
  readonly sizeMs = Number.POSITIVE_INFINITY
  readonly graceMs = 0

  private constructor(private readonly startMs: number) {}

  static of(): UnlimitedWindows {
    return new UnlimitedWindows(0)
  }

  /** Milliseconds since the epoch. Throws `TopologyError`. */
  startOn(startMs: number): UnlimitedWindows {
    return new UnlimitedWindows(atLeast(0, startMs, 'The start of an unlimited window'))
  }

  windowsFor(timestamp: number): Window[] {
    return timestamp >= this.startMs ? [{ start: this.startMs, end: Number.POSITIVE_INFINITY }] : []
  }
}

/** Windows that end at a record, or begin just behind one (KIP-450): all records that lie together in a stretch of time are in one. */
export class SlidingWindows {
  private constructor(
    readonly timeDifferenceMs: number,
    readonly graceMs: number,
  ) {}

  /** Late records are left out. Throws `TopologyError`. */
  static ofTimeDifferenceWithNoGrace(timeDifferenceMs: number): SlidingWindows {
    return SlidingWindows.ofTimeDifferenceAndGrace(timeDifferenceMs, 0)
  }

  /** Throws `TopologyError`. */
  static ofTimeDifferenceAndGrace(timeDifferenceMs: number, graceMs: number): SlidingWindows {
    return new SlidingWindows(
      atLeast(0, timeDifferenceMs, 'The time difference of sliding windows'),
      atLeast(0, graceMs, 'The grace of windows'),
    )
  }
}

/** Records of a key with pauses no longer than the gap between them; a record between two sessions makes one of them. */
export class SessionWindows {
  private constructor(
    readonly gapMs: number,
    readonly graceMs: number,
  ) {}

  /** Late records are left out. Throws `TopologyError`. */
  static ofInactivityGapWithNoGrace(gapMs: number): SessionWindows {
    return SessionWindows.ofInactivityGapAndGrace(gapMs, 0)
  }

  /** Throws `TopologyError`. */
  static ofInactivityGapAndGrace(gapMs: number, graceMs: number): SessionWindows {
    return new SessionWindows(
      atLeast(1, gapMs, 'The inactivity gap of sessions'),
      atLeast(0, graceMs, 'The grace of windows'),
    )
  }
}

/** How far two records of a join may lie apart: a record of the other stream as long before one of this, or after it. */
export class JoinWindows {
  private constructor(
    readonly beforeMs: number,
    readonly afterMs: number,
    readonly graceMs: number,
  ) {}

  /** Outer results come as soon as a window ends. Throws `TopologyError`. */
  static ofTimeDifferenceWithNoGrace(timeDifferenceMs: number): JoinWindows {
    return JoinWindows.ofTimeDifferenceAndGrace(timeDifferenceMs, 0)
  }

  /** Throws `TopologyError`. */
  static ofTimeDifferenceAndGrace(timeDifferenceMs: number, graceMs: number): JoinWindows {
    return JoinWindows.of(timeDifferenceMs, timeDifferenceMs, atLeast(0, graceMs, 'The grace of windows'))
  }

  /** The other's records from that long before. Negative for later ones only. Throws `TopologyError`. */
  before(beforeMs: number): JoinWindows {
    return JoinWindows.of(beforeMs, this.afterMs, this.graceMs)
  }

  /** The other's records until that long after. Negative for earlier ones only. Throws `TopologyError`. */
  after(afterMs: number): JoinWindows {
    return JoinWindows.of(this.beforeMs, afterMs, this.graceMs)
  }

  private static of(beforeMs: number, afterMs: number, graceMs: number): JoinWindows {
    for (const ms of [beforeMs, afterMs]) atLeast(Number.MIN_SAFE_INTEGER, ms, 'The time difference of a join')
    if (beforeMs + afterMs < 0)
      throw new TopologyError(`A join's window must not end before it begins: ${-beforeMs} to ${afterMs}.`)
    return new JoinWindows(beforeMs, afterMs, graceMs)
  }
}
