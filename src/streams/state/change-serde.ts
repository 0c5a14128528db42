import { VarintCursor, varintSize, writeVarint } from '../../std/varint.ts'
import { StreamsError } from '../errors.ts'
import type { Change } from '../processors/change.ts'
import { type DependentSerde, neededSerde, resolveSerde, type Serde } from '../serde.ts'

const NAME = 'A change of a grouped table'

/** What stands in a change, by the byte at its end. Those that are marked say as well whether the change is the newest of its key, in the byte before. */
const Kind = { before: 0, now: 1, both: 2, markedBefore: 3, markedNow: 4, markedBoth: 5 } as const

/** Changes of a table in a repartition topic: one record has the new and the old value where both go to one key (KIP-904). At least one of them is there. */
export const changeSerde = <V>(given: Serde<V> | undefined): DependentSerde<Change<V>> => {
  const values = () => neededSerde(NAME, 'value', given)
  return {
    serialize({ now, before }) {
      if (now !== null && before !== null) return writeBoth(values().serialize(now), values().serialize(before))
      if (now !== null) return Buffer.concat([values().serialize(now), Buffer.of(Kind.now)])
      if (before !== null) return Buffer.concat([values().serialize(before), Buffer.of(Kind.before)])
      throw new StreamsError(`${NAME} has neither a new value nor an old one.`)
    },
    deserialize(bytes) {
      const kind = bytes.at(-1)
      const end = bytes.length - (kind !== undefined && kind >= Kind.markedBefore ? 2 : 1)
      const data = bytes.subarray(0, end)
      switch (kind) {
        case Kind.before:
        case Kind.markedBefore:
          return { now: null, before: values().deserialize(data) }
        case Kind.now:
        case Kind.markedNow:
          return { now: values().deserialize(data), before: null }
        case Kind.both:
        case Kind.markedBoth: {
          const [now, before] = readBoth(data)
          return { now: values().deserialize(now), before: values().deserialize(before) }
        }
        default:
          throw new StreamsError(`${NAME} has the form ${kind}, and ${Kind.markedBoth} is the newest that is known.`)
      }
    },
    withDefault: (other, keys) => changeSerde(resolveSerde(NAME, 'value', given, { key: keys, value: other })),
  }
}

/** The length of the new value, that value, and the old one. */
function writeBoth(now: Uint8Array, before: Uint8Array): Buffer {
  const bytes = Buffer.alloc(varintSize(now.length) + now.length + before.length + 1)
  const at = writeVarint(bytes, 0, now.length)
  bytes.set(now, at)
  bytes.set(before, at + now.length)
  bytes[bytes.length - 1] = Kind.both
  return bytes
}

function readBoth(data: Buffer): [now: Buffer, before: Buffer] {
  const cursor = new VarintCursor(data, 0)
  const length = cursor.varint()
  const at = cursor.position
  if (length < 0 || at + length > data.length) throw new RangeError(`${NAME} ends too early.`)
  return [data.subarray(at, at + length), data.subarray(at + length)]
}
