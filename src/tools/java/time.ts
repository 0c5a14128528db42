/** Points in time and durations as Apache's tools take them. */
import { DAY_MS, dateText, daysFromEpoch } from '../../std/calendar.ts'

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)

function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}

const dateTime = /^(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)(?:\.(\d+))?(?:Z|([+-])(\d\d):(\d\d))/

/** Milliseconds since the epoch of `YYYY-MM-DDThh:mm:ss.sss`, in UTC unless a zone follows; throws for anything else. */
export function parseDateTime(text: string): number {
  const time = text.split('T')[1]
  if (time === undefined || time === '')
    throw new Error(
      "java.text.ParseException: Error parsing timestamp. It does not contain a 'T' according to ISO8601 format",
    )
  const zoned = /[+\-Z]/.test(time) ? text : `${text}Z`
  const match = dateTime.exec(zoned)
  const [year, month, day, hour, minute, second, milli] = (match?.slice(1, 8) ?? []).map((part) => Number(part ?? 0))
  const fits =
    match &&
    month! >= 1 &&
    month! <= 12 &&
    day! >= 1 &&
    day! <= daysInMonth(year!, month!) &&
    hour! < 24 &&
    minute! < 60 &&
    second! < 60 &&
    milli! < 1000
  if (!fits) throw new Error(`java.text.ParseException: Unparseable date: "${zoned}"`)
  const offset = (Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0)) * (match[8] === '-' ? -1 : 1)
  return daysFromEpoch(year!, month!, day!) * DAY_MS + ((hour! * 60 + minute! - offset) * 60 + second!) * 1000 + milli!
}

const duration = /^([+-])?P(?:([+-]?\d+)D)?(T(?:([+-]?\d+)H)?(?:([+-]?\d+)M)?(?:([+-]?\d+)(?:[.,](\d{0,9}))?S)?)?$/i

/** Milliseconds of `PnDTnHnMnS`; throws for anything else. */
export function parseDuration(text: string): number {
  const match = duration.exec(text)
  if (!match || /[PT]$/i.test(text)) throw new Error('Text cannot be parsed to a Duration')
  const [, sign, days, , hours, minutes, seconds, fraction] = match
  const milli = Number(`0.${fraction || 0}`) * 1000 * (seconds?.startsWith('-') ? -1 : 1)
  const total =
    Number(days ?? 0) * DAY_MS +
    Number(hours ?? 0) * 3_600_000 +
    Number(minutes ?? 0) * 60_000 +
    Number(seconds ?? 0) * 1000
  return Math.floor(total + milli) * (sign === '-' ? -1 : 1)
}

/** A moment in UTC as Java's `ZonedDateTime` prints it: seconds and their parts only where there are any. */
export function zonedText(timestamp: number): string {
  const day = Math.floor(timestamp / DAY_MS)
  const rest = timestamp - day * DAY_MS
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0')
  const millis = rest % 1000
  const seconds = rest % 60_000 === 0 ? '' : `:${two((rest / 1000) % 60)}`
  const parts = millis === 0 ? '' : `.${String(millis).padStart(3, '0')}`
  return `${dateText(day)}T${two(rest / 3_600_000)}:${two((rest / 60_000) % 60)}${seconds}${parts}Z[UTC]`
}

let localMinutes: Intl.DateTimeFormat | undefined

/** `2026-01-31T12:00` in local time. */
export function minuteText(timestamp: number): string {
  localMinutes ??= new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short' })
  return localMinutes.format(timestamp).replace(' ', 'T')
}
