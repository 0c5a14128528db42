/** Records in forms for programs. */
import { isUtf8 } from 'node:buffer'
import { csvLine } from '../../std/csv.ts'
import { createDeserializer, type Deserializer } from './deserializers.ts'
import type { MessageFormatter } from './formatter.ts'
import type { PrintableRecord } from './record.ts'

/** Names of deserializers; bytes are text or base64 where none is named. */
export interface PartDeserializers {
  readonly key?: string | undefined
  readonly value?: string | undefined
}

type Part = 'key' | 'value'

/** The formatter of a form; throws for a deserializer that is not there. */
export async function createRecordForm(
  form: 'json' | 'yaml' | 'csv',
  names: PartDeserializers,
  headers = true,
): Promise<MessageFormatter> {
  const make = (role: Part) => {
    const name = names[role]
    return name === undefined ? undefined : createDeserializer(name, {}, role)
  }
  const deserializers = { key: make('key'), value: make('value') }
  if (form === 'csv') return csvForm(deserializers, headers)
  const write = form === 'json' ? jsonDocument : await yamlDocument()
  return { write: (record, output) => output.text(write(recordValue(record, deserializers))) }
}

type Deserializers = Readonly<Record<Part, Deserializer | undefined>>

const jsonDocument = (value: object): string => `${JSON.stringify(value)}\n`

async function yamlDocument(): Promise<(value: object) => string> {
  const { stringify } = await import('../../std/yaml.ts')
  return (value) => `---\n${stringify(value)}`
}

/**
 * All there is to know of a record. Text is under `key` and `value`; bytes that are no UTF-8 are in `keyBase64` and `valueBase64` instead, so
 * that nothing is lost; null is a key or value that is not there.
 */
function recordValue(record: PrintableRecord, { key, value }: Deserializers): object {
  const { topic, partition, offset, timestamp, timestampType } = record
  const headers = record.headers().map((header) => ({ key: header.key, ...part('value', header.value, undefined) }))
  const parts = { ...part('key', record.key(), key), ...part('value', record.value(), value) }
  return { topic, partition, offset, timestamp, timestampType, headers, ...parts }
}

function part(name: Part, bytes: Buffer | null, deserialize: Deserializer | undefined): object {
  if (bytes === null) return { [name]: null }
  const result = deserialize ? deserialize(bytes) : bytes
  if (typeof result === 'string') return { [name]: result }
  return isUtf8(result) ? { [name]: result.toString() } : { [`${name}Base64`]: result.toString('base64') }
}

const csvTitles = ['topic', 'partition', 'offset', 'timestamp', 'key', 'value', 'headers']

/** Null is an empty field, headers are JSON; bytes that are no UTF-8 are base64, which only JSON and YAML tell from text. */
function csvForm({ key, value }: Deserializers, headers: boolean): MessageFormatter {
  let isFirst = headers
  return {
    write(record, output) {
      if (isFirst) output.text(csvLine(csvTitles))
      isFirst = false
      const { topic, partition, offset, timestamp } = record
      const parts = [csvText(record.key(), key), csvText(record.value(), value)]
      const list = record.headers().map((header) => ({ key: header.key, ...part('value', header.value, undefined) }))
      const where = [topic, String(partition), String(offset), String(timestamp)]
      output.text(csvLine([...where, ...parts, list.length > 0 ? JSON.stringify(list) : undefined]))
    },
  }
}

function csvText(bytes: Buffer | null, deserialize: Deserializer | undefined): string | undefined {
  if (bytes === null) return undefined
  const result = deserialize ? deserialize(bytes) : bytes
  if (typeof result === 'string') return result
  return result.toString(isUtf8(result) ? 'utf8' : 'base64')
}
