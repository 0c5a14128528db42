import type { ProducerRecord } from '../../client/types.ts'
import { type Encode, type Encoders, parseExactly } from '../schemas/writing.ts'
import type { RecordReader } from './produce.ts'

type Fields = Readonly<Record<string, unknown>>
type Headers = NonNullable<ProducerRecord['headers']>

/** What the console consumer tells of a record besides what makes one anew. */
const told = ['topic', 'partition', 'offset', 'timestamp', 'timestampType', 'headers']
const parts = ['key', 'keyBase64', 'value', 'valueBase64']

/** Reads the lines that `console-consumer --output json` writes: every byte of key, value and headers, and the timestamp. */
export class JsonRecordReader implements RecordReader {
  readonly isPlain = false
  private lineNumber = 0

  constructor(
    private readonly topic: string,
    /** Send each record to the partition that it names. */
    private readonly keepPartition: boolean,
    /** What makes bytes of keys and values that are of a schema. */
    private readonly encoders: Encoders = {},
  ) {}

  /** Throws, with the line's number, for what is no record. Blank lines are passed over. */
  read(line: Buffer): ProducerRecord | undefined {
    this.lineNumber++
    const text = line.toString()
    if (text.trim() === '') return undefined
    try {
      return this.record(objectOf(this.parse(text)))
    } catch (error) {
      throw new Error(`Line ${this.lineNumber} is no record: ${(error as Error).message}`)
    }
  }

  private parse(text: string): unknown {
    return this.encoders.key || this.encoders.value ? parseExactly(text) : JSON.parse(text)
  }

  private record(fields: Fields): ProducerRecord {
    const unknown = Object.keys(fields).find((name) => !told.includes(name) && !parts.includes(name))
    if (unknown !== undefined) throw new Error(`there is no field ${unknown}.`)
    const value = bytesOf(fields, 'value', this.encoders.value)
    if (value === undefined) throw new Error('it has neither value nor valueBase64; a tombstone has the value null.')
    const partition = this.keepPartition ? wholeOf(fields, 'partition') : undefined
    const timestamp = wholeOf(fields, 'timestamp')
    return {
      topic: this.topic,
      key: bytesOf(fields, 'key', this.encoders.key) ?? null,
      value,
      headers: headersOf(fields['headers']),
      ...(partition === undefined ? {} : { partition }),
      ...(timestamp === undefined ? {} : { timestamp }),
    }
  }
}

function objectOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('it is no object.')
  return value as Fields
}

/** Undefined where the part is not there. What is no text is sent as its JSON; base64 is sent as it is, whatever the schema. */
function bytesOf(fields: Fields, name: 'key' | 'value', encode?: Encode): Buffer | null | undefined {
  const text = fields[name]
  const base64 = fields[`${name}Base64`]
  if (text !== undefined && base64 !== undefined) throw new Error(`it has both ${name} and ${name}Base64.`)
  if (base64 !== undefined) {
    if (typeof base64 !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64))
      throw new Error(`${name}Base64 is no base64.`)
    return Buffer.from(base64, 'base64')
  }
  if (text === undefined || text === null) return text
  if (encode) return encodedPart(encode, name, text)
  return Buffer.from(typeof text === 'string' ? text : JSON.stringify(text))
}

function encodedPart(encode: Encode, name: string, value: unknown): Buffer {
  try {
    return encode(value)
  } catch (error) {
    throw new Error(`its ${name} ${(error as Error).message}`)
  }
}

/** A number that is not below 0; -1, which stands for none, counts as left out. */
function wholeOf(fields: Fields, name: string): number | undefined {
  const value = fields[name]
  if (value === undefined || value === null || value === -1) return undefined
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new Error(`${name} is no whole number.`)
  return value
}

/** A list of `{ key, value }`, in which a key may be there more than once, or an object. */
function headersOf(value: unknown): Headers {
  if (value === undefined || value === null) return []
  if (Array.isArray(value))
    return value.map((item) => {
      const fields = objectOf(item)
      if (typeof fields['key'] !== 'string') throw new Error('a header has no key.')
      return { key: fields['key'], value: bytesOf(fields, 'value') ?? null }
    })
  return Object.entries(objectOf(value)).map(([key, text]) => ({
    key,
    value: bytesOf({ value: text }, 'value') ?? null,
  }))
}
