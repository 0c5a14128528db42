import {
  readInt16,
  readInt32,
  readInt64,
  readUInt32,
  writeInt16,
  writeInt32,
  writeInt64,
  writeUInt32,
} from '../../std/big-endian.ts'
import { crc32c } from '../../std/crc32c.ts'
import { ProducerEntry } from './producer-entry.ts'

/** `<offset>.snapshot`: what is known of the producers of all records before that offset. Kafka keeps one batch of each. */

const VERSION = 1
const CRC = 2
const COUNT = 6
const HEADER = 10
const ENTRY = 46

export function encodeSnapshot(producers: Iterable<ProducerEntry>, count: number): Buffer {
  const bytes = Buffer.alloc(HEADER + count * ENTRY)
  writeInt16(bytes, 0, VERSION)
  writeInt32(bytes, COUNT, count)
  let at = HEADER
  for (const producer of producers) {
    const last = producer.lastBatch
    writeInt64(bytes, at, producer.producerId)
    writeInt16(bytes, at + 8, producer.producerEpoch)
    writeInt32(bytes, at + 10, last?.lastSequence ?? -1)
    writeInt64(bytes, at + 14, last?.lastOffset ?? -1)
    writeInt32(bytes, at + 22, last?.offsetDelta ?? 0)
    writeInt64(bytes, at + 26, producer.lastTimestamp)
    writeInt32(bytes, at + 34, producer.coordinatorEpoch)
    writeInt64(bytes, at + 38, producer.currentTxnStartOffset)
    at += ENTRY
  }
  writeUInt32(bytes, CRC, crc32c(bytes.subarray(COUNT)))
  return bytes
}

/** Undefined for a damaged snapshot: an older one or the log itself has to do. */
export function decodeSnapshot(bytes: Buffer): ProducerEntry[] | undefined {
  if (bytes.length < HEADER || readInt16(bytes, 0) !== VERSION) return undefined
  if (readInt32(bytes, COUNT) * ENTRY + HEADER !== bytes.length) return undefined
  if (readUInt32(bytes, CRC) !== crc32c(bytes.subarray(COUNT))) return undefined
  const producers: ProducerEntry[] = []
  for (let at = HEADER; at < bytes.length; at += ENTRY) {
    const producer = new ProducerEntry(readInt64(bytes, at), readInt16(bytes, at + 8))
    const lastOffset = readInt64(bytes, at + 14)
    producer.lastTimestamp = readInt64(bytes, at + 26)
    producer.coordinatorEpoch = readInt32(bytes, at + 34)
    producer.currentTxnStartOffset = readInt64(bytes, at + 38)
    if (lastOffset >= 0)
      producer.batches.push({
        lastSequence: readInt32(bytes, at + 10),
        lastOffset,
        offsetDelta: readInt32(bytes, at + 22),
        timestamp: producer.lastTimestamp,
      })
    producers.push(producer)
  }
  return producers
}
