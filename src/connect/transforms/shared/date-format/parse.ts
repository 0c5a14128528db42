import { DAY_MS, dateText, daysFromEpoch } from '../../../../std/calendar.ts'
import { ERAS, HALVES, MONTHS, WEEKDAYS } from './names.ts'
import type { PatternPart } from './pattern.ts'
import { generalZone, isoZone } from './zones.ts'

/** Fields that have been read, by the letter that stands for each kind, in their order: of several the last one counts. */
type Fields = Map<string, number>

function set(fields: Fields, name: string, value: number): void {
  fields.delete(name)
  fields.set(name, value)
}

/** Whether the first of two was read behind the second, or alone. */
function isLater(fields: Fields, name: string, other: string): boolean {
  const order = [...fields.keys()]
  return order.indexOf(name) > order.indexOf(other)
}

/** Letters of fields that a moment cannot be told from here. */
export const UNREADABLE = /[YwWFu]/

/** Letters of fields whose width counts where they stand right before another one. */
const numeric = (part: PatternPart | undefined): boolean =>
  part !== undefined &&
  'letter' in part &&
  (/[ML]/.test(part.letter) ? part.count <= 2 : /[ydHkKhmsSD]/.test(part.letter))

/** Milliseconds of a text that begins as the pattern has it; as lenient as Java's: the 32nd of a month is in the next. Undefined for another text. */
export function parseMoment(parts: readonly PatternPart[], text: string, now: number): number | undefined {
  const fields: Fields = new Map()
  let at = 0
  for (const [i, part] of parts.entries()) {
    if ('text' in part) {
      if (!text.startsWith(part.text, at)) return undefined
      at += part.text.length
      continue
    }
    const limit = numeric(parts[i + 1]) ? at + part.count : Number.POSITIVE_INFINITY
    if (!namesOf(part.letter, part.count)) while (text[at] === ' ' || text[at] === '\t') at++
    const end = readField(fields, part, text, at, limit, now)
    if (end === undefined) return undefined
    at = end
  }
  return momentOf(fields, now)
}

/** Where the field ends; undefined where it is not there. */
function readField(
  fields: Fields,
  { letter, count }: { readonly letter: string; readonly count: number },
  text: string,
  at: number,
  limit: number,
  now: number,
): number | undefined {
  if (letter === 'z' || letter === 'Z' || letter === 'X') {
    const found = letter === 'X' ? isoZone(text, at, count) : generalZone(text, at)
    if (found) set(fields, 'zone', found[0])
    return found?.[1]
  }
  const names = namesOf(letter, count)
  if (names) {
    const found = nameAt(names, text, at)
    if (found) set(fields, kindOf(letter), found.index + (/[ML]/.test(letter) ? 1 : 0))
    return found?.end
  }
  const [digits] = /^-?\d+/.exec(text.slice(at, limit)) ?? []
  if (digits === undefined) return undefined
  const value = Number(digits)
  if (letter === 'y') readYear(fields, value, count <= 2 && /^\d\d$/.test(digits), now)
  else set(fields, kindOf(letter), letter === 'k' && value === 24 ? 0 : letter === 'h' && value === 12 ? 0 : value)
  return at + digits.length
}

/** Letters that say the same in two ways. */
const kindOf = (letter: string): string => ({ L: 'M', k: 'H', h: 'K' })[letter] ?? letter

function namesOf(letter: string, count: number): readonly string[] | undefined {
  if (letter === 'G') return ERAS
  if (letter === 'E') return WEEKDAYS
  if (letter === 'a') return HALVES
  return /[ML]/.test(letter) && count > 2 ? MONTHS : undefined
}

/** The longest name that the text goes on with, whole or by its first three letters, whatever the case. */
function nameAt(names: readonly string[], text: string, at: number): { index: number; end: number } | undefined {
  const rest = text.slice(at).toLowerCase()
  let best: { index: number; end: number } | undefined
  for (const [index, name] of names.entries())
    for (const form of [name, name.slice(0, 3)])
      if (rest.startsWith(form.toLowerCase()) && at + form.length > (best?.end ?? at))
        best = { index, end: at + form.length }
  return best
}

const yearOf = (ms: number): number => Number(/^-?\d+/.exec(dateText(Math.floor(ms / DAY_MS)))?.[0] ?? 1970)

/** Two figures are a year from eighty years ago on. */
function readYear(fields: Fields, value: number, isShort: boolean, now: number): void {
  fields.delete('short')
  if (!isShort) return set(fields, 'y', value)
  const start = yearOf(now) - 80
  set(fields, 'y', Math.floor(start / 100) * 100 + value + (value < start % 100 ? 100 : 0))
  if (value === start % 100) set(fields, 'short', 1)
}

function momentOf(fields: Fields, now: number): number {
  const given = fields.get('y') ?? 1970
  const year = fields.get('G') === 0 ? 1 - given : given
  const ms = at(fields, year)
  // The year that began eighty years ago is over for the part of it that lies before today's date.
  const start = at(new Map(), yearOf(now) - 80) + (now - at(new Map(), yearOf(now)))
  return fields.has('short') && ms < start ? at(fields, year + 100) : ms
}

function at(fields: Fields, year: number): number {
  const month = (fields.get('M') ?? 1) - 1
  const first = daysFromEpoch(year + Math.floor(month / 12), (((month % 12) + 12) % 12) + 1, 1)
  const days = isLater(fields, 'D', 'd')
    ? daysFromEpoch(year, 1, 1) + (fields.get('D') ?? 1) - 1
    : first + (fields.get('d') ?? firstOf(fields.get('E'), first)) - 1
  const clock = (hourOf(fields) * 60 + (fields.get('m') ?? 0) - (fields.get('zone') ?? 0)) * 60 + (fields.get('s') ?? 0)
  return days * DAY_MS + clock * 1000 + (fields.get('S') ?? 0)
}

/** The day of a month that begins on day `first` which is the first with that name; without a name the first of all. */
const firstOf = (weekday: number | undefined, first: number): number =>
  weekday === undefined ? 1 : ((((weekday - first - 4) % 7) + 7) % 7) + 1

/** Of the day, or of its half: what was read last, where the half is said, too. */
function hourOf(fields: Fields): number {
  const ofDay = fields.get('H')
  const isHalf = fields.has('a') && fields.has('K') && (isLater(fields, 'K', 'H') || isLater(fields, 'a', 'H'))
  if (ofDay !== undefined && !isHalf) return ofDay
  return (fields.get('K') ?? 0) + (fields.get('a') ?? 0) * 12
}
