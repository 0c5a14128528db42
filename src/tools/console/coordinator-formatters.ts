import type { Message } from '../../protocol/schema/index.ts'
import * as groupRecords from '../../protocol/stored/group-records.ts'
import * as transactionRecords from '../../protocol/stored/transaction-records.ts'
import { ZERO_UUID } from '../../std/uuid.ts'
import type { OutputBuffer } from './output-buffer.ts'
import type { PrintableRecord } from './record.ts'

/** One kind of record: its number in the key, and how key and value are read. */
interface RecordKind {
  readonly type: number
  readonly key: Message
  readonly value: Message
}

/** Records of the coordinators' topics as JSON, without a line break after them, as Apache's formatters print them. */
class CoordinatorFormatter {
  constructor(private readonly kinds: readonly RecordKind[]) {}

  write(record: PrintableRecord, output: OutputBuffer): void {
    const key = record.key()
    const value = record.value()
    if (key === null) return
    try {
      const type = key.readInt16BE(0)
      const kind = this.kinds.find((known) => known.type === type)
      if (!kind) return
      const json = {
        key: { type, data: kind.key.decode(0, key.subarray(2)) },
        value: value && readValue(kind.value, value),
      }
      output.text(JSON.stringify(json, base64))
    } catch (error) {
      throw new Error(`Could not read record at offset ${record.offset} due to: ${(error as Error).message}`)
    }
  }
}

function readValue(message: Message, bytes: Buffer): object {
  const version = bytes.readInt16BE(0)
  const [lowest, highest] = message.versions
  if (version < lowest || version > highest) throw new Error(`Unknown version ${version} of ${message.name}`)
  return { version, data: fieldsOf(message.fields, version, message.decode(version, bytes.subarray(2))) }
}

type Fields = Message['fields']

/** Only the fields that the version has, as they stand in its JSON. */
function fieldsOf(fields: Fields, version: number, value: Record<string, unknown>): object {
  const entries = Object.entries(fields)
    .filter(([name, { spec }]) => isPresent(spec, version, value[name]))
    .map(([name, { spec }]) => {
      const inner = spec.kind === 'array' ? (spec.element as typeof spec).shape : spec.shape
      const item = value[name]
      if (!inner || !Array.isArray(item)) return [name, item]
      return [name, item.map((one) => fieldsOf(inner, version, one as Record<string, unknown>))]
    })
  return Object.fromEntries(entries)
}

/** Tagged fields stand in the JSON only when they differ from their default. */
function isPresent(spec: Fields[string]['spec'], version: number, value: unknown): boolean {
  if (version < spec.versions[0] || version > spec.versions[1]) return false
  if (spec.tagged === undefined || version < spec.tagged[0]) return true
  return value !== (spec.default ?? (spec.kind === 'uuid' ? ZERO_UUID : 0))
}

/** Bytes are base64 in Kafka's JSON. */
function base64(this: unknown, key: string, value: unknown): unknown {
  const raw = (this as Record<string, unknown>)[key]
  if (Buffer.isBuffer(raw)) return raw.toString('base64')
  return typeof value === 'bigint' ? Number(value) : value
}

const { OffsetCommitKey, OffsetCommitValue, GroupMetadataKey, GroupMetadataValue } = groupRecords
const { TransactionLogKey, TransactionLogValue } = transactionRecords

export class OffsetsFormatter extends CoordinatorFormatter {
  constructor() {
    super([0, 1].map((type) => ({ type, key: OffsetCommitKey as Message, value: OffsetCommitValue as Message })))
  }
}

export class GroupMetadataFormatter extends CoordinatorFormatter {
  constructor() {
    super([{ type: 2, key: GroupMetadataKey as Message, value: GroupMetadataValue as Message }])
  }
}

export class TransactionLogFormatter extends CoordinatorFormatter {
  constructor() {
    super([{ type: 0, key: TransactionLogKey as Message, value: TransactionLogValue as Message }])
  }
}
