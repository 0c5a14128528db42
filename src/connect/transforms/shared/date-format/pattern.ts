/** A part of a pattern of Java's SimpleDateFormat: a field, which is a letter so many times, or text that stands for itself. */
export type PatternPart = { readonly letter: string; readonly count: number } | { readonly text: string }

const LETTERS = 'GyYMLwWDdFEuaHkKhmsSzZX'

/** Throws an error for a letter that has no meaning, a quote without its other half, and a zone that is too long. */
export function readPattern(pattern: string): PatternPart[] {
  const parts: PatternPart[] = []
  const add = (text: string) => {
    const last = parts.at(-1)
    if (last && 'text' in last) parts.splice(-1, 1, { text: last.text + text })
    else parts.push({ text })
  }
  for (let at = 0; at < pattern.length; ) {
    const letter = pattern[at] as string
    if (letter === "'") {
      const [text, end] = quoted(pattern, at)
      add(text)
      at = end
    } else if (/[A-Za-z]/.test(letter)) {
      let end = at + 1
      while (pattern[end] === letter) end++
      parts.push(field(letter, end - at))
      at = end
    } else {
      add(letter)
      at++
    }
  }
  return parts
}

function field(letter: string, count: number): PatternPart {
  if (!LETTERS.includes(letter)) throw new Error(`Illegal pattern character '${letter}'`)
  if (letter === 'X' && count > 3) throw new Error(`invalid ISO 8601 format: length=${count}`)
  return { letter, count }
}

/** What stands between quotes, two of which are one; and where it ends. */
function quoted(pattern: string, start: number): [text: string, end: number] {
  if (pattern[start + 1] === "'") return ["'", start + 2]
  let text = ''
  for (let at = start + 1; at < pattern.length; at++) {
    if (pattern[at] !== "'") text += pattern[at]
    else if (pattern[at + 1] === "'") {
      text += "'"
      at++
    } else return [text, at + 1]
  }
  throw new Error('Unterminated quote')
}
