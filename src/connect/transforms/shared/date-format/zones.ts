import { ZONES } from './names.ts'

/** Minutes ahead of UTC, and where the text of the zone ends. */
export type FoundZone = readonly [minutes: number, end: number]

const isDigit = (text: string, at: number): boolean => /^\d$/.test(text[at] ?? '')

/** `hhmm`, `hh:mm` or `hh`, behind a sign: how much of it there has to be is said by the letters of the pattern. */
function numeric(text: string, start: number, sign: number, count: number, colon: boolean): FoundZone | undefined {
  let at = start
  if (!isDigit(text, at)) return undefined
  let hours = Number(text[at++])
  if (isDigit(text, at)) hours = hours * 10 + Number(text[at++])
  else if (count > 0 || !colon) return undefined
  if (hours > 23) return undefined
  if (count === 1) return [sign * hours * 60, at]
  if (colon && text[at++] !== ':') return undefined
  if (!isDigit(text, at) || !isDigit(text, at + 1)) return undefined
  const minutes = Number(text.slice(at, at + 2))
  return minutes > 59 ? undefined : [sign * (hours * 60 + minutes), at + 2]
}

const signAt = (text: string, at: number): number => (text[at] === '+' ? 1 : text[at] === '-' ? -1 : 0)

/** `Z`, `+02`, `+0200` or `+02:00`, for one, two and three letters X. */
export function isoZone(text: string, at: number, count: number): FoundZone | undefined {
  if (text[at] === 'Z') return [0, at + 1]
  const sign = signAt(text, at)
  return sign === 0 ? undefined : numeric(text, at + 1, sign, count, count === 3)
}

/** `+0200`, `GMT+02:00`, or one of the names that are known. */
export function generalZone(text: string, at: number): FoundZone | undefined {
  const sign = signAt(text, at)
  if (sign !== 0) return numeric(text, at + 1, sign, 0, false)
  if (/^gmt/i.test(text.slice(at, at + 3))) {
    const behind = signAt(text, at + 3)
    return behind === 0 ? [0, at + 3] : numeric(text, at + 4, behind, 0, true)
  }
  const rest = text.slice(at).toLowerCase()
  let best: FoundZone | undefined
  for (const [short, long, minutes] of ZONES)
    for (const name of [short, long])
      if (rest.startsWith(name.toLowerCase()) && at + name.length > (best?.[1] ?? at))
        best = [minutes, at + name.length]
  return best
}
