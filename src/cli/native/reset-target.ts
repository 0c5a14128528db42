import { parsePlan } from '../../tools/groups/csv.ts'
import { InvalidRequest, type ResetTarget } from '../../tools/groups/reset.ts'
import { parseDateTime, parseDuration } from '../../tools/java/time.ts'
import type { Context } from '../context.ts'

const forms =
  'earliest, latest, current, an offset (42), a shift (+10, -10), a time (2026-01-31T12:00:00), an age (PT1H ago as -PT1H) or a file (@plan.csv)'

/** Reads the `--to` of a reset; throws `InvalidRequest` for what is none of its forms. */
export function readResetTarget(text: string, group: string, { runtime }: Context): ResetTarget {
  if (text === 'earliest' || text === 'latest' || text === 'current') return { to: text }
  if (/^\d+$/.test(text)) return { to: 'offset', offset: Number(text) }
  if (/^[+-]\d+$/.test(text)) return { to: 'shift', by: Number(text) }
  if (/^\d+-\d+-\d+T/.test(text)) return { to: 'time', timestamp: parseDateTime(text) }
  if (/^-P/i.test(text))
    return { to: 'time', timestamp: Math.floor(runtime.clock.now()) - parseDuration(text.slice(1)) }
  if (text.startsWith('@')) {
    const bytes = runtime.disk.readFile(text.slice(1))
    if (!bytes) throw new Error(`There is no file ${text.slice(1)}.`)
    return { to: 'plan', plan: parsePlan(bytes.toString(), group) }
  }
  throw new InvalidRequest(`'${text}' is no target of a reset: ${forms}.`)
}
