/** Java's `.properties` files: what `java.util.Properties.load` accepts, read as it reads it. */
export type Properties = Record<string, string>

const isBlank = (char: string | undefined): boolean => char === ' ' || char === '\t' || char === '\f'

/** Lines as the format sees them: comments and empty ones left out, continued ones joined. */
function* logicalLines(text: string): Generator<string> {
  let pending = ''
  let continued = false
  for (const raw of text.split(/\r\n|\n|\r/)) {
    const line = raw.replace(/^[ \t\f]+/, '')
    if (!continued && (line === '' || line[0] === '#' || line[0] === '!')) continue
    const slashes = /\\*$/.exec(line)?.[0].length ?? 0
    continued = slashes % 2 === 1
    pending += continued ? line.slice(0, -1) : line
    if (continued) continue
    yield pending
    pending = ''
  }
  if (continued && pending !== '') yield pending
}

/** Where the key ends: at the first `=`, `:` or blank without a backslash before it. */
function keyLength(line: string): number {
  for (let i = 0; i < line.length; i++) {
    if (line[i] === '\\') i++
    else if (line[i] === '=' || line[i] === ':' || isBlank(line[i])) return i
  }
  return line.length
}

const escapes: Record<string, string> = { t: '\t', n: '\n', r: '\r', f: '\f' }

function unescaped(text: string): string {
  return text.replace(
    /\\(?:u([0-9a-fA-F]{0,4})|([\s\S]?))/g,
    (_, hex: string | undefined, char: string | undefined) => {
      if (hex === undefined) return escapes[char ?? ''] ?? char ?? ''
      if (hex.length < 4) throw new Error('Malformed \\uxxxx encoding.')
      return String.fromCharCode(Number.parseInt(hex, 16))
    },
  )
}

/** Reads the text of a properties file; of two lines with the same key the later one counts. Throws for a broken `\u` escape. */
export function parseProperties(text: string): Properties {
  const properties: Properties = {}
  for (const line of logicalLines(text)) {
    const end = keyLength(line)
    let at = end
    while (isBlank(line[at])) at++
    if (line[at] === '=' || line[at] === ':') at++
    while (isBlank(line[at])) at++
    properties[unescaped(line.slice(0, end))] = unescaped(line.slice(at))
  }
  return properties
}

/** The same of a file's bytes: the format is ISO 8859-1, with `\uXXXX` for everything else. */
export const parsePropertiesFile = (bytes: Uint8Array): Properties =>
  parseProperties(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1'))
