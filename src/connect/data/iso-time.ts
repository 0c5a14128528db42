import { DAY_MS, dateText, daysFromEpoch } from '../../std/calendar.ts'

/** ISO 8601 in UTC, from and to milliseconds since the epoch, by the rules of the Gregorian calendar. */
const padded = (value: number, length: number): string => String(value).padStart(length, '0')

/** `2020-01-02`. */
const isoDate = (ms: number): string => dateText(Math.floor(ms / DAY_MS))

/** `03:04:05.678Z`. */
function isoTime(ms: number): string {
  const ofDay = ((ms % DAY_MS) + DAY_MS) % DAY_MS
  const part = (unit: number, limit: number) => Math.floor(ofDay / unit) % limit
  const hours = `${padded(part(3_600_000, 24), 2)}:${padded(part(60_000, 60), 2)}:${padded(part(1000, 60), 2)}`
  return `${hours}.${padded(ofDay % 1000, 3)}Z`
}

/** `2020-01-02T03:04:05.678Z`. */
const isoTimestamp = (ms: number): string => `${isoDate(ms)}T${isoTime(ms)}`

/** Whatever of the three it is: what is less than a day is a time, what is whole days a date. */
export function isoText(ms: number): string {
  if (ms < DAY_MS) return isoTime(ms)
  return ms % DAY_MS === 0 ? isoDate(ms) : isoTimestamp(ms)
}

const FORM = /^(?:(\d{4})-(\d\d)-(\d\d))?(T)?(?:(\d\d):(\d\d):(\d\d)\.(\d{3})(Z|[+-]\d{4}))?$/

/** Which of the three forms above a text has, and its milliseconds; undefined for another text. */
export function parseIso(text: string): { kind: 'date' | 'time' | 'timestamp'; ms: number } | undefined {
  const [found, year, month, day, t, hour, minute, second, millis, zone = 'Z'] = FORM.exec(text) ?? []
  if (!found) return undefined
  const kind = year === undefined ? 'time' : hour === undefined ? 'date' : 'timestamp'
  if ((kind === 'timestamp') !== (t !== undefined)) return undefined
  const days = year === undefined ? 0 : daysFromEpoch(Number(year), Number(month), Number(day))
  if (year !== undefined && isoDate(days * DAY_MS) !== `${year}-${month}-${day}`) return undefined
  const clock = ((Number(hour ?? 0) * 60 + Number(minute ?? 0)) * 60 + Number(second ?? 0)) * 1000 + Number(millis ?? 0)
  if (Number(hour ?? 0) > 23 || Number(minute ?? 0) > 59 || Number(second ?? 0) > 59) return undefined
  const ahead = zone === 'Z' ? 0 : Number(`${zone[0]}1`) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3)))
  return { kind, ms: days * DAY_MS + clock - ahead * 60_000 }
}
