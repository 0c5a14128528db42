import type { ClientHooks } from '../client/types.ts'
import type { Context } from './context.ts'

/** Milliseconds for which a warning is not repeated. */
const QUIET = 30_000

/** What clients warn of goes to standard error, in the shape of Apache's log lines; the same sentence only now and then. */
export function warnings({ console, runtime }: Context): ClientHooks {
  const told = new Map<string, number>()
  return {
    warn: (sentence) => {
      const now = runtime.clock.monotonic()
      if (now - (told.get(sentence) ?? Number.NEGATIVE_INFINITY) < QUIET) return
      told.set(sentence, now)
      console.error(`[${logTime(runtime.clock.now())}] WARN ${sentence}\n`)
    },
  }
}

let localTime: Intl.DateTimeFormat | undefined

/** `2026-01-31 12:00:00,123` in local time, as log4j writes it. */
export function logTime(now: number): string {
  localTime ??= new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium' })
  return `${localTime.format(now)},${String(Math.floor(now) % 1000).padStart(3, '0')}`
}
