import type { Cancellable } from '../processors/processor.ts'

interface Schedule {
  readonly intervalMs: number
  readonly punctuate: (timestamp: number) => void
  /** When it is due; times of one schedule differ by whole intervals. */
  time: number
  isCancelled: boolean
}

/** The punctuations of a task by one kind of time, a heap as Java's `PriorityQueue` is one: it decides who comes first of those that are due at one time. */
export class PunctuationQueue {
  private readonly heap: Schedule[] = []

  /** `startMs` is when it is due first. */
  schedule(startMs: number, intervalMs: number, punctuate: (timestamp: number) => void): Cancellable {
    const schedule = { intervalMs, punctuate, time: startMs, isCancelled: false }
    this.add(schedule)
    return {
      cancel: () => {
        schedule.isCancelled = true
      },
    }
  }

  /** Runs what is due by now, each once, however many of its intervals have gone by. */
  run(now: number): void {
    for (let next = this.heap[0]; next && next.time <= now; next = this.heap[0]) {
      this.take()
      if (next.isCancelled) continue
      next.punctuate(now)
      if (next.isCancelled) continue
      next.time = timeAfter(next.time, next.intervalMs, now)
      this.add(next)
    }
  }

  private add(schedule: Schedule): void {
    let at = this.heap.length
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = this.heap[parent] as Schedule
      if (schedule.time >= above.time) break
      this.heap[at] = above
      at = parent
    }
    this.heap[at] = schedule
  }

  /** Takes the first one out, and puts the last one where it belongs then. */
  private take(): void {
    const last = this.heap.pop() as Schedule
    const { length } = this.heap
    if (length === 0) return
    let at = 0
    for (let child = 1; child < length; child = 2 * at + 1) {
      const right = child + 1
      if (right < length && (this.heap[right] as Schedule).time < (this.heap[child] as Schedule).time) child = right
      const below = this.heap[child] as Schedule
      if (last.time <= below.time) break
      this.heap[at] = below
      at = child
    }
    this.heap[at] = last
  }
}

/** The first of a schedule's times that is later than now. */
export const timeAfter = (time: number, intervalMs: number, now: number): number =>
  time + (now < time + intervalMs ? 1 : Math.floor((now - time) / intervalMs) + 1) * intervalMs
