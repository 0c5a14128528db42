import { type Clock, sleepOn, type Timer } from '../../src/runtime/clock.ts'
import type { Http, Network, Random, Runtime } from '../../src/runtime/index.ts'
import { MemoryDisk } from './memory-disk.ts'
import { generator } from './memory-tree.ts'

interface Waiting extends Timer {
  readonly at: number
  readonly callback: () => void
}

/** Time that stands still until the test moves it. */
export class ManualClock implements Clock {
  #now: number
  readonly #start: number
  #timers: Waiting[] = []
  #deferred: (() => void)[] = []

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start
    this.#start = start
  }

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#now - this.#start
  }

  timer(ms: number, callback: () => void): Timer {
    const timer: Waiting = {
      at: this.#now + ms,
      callback,
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer)
      },
    }
    this.#timers.push(timer)
    return timer
  }

  defer(callback: () => void): void {
    this.#deferred.push(callback)
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal)
  }

  /** Runs what was deferred, and the promises behind it. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 20; quiet++) {
      await Promise.resolve()
      for (const callback of this.#deferred.splice(0)) {
        callback()
        quiet = 0
      }
    }
  }

  /** Moves time and fires the timers on the way, in order. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    for (;;) {
      await this.settle()
      const next = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
      if (next === undefined) break
      next.cancel()
      this.#now = Math.max(this.#now, next.at)
      next.callback()
    }
    this.#now = end
  }

  /** A process that died has no timers. */
  reset(): void {
    this.#timers = []
    this.#deferred = []
  }
}

export class SeededRandom implements Random {
  readonly #next: () => number

  constructor(seed = 1) {
    this.#next = generator(seed)
  }

  int(limit: number): number {
    return Math.floor(this.#next() * limit)
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.int(256)))
  }
}

const noNetwork: Network = new Proxy({} as Network, {
  get: () => () => {
    throw new Error('this runtime has no network')
  },
})

/** Nobody answers. */
export const noHttp: Http = async () => {
  throw new Error('this runtime has no network')
}

/** A runtime for unit tests of what has no network: its clock is moved by hand, its disk is in memory and has a folder `/logs`. */
export function memoryRuntime(seed = 1): Runtime & { clock: ManualClock; disk: MemoryDisk } {
  const clock = new ManualClock()
  const disk = new MemoryDisk({ now: () => clock.now() })
  disk.mkdir('/logs')
  disk.syncDir('/')
  return { clock, random: new SeededRandom(seed), network: noNetwork, disk, http: noHttp }
}
