import { RecordCursor, RecordSlice } from '../../src/client/consumer/record-cursor.ts'
import { FrameParser } from '../../src/network/frame-parser.ts'
import { Fetch, Metadata, Produce } from '../../src/protocol/apis/index.ts'
import { BATCH_HEADER } from '../../src/protocol/records/batch.ts'
import { decodeRecords, sealBatch, writeRecord } from '../../src/protocol/records/record.ts'
import { writeValue } from '../../src/protocol/records/values.ts'
import { Reader, Writer } from '../../src/protocol/schema/index.ts'
import { arenaBuffer } from '../../src/std/arena.ts'
import { copyRange } from '../../src/std/bytes.ts'
import { crc32c } from '../../src/std/crc32c.ts'
import { murmur2 } from '../../src/std/murmur2.ts'
import { ZERO_UUID } from '../../src/std/uuid.ts'
import { VarintCursor, writeVarint } from '../../src/std/varint.ts'
import { LineSplitter } from '../../src/tools/console/lines.ts'
import { asClient, openLog } from '../server/storage/batches.ts'
import { memoryRuntime } from '../support/memory-runtime.ts'
import type { Benchmark } from './harness.ts'

const RECORDS = 148
const value = Buffer.alloc(100, 'v')
const arenaScratch = arenaBuffer(4096)
const arenaLetters = arenaBuffer(8192).fill('abcdefghijklmnopqrstuvwxyz')
const letters = Buffer.alloc(1024 * 1024, 'abcdefghijklmnopqrstuvwxyz')

/** A batch of 16 KB, as a producer with the usual settings sends it. */
function makeBatch(): Buffer {
  const buffer = Buffer.alloc(16_384)
  let at = BATCH_HEADER
  for (let i = 0; i < RECORDS; i++) at = writeValue(buffer, at, letters, i * 100, 100, i, 0)
  return Buffer.from(sealBatch(buffer, at, { baseTimestamp: 1e12, maxTimestamp: 1e12, recordCount: RECORDS }, {}))
}
const batch = makeBatch()
const payload = batch.subarray(BATCH_HEADER)

const repeat =
  (work: (i: number) => unknown) =>
  (count: number): unknown => {
    let last: unknown
    for (let i = 0; i < count; i++) last = work(i)
    return last
  }

const scratch = Buffer.alloc(1024 * 1024)
const record = { key: null, value, timestamp: 1e12 }

const records: Benchmark[] = [
  { name: 'crc32c of 16 KB', run: repeat(() => crc32c(batch)) },
  { name: 'crc32c of 100 B', run: repeat(() => crc32c(value)) },
  { name: 'murmur2 of 100 B', run: repeat(() => murmur2(value)) },
  { name: 'copyRange of 100 B', run: repeat((i) => copyRange(scratch, i & 1023, letters, i & 4095, 100)) },
  { name: 'writeVarint', run: repeat((i) => writeVarint(scratch, 0, i)) },
  {
    name: 'varint of a cursor',
    run: (count) => {
      writeVarint(scratch, 0, 12_345)
      const cursor = new VarintCursor(scratch, 0)
      let sum = 0
      for (let i = 0; i < count; i++) {
        cursor.position = 0
        sum += cursor.varint()
      }
      return sum
    },
  },
  { name: 'writeRecord of 100 B', run: repeat((i) => writeRecord(scratch, BATCH_HEADER, record, i & 127, 0)) },
  {
    name: 'writeValue of 100 B in the arena',
    run: repeat((i) => writeValue(arenaScratch, 61, arenaLetters, i & 4095, 100, i & 127, 0)),
  },
  { name: 'writeValue of 100 B', run: repeat((i) => writeValue(scratch, 61, letters, i & 4095, 100, i & 127, 0)) },
  {
    name: 'sealBatch of 16 KB',
    run: repeat(() => sealBatch(batch, batch.length, { baseTimestamp: 0, maxTimestamp: 0, recordCount: RECORDS }, {})),
  },
  {
    name: `decodeRecords of ${RECORDS}`,
    run: repeat(() => {
      let bytes = 0
      for (const one of decodeRecords(batch)) bytes += one.value?.length ?? 0
      return bytes
    }),
  },
  {
    name: `RecordCursor over ${RECORDS}`,
    run: repeat(() => {
      const cursor = new RecordCursor([new RecordSlice('t', 0, payload, 0, RECORDS, 0, 0, undefined, 0)])
      let bytes = 0
      while (cursor.next()) bytes += cursor.valueLength
      return bytes
    }),
  },
]

