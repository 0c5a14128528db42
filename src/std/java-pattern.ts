/** Regular expressions in Java's spelling, as far as JavaScript's engine can do what they say. */

const FLAGS = /^\(\?([imsu]+)\)/

/** Text between `\Q` and `\E` stands for itself. */
const withoutQuotes = (source: string): string =>
  source.replace(/\\Q(.*?)(?:\\E|$)/gs, (_, text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))

/** Matches only whole texts, as Java's `matches` does. Throws a SyntaxError for what cannot be read. */
export function javaPattern(text: string): RegExp {
  const source = withoutQuotes(text)
  const [head = '', given = ''] = FLAGS.exec(source) ?? []
  const flags = new Set(given)
  // Classes of Unicode are read as such with this flag only.
  if (/\\[pP]\{/.test(source)) flags.add('u')
  return new RegExp(`^(?:${source.slice(head.length)})$`, [...flags].join(''))
}

/**
 * Java's `Matcher.replaceFirst` for a pattern that matches the whole text: `$1` and `${name}` stand for groups, a backslash takes the next
 * letter as it is. Throws an error for a group that is not there. Undefined where nothing matches.
 */
export function replaceWhole(pattern: RegExp, text: string, replacement: string): string | undefined {
  const found = pattern.exec(text)
  if (!found) return undefined
  let result = ''
  for (let at = 0; at < replacement.length; ) {
    const letter = replacement[at] as string
    if (letter === '\\') {
      if (at + 1 === replacement.length) throw new Error('character to be escaped is missing')
      result += replacement[at + 1]
      at += 2
    } else if (letter === '$') {
      const [value, end] = group(found, replacement, at + 1)
      result += value
      at = end
    } else {
      result += letter
      at++
    }
  }
  return result
}

/** The group that is named behind the dollar at `at - 1`, and where its name ends. */
function group(found: RegExpExecArray, replacement: string, at: number): [value: string, end: number] {
  const [named, name = ''] = /^\{(\w+)\}/.exec(replacement.slice(at)) ?? []
  if (named !== undefined) {
    if (!found.groups || !(name in found.groups)) throw new Error(`No group with name {${name}}`)
    return [found.groups[name] ?? '', at + named.length]
  }
  const first = /^\d/.exec(replacement.slice(at))?.[0]
  if (first === undefined) throw new Error('Illegal group reference')
  let number = Number(first)
  if (number >= found.length) throw new Error(`No group ${number}`)
  let end = at + 1
  // As many figures as still name a group.
  while (/\d/.test(replacement[end] ?? '') && number * 10 + Number(replacement[end]) < found.length) {
    number = number * 10 + Number(replacement[end])
    end++
  }
  return [found[number] ?? '', end]
}
