import { type Message, type Output, Reader, Writer } from '../../../../protocol/schema/index.ts'
import type { GroupType } from '../group-type.ts'

type Pair = { readonly key: Message; readonly value: Message }
export type Pairs = Readonly<Record<string, Pair>>

/** The records of one kind of group, told apart by their names in its table; a value that is undefined removes what the key names. */
export type StoredRecord<T extends GroupType, P extends Pairs> = {
  [N in keyof P]: {
    readonly type: T
    readonly name: N
    readonly key: Readonly<Output<P[N]['key']['fields']>> & { readonly groupId: string }
    readonly value: Readonly<Output<P[N]['value']['fields']>> | undefined
  }
}[keyof P]

export interface AnyStoredRecord {
  readonly type: GroupType
  readonly name: string
  readonly key: object
  readonly value: object | undefined
}

/** The numbers in front of key and value: what kind of record it is, and the value's version. */
const VERSION = 0

function prefixed(number: number, message: Message, fields: object): Buffer {
  const writer = new Writer(64)
  writer.int16(number)
  message.codec(VERSION).encode(writer, fields as never)
  return writer.concat()
}

export function encodeStored({ key, value }: Pair, record: AnyStoredRecord): { key: Buffer; value: Buffer | null } {
  return {
    key: prefixed(key.key as number, key, record.key),
    value: record.value ? prefixed(VERSION, value, record.value) : null,
  }
}

export const decodeStored = (
  pair: Pair,
  key: Buffer,
  value: Buffer | null,
): Pick<AnyStoredRecord, 'key' | 'value'> => ({
  key: pair.key.codec(VERSION).decode(new Reader(key, 2)),
  value: value ? pair.value.codec(value.readInt16BE(0)).decode(new Reader(value, 2)) : undefined,
})
