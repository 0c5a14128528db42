import { readInt64, writeInt64 } from '../../protocol/records/batch.ts'
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
  bytes.writeInt16BE(VERSION, 0)
  bytes.writeInt32BE(count, COUNT)
  let at = HEADER
  for (const producer of producers) {
    const last = producer.lastBatch
    writeInt64(bytes, at, producer.producerId)
    bytes.writeInt16BE(producer.producerEpoch, at + 8)
    bytes.writeInt32BE(last?.lastSequence ?? -1, at + 10)
    writeInt64(bytes, at + 14, last?.lastOffset ?? -1)
    bytes.writeInt32BE(last?.offsetDelta ?? 0, at + 22)
    writeInt64(bytes, at + 26, producer.lastTimestamp)
    bytes.writeInt32BE(producer.coordinatorEpoch, at + 34)
    writeInt64(bytes, at + 38, producer.currentTxnStartOffset)
    at += ENTRY
  }
  bytes.writeUInt32BE(crc32c(bytes.subarray(COUNT)), CRC)
  return bytes
}

/** Undefined for a damaged snapshot: an older one or the log itself has to do. */
export function decodeSnapshot(bytes: Buffer): ProducerEntry[] | undefined {
  if (bytes.length < HEADER || bytes.readInt16BE(0) !== VERSION) return undefined
  if (bytes.readInt32BE(COUNT) * ENTRY + HEADER !== bytes.length) return undefined
  if (bytes.readUInt32BE(CRC) !== crc32c(bytes.subarray(COUNT))) return undefined
  const producers: ProducerEntry[] = []
  for (let at = HEADER; at < bytes.length; at += ENTRY) {
    const producer = new ProducerEntry(readInt64(bytes, at), bytes.readInt16BE(at + 8))
    const lastOffset = readInt64(bytes, at + 14)
    producer.lastTimestamp = readInt64(bytes, at + 26)
    producer.coordinatorEpoch = bytes.readInt32BE(at + 34)
    producer.currentTxnStartOffset = readInt64(bytes, at + 38)
    if (lastOffset >= 0)
      producer.batches.push({
        lastSequence: bytes.readInt32BE(at + 10),
        lastOffset,
        offsetDelta: bytes.readInt32BE(at + 22),
        timestamp: producer.lastTimestamp,
      })
    producers.push(producer)
  }
  return producers
}
