import { type DependentSerde, neededSerde, type Serde } from '../serde.ts'

/** Records of an outer join that have found no partner so far, as Kafka keeps them: by time, side and key. */
export interface UnpairedKey<K> {
  /** Milliseconds since the epoch. */
  readonly time: number
  readonly isLeft: boolean
  readonly key: K
}

export interface Unpaired {
  readonly isLeft: boolean
  readonly value: unknown
}

/** Eight bytes of time, one that is 1 for the left side, and the key. */
export const unpairedKeys = <K>(key: Serde<K> | undefined): DependentSerde<UnpairedKey<K>> => ({
  serialize(value) {
    const inner = neededSerde('A join', 'key', key).serialize(value.key)
    const bytes = Buffer.alloc(9 + inner.length)
    bytes.writeBigInt64BE(BigInt(value.time))
    bytes[8] = value.isLeft ? 1 : 0
    bytes.set(inner, 9)
    return bytes
  },
  deserialize: (bytes) => ({
    time: Number(bytes.readBigInt64BE()),
    isLeft: bytes[8] === 1,
    key: neededSerde('A join', 'key', key).deserialize(bytes.subarray(9)),
  }),
  withDefault: (other) => unpairedKeys(key ?? (other as Serde<K> | undefined)),
})

/** Kafka's list of elements of different sizes. */
const LIST_OF_SIZES = 1

/** A list of values, each behind its length and a byte that is 1 for the left side. */
export const unpairedValues = (
  left: Serde<unknown> | undefined,
  right: Serde<unknown> | undefined,
): DependentSerde<readonly Unpaired[]> => {
  const serdeOf = (isLeft: boolean) => neededSerde('A join', 'value', isLeft ? left : right)
  return {
    serialize(values) {
      const head = Buffer.alloc(5)
      head[0] = LIST_OF_SIZES
      head.writeInt32BE(values.length, 1)
      const parts = values.flatMap(({ isLeft, value }) => {
        const bytes = serdeOf(isLeft).serialize(value)
        const before = Buffer.alloc(5)
        before.writeInt32BE(bytes.length + 1)
        before[4] = isLeft ? 1 : 0
        return [before, bytes]
      })
      return Buffer.concat([head, ...parts])
    },
    deserialize(bytes) {
      const values: Unpaired[] = []
      for (let at = 5; at < bytes.length; ) {
        const end = at + 4 + bytes.readInt32BE(at)
        const isLeft = bytes[at + 4] === 1
        values.push({ isLeft, value: serdeOf(isLeft).deserialize(bytes.subarray(at + 5, end)) })
        at = end
      }
      return values
    },
    withDefault: (other) => unpairedValues(left ?? other, right ?? other),
  }
}
