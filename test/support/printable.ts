import type { MessageFormatter } from '../../src/tools/console/formatter.ts'
import { OutputBuffer } from '../../src/tools/console/output-buffer.ts'
import type { PrintableRecord } from '../../src/tools/console/record.ts'

export interface Sample {
  key?: Buffer | string | null
  value?: Buffer | string | null
  headers?: [string, string | null][]
  timestampType?: PrintableRecord['timestampType']
}

/** A record as a formatter sees it. */
export function record({
  key = null,
  value = null,
  headers = [],
  timestampType = 'CreateTime',
}: Sample): PrintableRecord {
  const bytes = (part: Buffer | string | null) => (part === null ? null : Buffer.from(part))
  const payload = bytes(value) ?? Buffer.alloc(0)
  return {
    topic: 't',
    partition: 2,
    offset: 7,
    timestamp: 1000,
    timestampType,
    payload,
    valueStart: 0,
    valueLength: value === null ? -1 : payload.length,
    key: () => bytes(key),
    value: () => bytes(value),
    headers: () => headers.map(([name, part]) => ({ key: name, value: bytes(part) })),
  }
}

/** What a formatter writes for a record. */
export function formatted(formatter: MessageFormatter, parts: Sample): string {
  let text = ''
  const sink = {
    closed: false,
    idle: true,
    write: (bytes: Buffer) => {
      text += bytes.toString()
      return undefined
    },
    flush: async () => {},
  }
  const output = new OutputBuffer(sink)
  formatter.write(record(parts), output)
  output.flush()
  return text
}
