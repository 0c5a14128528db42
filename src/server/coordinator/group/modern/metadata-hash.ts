import { parseUuid } from '../../../../std/uuid.ts'
import { xxh3 } from '../../../../std/xxh3.ts'
import type { MetadataImage, TopicImage } from '../../../metadata/image.ts'

/** By what its hashes are made; Kafka counts this up when that changes. */
const MAGIC = 0

/** A topic's hash stays the same as long as the topic does, and images share what did not change. */
const known = new WeakMap<TopicImage, bigint>()

/**
 * Kafka's hash of what the assignment depends on: the topics that are there, their partitions and the racks of those. A group whose
 * topics have another hash than its record needs a new epoch. 0 for no topics.
 */
export function metadataHash(image: MetadataImage, topics: Iterable<string>): bigint {
  const present = [...topics].flatMap((name) => image.topics.get(name) ?? [])
  if (present.length === 0) return 0n
  present.sort((one, other) => (one.name < other.name ? -1 : 1))
  const hashes = Buffer.alloc(present.length * 8)
  for (const [at, topic] of present.entries()) hashes.writeBigInt64LE(topicHash(image, topic), at * 8)
  return xxh3(hashes)
}

function topicHash(image: MetadataImage, topic: TopicImage): bigint {
  let hash = known.get(topic)
  if (hash === undefined) known.set(topic, (hash = xxh3(spelled(image, topic))))
  return hash
}

function spelled(image: MetadataImage, { id, name, partitions }: TopicImage): Buffer {
  const parts = [Buffer.of(MAGIC), reversedHalves(parseUuid(id) as Buffer), text(name), int32(partitions.length)]
  for (const [index, { replicas }] of partitions.entries()) {
    parts.push(int32(index))
    const racks = replicas.flatMap((replica) => image.brokers.get(replica)?.rack ?? [])
    for (const rack of racks.sort()) parts.push(int32(rack.length), text(rack))
  }
  return Buffer.concat(parts)
}

/** Both halves as numbers with the lowest byte first. */
const reversedHalves = (bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from(bytes.subarray(0, 8)).reverse(), Buffer.from(bytes.subarray(8)).reverse()])

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  return bytes
}

const text = (value: string): Buffer => Buffer.concat([Buffer.from(value, 'utf16le'), int32(value.length)])
