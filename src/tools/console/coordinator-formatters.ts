import type { Message } from '../../protocol/schema/index.ts'
import * as groupRecords from '../../protocol/stored/group-records.ts'
import * as transactionRecords from '../../protocol/stored/transaction-records.ts'
import { messageJson } from '../java/message-json.ts'
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
      const keyJson = messageJson(kind.key, 0, kind.key.decode(0, key.subarray(2)))
      const valueJson = value ? readValue(kind.value, value) : 'null'
      output.text(`{"key":{"type":${type},"data":${keyJson}},"value":${valueJson}}`)
    } catch (error) {
      throw new Error(`Could not read record at offset ${record.offset} due to: ${(error as Error).message}`)
    }
  }
}

function readValue(message: Message, bytes: Buffer): string {
  const version = bytes.readInt16BE(0)
  const [lowest, highest] = message.versions
  if (version < lowest || version > highest) throw new Error(`Unknown version ${version} of ${message.name}`)
  return `{"version":${version},"data":${messageJson(message, version, message.decode(version, bytes.subarray(2)))}}`
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
