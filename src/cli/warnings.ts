import type { ClientHooks } from '../client/types.ts'
import type { Context } from './context.ts'

/** What clients warn of goes to standard error, in the shape of Apache's log lines. */
export const warnings = ({ console, runtime }: Context): ClientHooks => ({
  warn: (sentence) => console.error(`[${logTime(runtime.clock.now())}] WARN ${sentence}\n`),
})

/** `2026-01-31 12:00:00,123` in local time, as log4j writes it. */
export function logTime(now: number): string {
  return now < 0 ? '' : localIso(now).replace('T', ' ').replace('.', ',')
}

function localIso(now: number): string {
  const format = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium' })
  return `${format.format(now)},${String(now % 1000).padStart(3, '0')}`
}
