/** Text as argparse4j breaks it: 75 columns, every line but the last one stretched to the full width by blanks in its middle. */
const WIDTH = 75

/** Lines may end after blanks and after dashes. */
const units = /[^\s-]*-*\s*/g

export function justify(text: string): string {
  const lines: string[] = []
  let line = ''
  // The line break after the text counts with its last word.
  for (const [unit] of `${text}\n`.matchAll(units)) {
    if (line.length + unit.length > WIDTH && line !== '') {
      lines.push(stretch(line.trimEnd()))
      line = ''
    }
    line += unit
  }
  return [...lines, line.trimEnd()].join('\n')
}

function stretch(line: string): string {
  const words = line.split(' ')
  const gaps = words.length - 1
  const missing = WIDTH - line.length
  if (gaps === 0 || missing <= 0) return line
  const each = Math.floor(missing / gaps)
  const more = missing % gaps
  const first = (gaps - more + 1) >> 1
  return words.reduce((text, word, gap) => {
    const extra = gap - 1 >= first && gap - 1 < first + more ? 1 : 0
    return `${text}${' '.repeat(1 + each + extra)}${word}`
  })
}
