/** A text for people with lines that end behind a word, so that no terminal of this width breaks one; unchanged for a width of 0. */
export function inLines(text: string, width: number): string {
  if (width === 0) return text
  return text
    .split('\n')
    .flatMap((line) => broken(line, width))
    .join('\n')
}

function broken(line: string, width: number): string[] {
  const lines: string[] = []
  let rest = line
  while (rest.length > width) {
    // A blank may stand right behind the last word that fits.
    const blank = rest.lastIndexOf(' ', width)
    const end = blank > 0 && rest.slice(0, blank).trim() !== '' ? blank : rest.indexOf(' ', width)
    if (end < 0) break
    lines.push(rest.slice(0, end).trimEnd())
    rest = rest.slice(end).trimStart()
  }
  return [...lines, rest]
}
