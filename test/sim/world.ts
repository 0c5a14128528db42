import { sleepOn } from '../../src/runtime/clock.ts'
import type { Clock, Random, Runtime, Timer } from '../../src/runtime/index.ts'
import { crc32c } from '../../src/std/crc32c.ts'
import { MemoryDisk } from '../support/memory-disk.ts'
import { noHttp } from '../support/memory-runtime.ts'
import { SimNetwork } from './network.ts'

/** Simulated time goes by in these steps, so that differences of two moments are exact; milliseconds. */
const STEP = 2 ** -20
/** More at one moment is a loop that waits for a moment which never comes. */
const EVENTS_AT_ONCE = 100_000

interface Event {
  readonly at: number
  readonly order: number
  run: (() => void) | undefined
}

/** A stream of chance: the same for the same seed, on every machine (mulberry32). */
export class Chance implements Random {
  private state: number

  constructor(seed: number) {
    this.state = seed >>> 0
  }

  /** In [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let t = this.state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }

  int(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low)
  }

  bool(probability: number): boolean {
    return this.next() < probability
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.alloc(length)
    for (let at = 0; at < length; at++) bytes[at] = this.int(256)
    return bytes
  }
}

/**
 * Everything there is in one simulated run: one queue of events in simulated time, one seed behind all chance. Code under test is plain
 * async code; between two events all of its promises run dry, so that the order of things comes from the queue alone.
 */
export class World {
  readonly chance: Chance
  readonly network: SimNetwork
  private readonly heap: Event[] = []
  private order = 0
  private time = 0
  private digest = 0
  /** Told of every line of the trace, when somebody wants to read it. */
  onTrace: ((line: string) => void) | undefined

  constructor(readonly seed: number) {
    this.chance = new Chance(seed)
    this.network = new SimNetwork(this)
  }

  /** Simulated milliseconds since the start. */
  get now(): number {
    return this.time
  }

  /** A digest of the trace so far: two runs of a seed must agree on it. */
  get fingerprint(): string {
    return this.digest.toString(16).padStart(8, '0')
  }

  /** What no run may show, in the order in which it was seen. */
  readonly complaints: string[] = []

  complain(what: string): void {
    this.trace(`WRONG: ${what}`)
    this.complaints.push(`at ${this.time.toFixed(3)} ms: ${what}`)
  }

  trace(line: string): void {
    const whole = `${this.time.toFixed(3)} ${line}`
    this.digest = crc32c(Buffer.from(`${this.digest} ${whole}`))
    this.onTrace?.(whole)
  }

  /** Runs it after so long, never earlier by `now`. */
  schedule(delayMs: number, run: () => void): Timer {
    const at = this.time + Math.ceil(Math.max(0, delayMs) / STEP) * STEP
    const event: Event = { at, order: this.order++, run }
    this.push(event)
    return {
      cancel: () => {
        event.run = undefined
      },
    }
  }

  /** Runs events until `done` says so. Throws when nothing is left to happen, time stands still, or after `limitMs` of simulated time. */
  async run(done: () => boolean, limitMs: number): Promise<void> {
    await drain()
    let atOnce = 0
    while (!done()) {
      const event = this.pop()
      if (!event) throw new Error('nothing is left to happen, and the run is not done')
      if (!event.run) continue
      atOnce = event.at === this.time ? atOnce + 1 : 0
      if (atOnce > EVENTS_AT_ONCE) throw new Error(`time stands still at ${this.time} ms`)
      this.time = event.at
      if (this.time > limitMs) throw new Error(`not done after ${limitMs} simulated milliseconds`)
      event.run()
      await drain()
    }
  }

  private before(a: Event, b: Event): boolean {
    return a.at < b.at || (a.at === b.at && a.order < b.order)
  }

  private push(event: Event): void {
    const { heap } = this
    let at = heap.push(event) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.before(event, heap[parent] as Event)) break
      heap[at] = heap[parent] as Event
      at = parent
    }
    heap[at] = event
  }

  private pop(): Event | undefined {
    const { heap } = this
    const first = heap[0]
    const last = heap.pop()
    if (!first || !last || heap.length === 0) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && this.before(heap[child + 1] as Event, heap[child] as Event)) child++
      if (!this.before(heap[child] as Event, last)) break
      heap[at] = heap[child] as Event
      at = child
    }
    heap[at] = last
    return first
  }
}

/** All promises that can go on have gone on: Node runs them dry before it looks at its own queue. */
const drain = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A machine in the world, with a clock that is off and a disk that survives its processes. */
export class Host {
  readonly disk: MemoryDisk
  /** Processes so far: what an earlier one planned does not happen. */
  private life = 0
  private readonly clockOffset: number
  /** Until then syncs take long. */
  private slowUntil = 0

  constructor(
    private readonly world: World,
    readonly name: string,
  ) {
    this.clockOffset = Date.UTC(2026, 0, 1) + world.chance.int(1000)
    this.disk = new MemoryDisk({
      now: () => this.clockOffset + world.now,
      delay: () => {
        const { life } = this
        return new Promise((resolve) =>
          world.schedule(this.syncMs(), () => {
            if (this.life === life) resolve()
          }),
        )
      },
    })
  }

  /** The disk takes seconds for a sync, for so many milliseconds. */
  slowDown(ms: number): void {
    this.world.trace(`the disk of ${this.name} is slow for ${ms.toFixed(0)} ms`)
    this.slowUntil = this.world.now + ms
  }

  private syncMs(): number {
    const { chance, now } = this.world
    return now < this.slowUntil ? chance.between(200, 2500) : chance.between(0.05, 4)
  }

  /** What the next process on this machine runs on. */
  boot(): Runtime {
    const { world, name, disk } = this
    const life = ++this.life
    const alive = () => this.life === life
    const schedule = (ms: number, callback: () => void) =>
      world.schedule(ms, () => {
        if (alive()) callback()
      })
    const clock: Clock = {
      now: () => Math.floor(this.clockOffset + world.now),
      monotonic: () => world.now,
      timer: schedule,
      defer: (callback) => void schedule(0, callback),
      sleep: (ms, signal) => sleepOn(clock, ms, signal),
    }
    return {
      clock,
      disk,
      random: new Chance(world.chance.int(2 ** 31)),
      network: world.network.attach(name, alive),
      http: noHttp,
    }
  }

  /** The process dies; what it had written is in the page cache. */
  kill(): void {
    this.world.trace(`${this.name} is killed`)
    this.life++
    this.disk.killProcess()
    this.world.network.dropHost(this.name)
  }

  /** The power goes: of what was not synced, chance keeps a part. */
  losePower(): void {
    this.world.trace(`${this.name} loses power`)
    this.life++
    this.disk.losePower({ seed: this.world.chance.int(2 ** 31) })
    this.world.network.dropHost(this.name)
  }
}
