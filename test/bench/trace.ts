import { PerformanceObserver } from 'node:perf_hooks'
import type { Disk, File, Runtime } from '../../src/runtime/index.ts'
import { Lateness } from './lateness.ts'

/** The longest and all of one kind of pause, in milliseconds. */
export interface Pause {
  count: number
  longest: number
  total: number
}

export interface Report extends ReturnType<Lateness['report']> {
  /** Pauses of the event loop by cause: `gc minor`, `write .log`, `sync .log` (on the main thread only) ... */
  readonly pauses: Record<string, Pause>
}

/** Notes what keeps a process from its event loop: the collector, and every synchronous call of the disk. */
export class Trace {
  private readonly pauses: Record<string, Pause> = {}
  private readonly lateness = new Lateness()

  constructor() {
    const kinds: Record<number, string> = { 1: 'gc minor', 4: 'gc major', 8: 'gc incremental', 16: 'gc weak' }
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { kind = 0 } = (entry as { detail?: { kind?: number } }).detail ?? {}
        const cause = kinds[kind] ?? `gc ${kind}`
        this.note(cause, entry.duration)
        this.lateness.noteAt(cause, entry.startTime, entry.duration)
      }
    }).observe({ entryTypes: ['gc'] })
  }

  start(): void {
    this.lateness.start()
  }

  report(): Report {
    return { pauses: this.pauses, ...this.lateness.report() }
  }

  /** The same runtime with its disk watched. */
  watch(runtime: Runtime): Runtime {
    const disk = this.timed(runtime.disk, (name, path) => `${name} ${kindOf(path)}`)
    const open: Disk['open'] = (path, options) =>
      this.timed(runtime.disk.open(path, options), (name) => `${name} ${kindOf(path)}`) as File
    return {
      ...runtime,
      disk: { ...(disk as Disk), open: this.wrapped('open', open, (_, path) => `open ${kindOf(path)}`) },
    }
  }

  private timed<T extends object>(target: T, label: (name: string, path: string) => string): T {
    return new Proxy(target, {
      get: (_, name: string) => {
        const value = target[name as keyof T]
        return typeof value === 'function' ? this.wrapped(name, value.bind(target) as never, label) : value
      },
      ownKeys: () => Reflect.ownKeys(target),
    })
  }

  private wrapped<F extends (...args: never[]) => unknown>(
    name: string,
    call: F,
    label: (name: string, path: string) => string,
  ): F {
    return ((...args: never[]) => {
      const start = performance.now()
      try {
        return call(...args)
      } finally {
        // What is written is an argument too, and as a string it would be garbage that the broker never makes.
        const [path] = args as unknown[]
        const cause = label(name, typeof path === 'string' ? path : '')
        const took = performance.now() - start
        this.note(cause, took)
        this.lateness.note(cause, took)
      }
    }) as F
  }

  private note(cause: string, ms: number): void {
    const pause = (this.pauses[cause] ??= { count: 0, longest: 0, total: 0 })
    pause.count++
    pause.total += ms
    pause.longest = Math.max(pause.longest, ms)
  }
}

/** `.log`, `.index`, `leader-epoch-checkpoint` ...; `folder` for what has no name of its own. */
const kindOf = (path: string): string => {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return /\.[a-z]+$/.exec(name)?.[0] ?? (/checkpoint|metadata/.test(name) ? name : 'folder')
}
