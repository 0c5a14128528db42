import { DAY_MS, dateText, daysFromEpoch } from '../../../../std/calendar.ts'
import { ERAS, HALVES, MONTHS, shortened, WEEKDAYS } from './names.ts'
import type { PatternPart } from './pattern.ts'

/** A moment in UTC, taken apart. */
interface Moment {
  readonly year: number
  readonly month: number
  readonly day: number
  /** From 1970-01-01. */
  readonly days: number
  /** 0 is Sunday. */
  readonly weekday: number
  readonly ofDay: number
}

export function formatMoment(parts: readonly PatternPart[], ms: number): string {
  const days = Math.floor(ms / DAY_MS)
  const [, year = '', month = '', day = ''] = /^(-?\d+)-(\d\d)-(\d\d)$/.exec(dateText(days)) ?? []
  const weekday = (((days + 4) % 7) + 7) % 7
  const moment = {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    days,
    weekday,
    ofDay: ms - days * DAY_MS,
  }
  return parts.map((part) => ('text' in part ? part.text : fieldText(part.letter, part.count, moment))).join('')
}

function fieldText(letter: string, count: number, moment: Moment): string {
  const number = (value: number) => String(value).padStart(count, '0')
  const { year, month, day, weekday, ofDay } = moment
  const hour = Math.floor(ofDay / 3_600_000)
  switch (letter) {
    case 'G':
      return ERAS[year > 0 ? 1 : 0] as string
    case 'y':
      return yearText(yearOfEra(year), count)
    case 'Y':
      return yearText(yearOfEra(weekYear(moment)), count)
    case 'M':
    case 'L':
      return count >= 3 ? shortened(MONTHS[month - 1] as string, count) : number(month)
    case 'E':
      return shortened(WEEKDAYS[weekday] as string, count)
    case 'a':
      return HALVES[hour < 12 ? 0 : 1] as string
    case 'z':
      return count >= 4 ? 'Coordinated Universal Time' : 'UTC'
    case 'Z':
      return '+0000'
    case 'X':
      return 'Z'
    case 'd':
      return number(day)
    case 'D':
      return number(moment.days - daysFromEpoch(year, 1, 1) + 1)
    case 'F':
      return number(Math.floor((day - 1) / 7) + 1)
    case 'u':
      return number(weekday === 0 ? 7 : weekday)
    case 'w':
      return number(weekOf(moment, weekYear(moment), 1))
    case 'W':
      return number(weekOf(moment, year, month))
    default:
      return number(timeField(letter, hour, ofDay))
  }
}

function timeField(letter: string, hour: number, ofDay: number): number {
  switch (letter) {
    case 'H':
      return hour
    case 'k':
      return hour === 0 ? 24 : hour
    case 'K':
      return hour % 12
    case 'h':
      return hour % 12 === 0 ? 12 : hour % 12
    case 'm':
      return Math.floor(ofDay / 60_000) % 60
    case 's':
      return Math.floor(ofDay / 1000) % 60
    default:
      return ofDay % 1000
  }
}

const yearOfEra = (year: number): number => (year > 0 ? year : 1 - year)

/** Two figures for two letters. */
const yearText = (year: number, count: number): string =>
  count === 2 ? String(year % 100).padStart(2, '0') : String(year).padStart(count, '0')

/** Weeks begin on Sunday, and the one with the first day of a year or month is its first, as in the United States. */
function weekOf({ days }: Moment, year: number, month: number): number {
  const first = daysFromEpoch(year, month, 1)
  const start = first - ((((first + 4) % 7) + 7) % 7)
  return Math.floor((days - start) / 7) + 1
}

/** The last days of December may be in the first week of the next year. */
function weekYear(moment: Moment): number {
  const next = daysFromEpoch(moment.year + 1, 1, 1)
  const start = next - ((((next + 4) % 7) + 7) % 7)
  return moment.days >= start ? moment.year + 1 : moment.year
}
