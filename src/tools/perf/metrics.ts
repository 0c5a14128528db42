/** One figure under the name that Apache's clients give it. */
export interface Metric {
  readonly group: string
  readonly name: string
  readonly clientId: string
  readonly value: number
}

/** The table of `--print-metrics`. */
export function metricsText(metrics: readonly Metric[]): string {
  const rows = metrics
    .map(({ group, name, clientId, value }) => [`${group}:${name}:{client-id=${clientId}}`, value] as const)
    .sort((a, b) => (a[0] < b[0] ? -1 : 1))
  const width = Math.max(...rows.map(([name]) => name.length))
  const lines = rows.map(([name, value]) => `${name.padEnd(width)} : ${value.toFixed(3)}\n`)
  return `\n${'Metric Name'.padEnd(width)}   Value\n${lines.join('')}`
}
