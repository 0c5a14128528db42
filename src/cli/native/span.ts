import { InvalidRequest } from '../../tools/groups/reset.ts'

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** Milliseconds of `500ms`, `2s`, `1.5h`, `1h30m`; undefined for what is no span of time. A bare number is seconds. */
export function readSpan(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000
  if (!/^(\d+(\.\d+)?(ms|[smhdw]))+$/.test(text)) return undefined
  let total = 0
  for (const [, count, unit] of text.matchAll(/([\d.]+)(ms|[smhdw])/g))
    total += Number(count) * (units[unit as string] as number)
  return total
}

/** The same for a flag; throws `InvalidRequest`. */
export function spanOf(flag: string, text: string): number {
  const span = readSpan(text)
  if (span === undefined) throw new InvalidRequest(`--${flag} takes a time such as 500ms, 2s or 1m, not ${text}.`)
  return span
}
