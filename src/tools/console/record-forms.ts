/** Records in forms for programs. */
import { isUtf8 } from 'node:buffer'
import { csvLine } from '../../std/csv.ts'
import type { Deserializer } from './deserializers.ts'
import type { MessageFormatter } from './formatter.ts'
import type { PrintableRecord } from './record.ts'

type Part = 'key' | 'value'

/** How keys and values are read; bytes are text or base64 where nothing is given. */
export interface PartReaders extends Readonly<Partial<Record<Part, Deserializer | undefined>>> {
  /** The parts whose text is JSON. */
  readonly json?: ReadonlySet<Part>
}

/** The formatter of a form. */
export async function createRecordForm(
  form: 'json' | 'yaml' | 'csv',
  readers: PartReaders,
  headers = true,
): Promise<MessageFormatter> {
  if (form === 'csv') return csvForm(readers, headers)
  const write = form === 'json' ? jsonDocument : await yamlDocument()
  return { write: (record, output) => output.text(write(record, readers)) }
}

type WriteDocument = (record: PrintableRecord, readers: PartReaders) => string

const jsonDocument: WriteDocument = (record, readers) => `${recordJson(record, readers)}\n`

async function yamlDocument(): Promise<WriteDocument> {
  const { stringify } = await import('../../std/yaml.ts')
  return (record, readers) => `---\n${stringify(JSON.parse(recordJson(record, readers)))}`
}

/**
 * All there is to know of a record. Text is under `key` and `value`; bytes that are no UTF-8 are in `keyBase64` and `valueBase64` instead, so
 * that nothing is lost; null is a key or value that is not there. What is JSON already stands as it is, so that no number is rounded.
 */
function recordJson(record: PrintableRecord, readers: PartReaders): string {
  const { topic, partition, offset, timestamp, timestampType, deliveryCount } = record
  const headers = record.headers().map((header) => ({ key: header.key, ...part('value', header.value, undefined) }))
  const around = JSON.stringify({ topic, partition, offset, timestamp, timestampType, deliveryCount, headers })
  const parts = (['key', 'value'] as const).map((name) => {
    const bytes = record[name]()
    const read = readers[name]
    if (bytes !== null && read && readers.json?.has(name)) return `"${name}":${read(bytes)}`
    return JSON.stringify(part(name, bytes, read)).slice(1, -1)
  })
  return `${around.slice(0, -1)},${parts.join(',')}}`
}

function part(name: Part, bytes: Buffer | null, deserialize: Deserializer | undefined): object {
  if (bytes === null) return { [name]: null }
  const result = deserialize ? deserialize(bytes) : bytes
  if (typeof result === 'string') return { [name]: result }
  return isUtf8(result) ? { [name]: result.toString() } : { [`${name}Base64`]: result.toString('base64') }
}

const csvTitles = ['topic', 'partition', 'offset', 'timestamp', 'key', 'value', 'headers']

/** Null is an empty field, headers are JSON; bytes that are no UTF-8 are base64, which only JSON and YAML tell from text. */
function csvForm({ key, value }: PartReaders, headers: boolean): MessageFormatter {
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
