import { openSync, readSync } from 'node:fs'
import { createHistogram } from 'node:perf_hooks'

const EVERY_MS = 1
/** So many of the longest are kept whole. */
const KEPT = 5

/** A turn of the event loop that kept others waiting; milliseconds. */
export interface LateTurn {
  /** On the clock of `performance.now()`. */
  readonly began: number
  readonly late: number
  /** Of these, the thread was ready to run and had no processor. */
  readonly waited: number
  /** What was noted in it, by cause. */
  readonly parts: Record<string, number>
}

export interface LateReport {
  readonly p99: number
  readonly p999: number
  readonly longest: number
}

/**
 * Milliseconds that the main thread was ready and had no processor since the process began; 0 where the system does not tell (Linux does). It reads
 * into memory of its own: `readFile` takes 64 KB for a file that does not tell its length, which a thousand times a second is work for the collector.
 */
function processorWaits(): () => number {
  const text = Buffer.alloc(64)
  try {
    const file = openSync('/proc/self/schedstat', 'r')
    return () => Number(text.toString('latin1', 0, readSync(file, text, 0, text.length, 0)).split(' ')[1]) / 1e6
  } catch {
    return () => 0
  }
}

const inMicroseconds = (ms: number): number => Math.max(1, Math.round(ms * 1000))

/** How late the event loop is for a timer of each millisecond, and how much of that was spent on waiting for one of the processors. */
export class Lateness {
  private readonly all = createHistogram()
  private readonly own = createHistogram()
  private longest: LateTurn[] = []
  private readonly heardLater: { cause: string; began: number; ms: number }[] = []
  private parts: Record<string, number> = {}
  private readonly waitedForProcessor = processorWaits()
  private last = 0
  private lastWaited = 0

  start(): void {
    this.last = performance.now()
    this.lastWaited = this.waitedForProcessor()
    this.parts = {}
    setTimeout(this.tick, EVERY_MS).unref()
  }

  /** Something took time in this turn. */
  note(cause: string, ms: number): void {
    this.parts[cause] = (this.parts[cause] ?? 0) + ms
  }

  /** Something that is heard of later took time, from `began` on. */
  noteAt(cause: string, began: number, ms: number): void {
    this.heardLater.push({ cause, began, ms })
  }

  private readonly tick = (): void => {
    const now = performance.now()
    const waited = this.waitedForProcessor()
    const late = Math.max(0, now - this.last - EVERY_MS)
    const turn = { began: this.last, late, waited: Math.min(late, waited - this.lastWaited), parts: this.parts }
    this.all.record(inMicroseconds(late))
    this.own.record(inMicroseconds(late - turn.waited))
    if (late > (this.longest[KEPT - 1]?.late ?? 0))
      this.longest = [...this.longest, turn].sort((a, b) => b.late - a.late).slice(0, KEPT)
    this.last = now
    this.lastWaited = waited
    this.parts = {}
    setTimeout(this.tick, EVERY_MS).unref()
  }

  report(): { late: LateReport; own: LateReport; longest: LateTurn[] } {
    const of = (histogram: typeof this.all): LateReport => ({
      p99: histogram.percentile(99) / 1000,
      p999: histogram.percentile(99.9) / 1000,
      longest: histogram.max / 1000,
    })
    for (const { cause, began, ms } of this.heardLater) {
      const turn = this.longest.find((one) => began >= one.began && began <= one.began + EVERY_MS + one.late)
      if (turn) turn.parts[cause] = (turn.parts[cause] ?? 0) + ms
    }
    return { late: of(this.all), own: of(this.own), longest: this.longest }
  }
}
