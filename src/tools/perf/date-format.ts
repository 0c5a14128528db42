/** Writes times as Java's SimpleDateFormat does, in local time and in English. */

type Parts = Readonly<Record<string, string>>

let formatter: Intl.DateTimeFormat | undefined

function partsOf(millis: number): Parts {
  formatter ??= new Intl.DateTimeFormat('en-US', {
    calendar: 'gregory',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    weekday: 'long',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    timeZoneName: 'longOffset',
  })
  const parts: Record<string, string> = {}
  for (const { type, value } of formatter.formatToParts(millis)) parts[type] = value
  return parts
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ')

const padded = (value: number, width: number): string => String(value).padStart(width, '0')
const named = (name: string, width: number): string => (width >= 4 ? name : name.slice(0, 3))

/** `+0100`, or `+01:00` with a colon. */
function offset(parts: Parts, colon: string): string {
  const match = /([+-])(\d\d):(\d\d)/.exec(parts.timeZoneName ?? '')
  return match ? `${match[1]}${match[2]}${colon}${match[3]}` : `+00${colon}00`
}

const letters: Readonly<Record<string, (parts: Parts, width: number, millis: number) => string>> = {
  y: ({ year }, width) => (width === 2 ? (year as string).slice(-2) : padded(Number(year), width)),
  M: ({ month }, width) =>
    width >= 3 ? named(month as string, width) : padded(MONTHS.indexOf(month as string) + 1, width),
  d: ({ day }, width) => padded(Number(day), width),
  E: ({ weekday }, width) => named(weekday as string, width),
  a: ({ hour }) => (Number(hour) < 12 ? 'AM' : 'PM'),
  H: ({ hour }, width) => padded(Number(hour), width),
  k: ({ hour }, width) => padded(Number(hour) || 24, width),
  K: ({ hour }, width) => padded(Number(hour) % 12, width),
  h: ({ hour }, width) => padded(Number(hour) % 12 || 12, width),
  m: ({ minute }, width) => padded(Number(minute), width),
  s: ({ second }, width) => padded(Number(second), width),
  S: (_, width, millis) => padded(millis % 1000, width),
  Z: (parts) => offset(parts, ''),
  X: (parts, width) => (offset(parts, '') === '+0000' ? 'Z' : offset(parts, width === 3 ? ':' : '')),
}

type Piece = (parts: Parts, millis: number) => string

/** Compiles a pattern; throws Java's sentence for one that is none. */
export function dateFormat(pattern: string): (millis: number) => string {
  const pieces = Array.from(
    pattern.matchAll(/'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+|'/g),
    ([text, quoted, letter]) => pieceOf(text, quoted, letter),
  )
  return (millis) => {
    const parts = partsOf(millis)
    return pieces.map((piece) => piece(parts, millis)).join('')
  }
}

function pieceOf(text: string, quoted: string | undefined, letter: string | undefined): Piece {
  if (letter !== undefined) {
    const write = letters[letter]
    if (!write) throw new Error(`Illegal pattern character '${letter}'`)
    return (parts, millis) => write(parts, text.length, millis)
  }
  if (quoted === undefined && text === "'") throw new Error('Unterminated quote')
  const literal = quoted === undefined ? text : quoted === '' ? "'" : quoted.replaceAll("''", "'")
  return () => literal
}
