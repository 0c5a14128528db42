import type { ClientMetric } from '../../client/types.ts'

/** Those that are whole numbers in Apache's clients. */
const WHOLE: ReadonlySet<string> = new Set(['preferred-read-replica', 'start-time-ms'])

/** For JSON and YAML, where there is null for what is no number. */
export const metricRows = (metrics: readonly ClientMetric[]) =>
  metrics.map(({ tags, value, ...names }) => ({
    ...names,
    tags: { ...tags },
    value: Number.isNaN(value) ? null : value,
  }))

/** The table of `--print-metrics`. */
export function metricsText(metrics: readonly ClientMetric[]): string {
  const rows = metrics.map((metric) => [labelOf(metric), valueText(metric)] as const)
  rows.sort(([a], [b]) => (a < b ? -1 : 1))
  const width = Math.max(...rows.map(([label]) => label.length))
  const lines = rows.map(([label, value]) => `${label.padEnd(width)} : ${value}\n`)
  return `\n${'Metric Name'.padEnd(width)}   Value\n${lines.join('')}`
}

function labelOf({ group, name, tags }: ClientMetric): string {
  const pairs = Object.entries(tags).map(([key, value]) => `${key}=${value}`)
  return `${group}:${name}:{${pairs.join(', ')}}`
}

function valueText({ name, value }: ClientMetric): string {
  return typeof value === 'string' || WHOLE.has(name) ? String(value) : value.toFixed(3)
}