const lines = Buffer.from(`${'x'.repeat(104)}\n`.repeat(10_000))
const frames = Buffer.alloc(16 * (4 + 16_384))
for (let i = 0; i < 16; i++) frames.writeInt32BE(16_384, i * (4 + 16_384))

const streams: Benchmark[] = [
  {
    name: 'LineSplitter over 10,000 lines',
    run: repeat(() => {
      let count = 0
      void new LineSplitter().push(lines, () => {
        count++
        return undefined
      })
      return count
    }),
  },
  {
    name: 'FrameParser over 16 frames in chunks of 64 KB',
    run: repeat(() => {
      let bytes = 0
      const parser = new FrameParser(1 << 20, (frame) => (bytes += frame.length), { views: true })
      for (let at = 0; at < frames.length; at += 65_536) parser.push(frames.subarray(at, at + 65_536))
      return bytes
    }),
  },
]

const topicId = 'AAAAAAAAAAAAAAAAAAAAAQ'
const produceRequest = {
  acks: -1,
  timeoutMs: 30_000,
  topicData: [{ name: 't', topicId, partitionData: [{ index: 0, records: batch }] }],
}
const fetchResponse = {
  responses: [{ topicId, partitions: [{ partitionIndex: 0, errorCode: 0, highWatermark: 1, records: batch }] }],
}
const metadataResponse = {
  brokers: [{ nodeId: 1, host: 'localhost', port: 9092 }],
  controllerId: 1,
  topics: [
    {
      errorCode: 0,
      name: 't',
      topicId: ZERO_UUID,
      partitions: Array.from({ length: 100 }, (_, i) => ({
        errorCode: 0,
        partitionIndex: i,
        leaderId: 1,
        replicaNodes: [1],
        isrNodes: [1],
      })),
    },
  ],
}

interface Codec<T> {
  encode(writer: Writer, value: T): void
  decode(reader: Reader): unknown
}

function codecs<T>(name: string, codec: Codec<T>, message: T): Benchmark[] {
  const encode = (): Buffer => {
    const writer = new Writer()
    codec.encode(writer, message)
    return Buffer.concat(writer.finish())
  }
  const bytes = encode()
  return [
    {
      name: `${name}, encoded`,
      run: repeat(() => {
        const writer = new Writer()
        codec.encode(writer, message)
        return writer.finish()
      }),
    },
    { name: `${name}, decoded`, run: repeat(() => codec.decode(new Reader(bytes))) },
  ]
}

const messages: Benchmark[] = [
  ...codecs('Produce request', Produce.requestCodec(13), produceRequest),
  ...codecs('Fetch response', Fetch.responseCodec(17), fetchResponse),
  ...codecs('Metadata response of 100 partitions', Metadata.responseCodec(13), metadataResponse),
]

const BATCHES = 200

function appendedLog() {
  const log = openLog(memoryRuntime())
  for (let i = 0; i < BATCHES; i++) log.append(Buffer.from(batch), asClient)
  return log
}

/** On a disk in memory: the cost of our own code, not of a device. */
const storage: Benchmark[] = [
  { name: `Log: ${BATCHES} appends of 16 KB`, run: repeat(appendedLog) },
  {
    name: 'Log: read of 1 MB',
    run: (count) => {
      const log = appendedLog()
      let last: unknown
      for (let i = 0; i < count; i++) {
        const read = log.read((i % 100) * RECORDS, 1 << 20, log.logEndOffset, true)
        last = read
        if ('release' in read && typeof read.release === 'function') read.release()
      }
      return last
    },
  },
]

export const functions: readonly Benchmark[] = [...records, ...streams, ...messages, ...storage]
