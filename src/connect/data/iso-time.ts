/** ISO 8601 in UTC, from and to milliseconds since the epoch, by the rules of the Gregorian calendar. */
export const DAY_MS = 86_400_000

const padded = (value: number, length: number): string => String(value).padStart(length, '0')

/** Days since the epoch of a day; years begin in March, so that the leap day is the last. */
function dayNumber(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const ofEra = y - era * 400
  const ofYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  return era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468
}

/** `2020-01-02`. */
export function isoDate(ms: number): string {
  const days = Math.floor(ms / DAY_MS) + 719_468
  const era = Math.floor(days / 146_097)
  const ofEra = days - era * 146_097
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  )
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shifted = Math.floor((5 * ofYear + 2) / 153)
  const month = shifted < 10 ? shifted + 3 : shifted - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return `${padded(year, 4)}-${padded(month, 2)}-${padded(ofYear - Math.floor((153 * shifted + 2) / 5) + 1, 2)}`
}

/** `03:04:05.678Z`. */
export function isoTime(ms: number): string {
  const ofDay = ((ms % DAY_MS) + DAY_MS) % DAY_MS
  const part = (unit: number, limit: number) => Math.floor(ofDay / unit) % limit
  const hours = `${padded(part(3_600_000, 24), 2)}:${padded(part(60_000, 60), 2)}:${padded(part(1000, 60), 2)}`
  return `${hours}.${padded(ofDay % 1000, 3)}Z`
}

/** `2020-01-02T03:04:05.678Z`. */
export const isoTimestamp = (ms: number): string => `${isoDate(ms)}T${isoTime(ms)}`

const FORM = /^(?:(\d{4})-(\d\d)-(\d\d))?(T)?(?:(\d\d):(\d\d):(\d\d)\.(\d{3})(Z|[+-]\d{4}))?$/

/** Which of the three forms above a text has, and its milliseconds; undefined for another text. */
export function parseIso(text: string): { kind: 'date' | 'time' | 'timestamp'; ms: number } | undefined {
  const [found, year, month, day, t, hour, minute, second, millis, zone = 'Z'] = FORM.exec(text) ?? []
  if (!found) return undefined
  const kind = year === undefined ? 'time' : hour === undefined ? 'date' : 'timestamp'
  if ((kind === 'timestamp') !== (t !== undefined)) return undefined
  const days = year === undefined ? 0 : dayNumber(Number(year), Number(month), Number(day))
  if (year !== undefined && isoDate(days * DAY_MS) !== `${year}-${month}-${day}`) return undefined
  const clock = ((Number(hour ?? 0) * 60 + Number(minute ?? 0)) * 60 + Number(second ?? 0)) * 1000 + Number(millis ?? 0)
  if (Number(hour ?? 0) > 23 || Number(minute ?? 0) > 59 || Number(second ?? 0) > 59) return undefined
  const ahead = zone === 'Z' ? 0 : Number(`${zone[0]}1`) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3)))
  return { kind, ms: days * DAY_MS + clock - ahead * 60_000 }
}
