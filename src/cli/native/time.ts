import { InvalidRequest } from '../../tools/groups/reset.ts'
import { parseDateTime } from '../../tools/java/time.ts'
import { readSpan } from './span.ts'

let utc: Intl.DateTimeFormat | undefined

/** `2026-01-31T12:00:00Z`. */
export const isoTime = (now: number): string => `${isoSeconds(now)}Z`

/** `2026-01-31T12:00:00.123Z`. */
export const isoMillis = (now: number): string =>
  `${isoSeconds(now)}.${String(Math.floor(now) % 1000).padStart(3, '0')}Z`

function isoSeconds(now: number): string {
  utc ??= new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium', timeZone: 'UTC' })
  return utc.format(now).replace(' ', 'T')
}

/**
 * Milliseconds since 1970 of `2026-01-31T12:00:00Z` (UTC without a zone), `2026-01-31`, `1769860800000`, `-1h` or `now`; throws
 * `InvalidRequest` for anything else.
 */
export function readMoment(flag: string, text: string, now: number): number {
  if (text === 'now') return Math.floor(now)
  if (/^\d+$/.test(text)) return Number(text)
  const ago = text.startsWith('-') ? readSpan(text.slice(1)) : undefined
  if (ago !== undefined) return Math.floor(now - ago)
  try {
    return parseDateTime(wholeDate(text))
  } catch {
    throw new InvalidRequest(
      `--${flag} takes a time such as 2026-01-31T12:00:00Z, 2026-01-31, milliseconds since 1970, -1h or now, not ${text}.`,
    )
  }
}

/** Days without a time, and times without seconds, begin with what is left out. */
const wholeDate = (text: string): string =>
  /^\d+-\d+-\d+$/.test(text) ? `${text}T00:00:00` : text.replace(/^(\d+-\d+-\d+T\d+:\d+)(?=Z|[+-]\d|$)/, '$1:00')
