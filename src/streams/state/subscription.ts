import { StreamsError } from '../errors.ts'
import { type DependentSerde, neededSerde, resolveSerde, type Serde } from '../serde.ts'

/** What a table that is joined by a foreign key asks of the other one (KIP-213), by Java's numbers. */
export const Ask = {
  /** Forget the subscription, without an answer. */
  forget: 0,
  /** Forget it, and answer that there is nothing. */
  forgetAndAnswer: 1,
  /** Answer in any case. */
  answer: 2,
  /** Answer if there is a value. */
  answerIfFound: 3,
} as const

/** An entry of a table that wants to hear of a foreign key's values. */
export interface Subscription<K> {
  readonly ask: number
  /** Of the entry's value, 16 bytes; null where the entry is gone. An answer is good as long as the entry has that hash. */
  readonly hash: Buffer | null
  /** The key of the entry, not the foreign one. */
  readonly key: K
  /** Where answers go to; undefined in the form of Kafka before 3.4. */
  readonly partition: number | undefined
}

/** The value of a foreign key, for one entry that has subscribed to it. */
export interface SubscriptionAnswer<V> {
  readonly hash: Buffer | null
  /** Null where there is nothing. */
  readonly value: V | null
  /** Where it goes to; not part of its bytes. */
  readonly partition: number | undefined
}

const NAME = 'A join by foreign keys'
const HASH = 16
/** In the byte of the version: there is no hash. */
const NO_HASH = 0x80
const NOTHING = Buffer.alloc(0)

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

const head = (version: number, hash: Buffer | null): number => (hash === null ? version | NO_HASH : version)

/** The hash that stands at a place, unless the first byte says that there is none. */
const hashAt = (bytes: Buffer, at: number): Buffer | null =>
  (bytes.readUInt8(0) & NO_HASH) === 0 ? bytes.subarray(at, at + HASH) : null

/** Throws for a form of a later version. */
function versionOf(bytes: Buffer, newest: number, what: string): number {
  const version = bytes.readUInt8(0) & ~NO_HASH
  if (version <= newest) return version
  throw new StreamsError(`${what} has the form ${version}, and ${newest} is the newest that is known.`)
}

/** Version and no-hash bit, what is asked, the hash, the key, and since the first version the partition. */
export const subscriptionSerde = <K>(given: Serde<K> | undefined): DependentSerde<Subscription<K>> => {
  const key = () => neededSerde(NAME, 'key', given)
  return {
    serialize({ ask, hash, key: own, partition }) {
      const first = head(partition === undefined ? 0 : 1, hash)
      const last = partition === undefined ? NOTHING : int(partition)
      return Buffer.concat([Buffer.of(first, ask), hash ?? NOTHING, key().serialize(own), last])
    },
    deserialize(bytes) {
      const version = versionOf(bytes, 1, 'A subscription')
      const hash = hashAt(bytes, 2)
      const end = bytes.length - (version === 0 ? 0 : 4)
      const own = key().deserialize(bytes.subarray(hash ? 2 + HASH : 2, end))
      return { ask: bytes.readUInt8(1), hash, key: own, partition: version === 0 ? undefined : bytes.readInt32BE(end) }
    },
    withDefault: (_, keys) => subscriptionSerde(resolveSerde(NAME, 'key', given, { key: keys, value: undefined })),
  }
}

/** Version and no-hash bit, the hash, and the value, if there is one. */
export const answerSerde = <V>(given: Serde<V> | undefined): DependentSerde<SubscriptionAnswer<V>> => {
  const values = () => neededSerde(NAME, 'value', given)
  return {
    serialize: ({ hash, value }) =>
      Buffer.concat([Buffer.of(head(0, hash)), hash ?? NOTHING, value === null ? NOTHING : values().serialize(value)]),
    deserialize(bytes) {
      versionOf(bytes, 0, 'The answer to a subscription')
      const hash = hashAt(bytes, 1)
      const rest = bytes.subarray(hash ? 1 + HASH : 1)
      return { hash, value: rest.length === 0 ? null : values().deserialize(rest), partition: undefined }
    },
    withDefault: (other, keys) => answerSerde(resolveSerde(NAME, 'value', given, { key: keys, value: other })),
  }
}

/** The key of a subscription in its store: the length of the foreign key, that key, and the one of the entry. */
export const subscriptionKey = (foreign: Uint8Array, own: Uint8Array): Buffer =>
  Buffer.concat([int(foreign.length), foreign, own])

/** What all subscriptions to a foreign key begin with. */
export const foreignPart = (stored: Buffer): Buffer => stored.subarray(0, 4 + stored.readInt32BE(0))
