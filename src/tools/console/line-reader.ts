import type { ProducerRecord } from '../../client/types.ts'

type Settings = Readonly<Record<string, string>>
type Headers = NonNullable<ProducerRecord['headers']>

/** What stands between what on a line. */
interface Separators {
  readonly key: string
  readonly headersDelimiter: string
  readonly headers: string
  readonly headerKey: string
}

function readSeparators(settings: Settings): Separators {
  const separators = {
    key: settings['key.separator'] ?? '\t',
    headersDelimiter: settings['headers.delimiter'] ?? '\t',
    headers: settings['headers.separator'] ?? ',',
    headerKey: settings['headers.key.separator'] ?? ':',
  }
  const differ = (first: string, a: string | undefined, second: string, b: string): void => {
    if (a === b) throw new Error(`${first} and ${second} may not be equal`)
  }
  const { key, headersDelimiter, headers, headerKey } = separators
  differ('headers.delimiter', headersDelimiter, 'headers.separator', headers)
  differ('headers.delimiter', headersDelimiter, 'headers.key.separator', headerKey)
  differ('headers.separator', headers, 'headers.key.separator', headerKey)
  const marker = settings['null.marker']
  differ('null.marker', marker, 'key.separator', key)
  differ('null.marker', marker, 'headers.separator', headers)
  differ('null.marker', marker, 'headers.delimiter', headersDelimiter)
  differ('null.marker', marker, 'headers.key.separator', headerKey)
  return separators
}

const isOn = (value: string | undefined): boolean => value?.trim().toLowerCase() === 'true'

/** Makes records of lines: `headers delimiter key separator value`, of which headers and key are there only when asked for. */
export class LineReader {
  private readonly separators: Separators
  private readonly keySeparator: Buffer
  private readonly headersDelimiter: Buffer
  private readonly headersPattern: RegExp
  private readonly parseKey: boolean
  private readonly parseHeaders: boolean
  private readonly ignoreError: boolean
  private readonly nullMarker: Buffer | undefined
  /** Lines are values as they stand. */
  readonly isPlain: boolean
  private lineNumber = 0

  /** Throws for separators that cannot be told apart. */
  constructor(
    private readonly topic: string,
    settings: Settings,
  ) {
    this.separators = readSeparators(settings)
    this.keySeparator = Buffer.from(this.separators.key)
    this.headersDelimiter = Buffer.from(this.separators.headersDelimiter)
    this.headersPattern = new RegExp(this.separators.headers)
    this.parseKey = isOn(settings['parse.key'])
    this.parseHeaders = isOn(settings['parse.headers'])
    this.ignoreError = isOn(settings['ignore.error'])
    const marker = settings['null.marker']
    this.nullMarker = marker === undefined ? undefined : Buffer.from(marker)
    this.isPlain = !this.parseKey && !this.parseHeaders && !this.nullMarker
  }

  /** Throws, with the line's number, for a line that lacks a separator. Key and value are views of the line. */
  read(line: Buffer): ProducerRecord {
    this.lineNumber++
    const { topic } = this
    if (this.isPlain) return { topic, value: line }
    let at = 0
    const part = (delimiter: Buffer, name: string): Buffer | undefined => {
      const end = line.indexOf(delimiter, at)
      if (end < 0) {
        if (this.ignoreError) return undefined
        throw new Error(`No ${name} found on line number ${this.lineNumber}: '${line}'`)
      }
      const found = line.subarray(at, end)
      at = end + delimiter.length
      return found
    }
    const headers = this.parseHeaders ? part(this.headersDelimiter, 'headers delimiter') : undefined
    const key = this.parseKey ? part(this.keySeparator, 'key separator') : undefined
    return {
      topic,
      key: key && this.orNull(key),
      value: this.orNull(line.subarray(at)),
      headers: headers && this.orNull(headers) ? this.splitHeaders(headers.toString()) : undefined,
    }
  }

  private orNull(bytes: Buffer): Buffer | null {
    return this.nullMarker && bytes.equals(this.nullMarker) ? null : bytes
  }

  private splitHeaders(text: string): Headers {
    const pairs = text.split(this.headersPattern)
    while (pairs.length > 1 && pairs.at(-1) === '') pairs.pop()
    return pairs.map((pair) => {
      const { headerKey } = this.separators
      const at = pair.indexOf(headerKey)
      if (at < 0) {
        if (this.ignoreError) return { key: pair, value: null }
        throw new Error(`No header key separator found in pair '${pair}' on line number ${this.lineNumber}`)
      }
      const key = pair.slice(0, at)
      if (key === this.nullMarker?.toString())
        throw new Error(`Header keys should not be equal to the null marker '${key}' as they can't be null`)
      return { key, value: this.orNull(Buffer.from(pair.slice(at + headerKey.length))) }
    })
  }
}
