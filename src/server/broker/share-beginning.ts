import { KafkaError } from '../../protocol/errors.ts'
import type { Partition } from '../replication/partition.ts'

const units = { D: 86_400_000, H: 3_600_000, M: 60_000, S: 1000 } as const

/** Milliseconds of a duration as Java writes it: `P1DT2H3M4.5S`. */
function durationMs(text: string): number {
  let sum = 0
  for (const [, number, unit] of text.matchAll(/([\d.]+)([DHMS])/gi))
    sum += Number(number) * units[unit?.toUpperCase() as keyof typeof units]
  return sum
}

/**
 * Where a share group begins to read of which nothing is known. Throws OFFSET_NOT_AVAILABLE when no record is young enough.
 *
 * @param reset value of `share.auto.offset.reset`: `earliest`, `latest` or `by_duration:<duration>` (KIP-1106)
 * @param now wall time in milliseconds
 */
export function beginningOf(log: Partition['log'], reset: string, now: number): number {
  const [strategy = '', duration = ''] = reset.split(':')
  switch (strategy.toLowerCase()) {
    case 'earliest':
      return log.logStartOffset
    case 'by_duration': {
      const place = log.offsetForTimestamp(now - durationMs(duration))
      if (!place) throw new KafkaError('OFFSET_NOT_AVAILABLE')
      return place.offset
    }
    default:
      return log.highWatermark
  }
}
