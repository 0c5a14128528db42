import type { Deserializer } from './deserializers.ts'
import type { MessageFormatter } from './formatter.ts'
import type { OutputBuffer } from './output-buffer.ts'
import type { PrintableRecord } from './record.ts'

type Write = (record: PrintableRecord, output: OutputBuffer) => void

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '0': '\0', '\\': '\\', c: '' }

interface FormatParts {
  readonly key?: Deserializer | undefined
  readonly value?: Deserializer | undefined
  /** `2026-01-31T12:00:00.000Z` of milliseconds. */
  readonly isoTime: (ms: number) => string
}

/**
 * Writes records as a format says: `%k %v %t %p %o %T %d %h %K %V %%` and the escapes `\n \r \t \0 \\ \xHH \c`. A line feed follows unless the
 * format ends with an escape; `\c` stands for nothing. Throws for what it does not know.
 */
export function formatString(format: string, parts: FormatParts): MessageFormatter {
  const writes: Write[] = []
  let endsWithEscape = false
  for (const [token] of format.matchAll(/%.?|\\(?:x[0-9a-fA-F]{2}|.?)|[^%\\]+/gs)) {
    endsWithEscape = token.startsWith('\\')
    if (endsWithEscape) writes.push(literal(unescaped(token)))
    else if (token.startsWith('%')) writes.push(place(token, parts))
    else writes.push(literal(token))
  }
  if (!endsWithEscape) writes.push(literal('\n'))
  return {
    write(record, output) {
      for (const write of writes) write(record, output)
    },
  }
}

function literal(text: string): Write {
  const bytes = Buffer.from(text)
  return (_, output) => output.bytes(bytes)
}

function unescaped(token: string): string {
  if (token.startsWith('\\x') && token.length === 4) return String.fromCharCode(Number.parseInt(token.slice(2), 16))
  const found = escapes[token.slice(1)]
  if (found === undefined) throw new Error(`The format has no escape ${token}.`)
  return found
}

const text =
  (of: (record: PrintableRecord) => string | number): Write =>
  (record, output) =>
    output.text(String(of(record)))

function place(token: string, parts: FormatParts): Write {
  switch (token) {
    case '%%':
      return literal('%')
    case '%t':
      return text(({ topic }) => topic)
    case '%p':
      return text(({ partition }) => partition)
    case '%o':
      return text(({ offset }) => offset)
    case '%T':
      return text(({ timestamp }) => timestamp)
    case '%d':
      return text(({ timestamp }) => parts.isoTime(timestamp))
    case '%k':
      return bytes((record) => record.key(), parts.key)
    case '%v':
    case '%s':
      return bytes((record) => record.value(), parts.value)
    case '%K':
      return text((record) => record.key()?.length ?? -1)
    case '%V':
    case '%S':
      return text((record) => record.value()?.length ?? -1)
    case '%h':
      return headers
    default:
      throw new Error(`The format has no ${token}: known are %k %v %t %p %o %T %d %h %K %V %%.`)
  }
}

const NULL = Buffer.from('null')

const bytes =
  (of: (record: PrintableRecord) => Buffer | null, deserialize: Deserializer | undefined): Write =>
  (record, output) => {
    const found = of(record)
    const result = found === null ? NULL : deserialize ? deserialize(found) : found
    if (typeof result === 'string') output.text(result)
    else output.bytes(result)
  }

const headers: Write = (record, output) => {
  for (const [index, { key, value }] of record.headers().entries()) {
    output.text(`${index > 0 ? ',' : ''}${key}=`)
    output.bytes(value ?? NULL)
  }
}
