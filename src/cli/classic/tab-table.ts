/** Columns as wide as their longest cell, a tab behind each, as some of Apache's tools print them. */
export function tabTable(titles: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const texts = [titles, ...rows].map((row) => row.map(String))
  const widths = titles.map((_, at) => Math.max(...texts.map((row) => (row[at] as string).length)))
  return texts.map((row) => `${row.map((cell, at) => `${cell.padEnd(widths[at] as number)}\t`).join('')}\n`).join('')
}
