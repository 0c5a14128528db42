import { describe, expect, it } from 'vitest'
import { KafkaError } from '../../../src/protocol/errors.ts'
import * as batch from '../../../src/protocol/records/batch.ts'
import { InvalidRecords } from '../../../src/server/storage/record-walk.ts'
import { memoryRuntime } from '../../support/memory-runtime.ts'
import { asClient, asCoordinator, batchOf, markerOf, openLog, valuesFrom } from './batches.ts'

const small = { segmentBytes: 1000, indexIntervalBytes: 100 }

/** 100 batches of two records, in segments of about ten batches. */
async function filled() {
  const runtime = memoryRuntime()
  const log = openLog(runtime, { config: small })
  for (let i = 0; i < 100; i++) log.append(batchOf({ values: [`a${i}`, `b${i}`], timestamp: 1000 + i * 10 }), asClient)
  await runtime.clock.settle()
  return { runtime, log }
}

const expected = Array.from({ length: 100 }, (_, i) => [`a${i}`, `b${i}`]).flat()

describe('append', () => {
  it('assigns offsets, epoch and answers them', () => {
    const log = openLog(memoryRuntime())
    const first = log.append(batchOf({ values: ['x', 'y', 'z'] }), { leaderEpoch: 7, origin: 'client' })
    expect(first).toMatchObject({ baseOffset: 0, lastOffset: 2, recordCount: 3, logAppendTime: -1, duplicate: false })
    expect(log.append(batchOf(), { leaderEpoch: 7, origin: 'client' })).toMatchObject({ baseOffset: 3, lastOffset: 3 })
    expect([log.logStartOffset, log.logEndOffset, log.highWatermark, log.latestEpoch]).toEqual([0, 4, 0, 7])
    const [stored] = [...log.readBatches(3)]
    expect(batch.leaderEpoch(stored!.buffer)).toBe(7)
    expect(batch.crcMatches(stored!.buffer)).toBe(true)
  })

  it('stamps the time of a LogAppendTime topic', () => {
    const runtime = memoryRuntime()
    const log = openLog(runtime, { config: { messageTimestampType: 'LogAppendTime' } })
    expect(log.append(batchOf({ values: ['x', 'y'] }), asClient).logAppendTime).toBe(runtime.clock.now())
    expect(log.offsetForTimestamp(5000)).toMatchObject({ offset: 0, timestamp: runtime.clock.now() })
  })

  it('packs records as the topic wants them', () => {
    const log = openLog(memoryRuntime(), { config: { compressionType: 'gzip' } })
    log.append(batchOf({ values: ['x', 'y'], padding: 200 }), asClient)
    log.append(batchOf({ values: ['z'], codec: 'lz4' }), asClient)
    expect([...log.readBatches(0)].map(({ buffer }) => batch.codecId(buffer))).toEqual([1, 1])
    expect(valuesFrom(log, 0)).toEqual(['x', 'y', 'z'])
    // As Apache's broker leaves them.
    log.append(markerOf('commit', 1, 0), asCoordinator)
    expect([...log.readBatches(3)].map(({ buffer }) => batch.codecId(buffer))).toEqual([0])
  })

  it.each(['gzip', 'zstd'] as const)('packs with %s as hard as the topic wants it', (compressionType) => {
    const values = Array.from({ length: 500 }, (_, i) => `${i * i} of ${i % 7}`)
    const sizeAt = (compressionLevel: number) => {
      const log = openLog(memoryRuntime(), { config: { compressionType, compressionLevel } })
      log.append(batchOf({ values }), asClient)
      expect(valuesFrom(log, 0)).toEqual(values)
      return [...log.readBatches(0)].reduce((sum, { buffer }) => sum + buffer.length, 0)
    }
    expect(sizeAt(9)).toBeLessThan(sizeAt(1))
  })

  it('repairs a maximum timestamp that lies', () => {
    const log = openLog(memoryRuntime())
    const lying = batchOf({ values: ['x', 'y'] })
    lying.writeBigInt64BE(9_999_999n, 35)
    lying.writeUInt32BE(batch.computeCrc(lying), 17)
    log.append(lying, asClient)
    expect(log.maxTimestampOffset()).toMatchObject({ offset: 1, timestamp: 1001 })
    expect(batch.crcMatches([...log.readBatches(0)][0]!.buffer)).toBe(true)
  })

  it('keeps what a leader sent', () => {
    const log = openLog(memoryRuntime())
    const records = Buffer.concat([
      batchOf({ baseOffset: 0, leaderEpoch: 1, values: ['a', 'b'] }),
      batchOf({ baseOffset: 5, leaderEpoch: 3 }),
    ])
    expect(log.append(records, { leaderEpoch: 3, origin: 'replication' })).toMatchObject({
      baseOffset: 0,
      lastOffset: 5,
    })
    expect(log.epochs).toEqual([
      { epoch: 1, startOffset: 0 },
      { epoch: 3, startOffset: 5 },
    ])
    expect(() =>
      log.append(batchOf({ baseOffset: 5, leaderEpoch: 3 }), { leaderEpoch: 3, origin: 'replication' }),
    ).toThrow('Out of order')
    expect(() =>
      log.append(batchOf({ baseOffset: 6, leaderEpoch: 2 }), { leaderEpoch: 3, origin: 'replication' }),
    ).toThrow('after epoch 3')
    const unknownEpoch = batchOf({ baseOffset: 6, leaderEpoch: 4 })
    expect(log.append(unknownEpoch, { leaderEpoch: 3, origin: 'replication' }).recordCount).toBe(0)
    expect(log.logEndOffset).toBe(6)
  })
})

describe('refuses', () => {
  const changed = (change: (b: Buffer) => void, options = {}) => {
    const bytes = batchOf({ values: ['x', 'y'], ...options })
    change(bytes)
    return bytes
  }
  const sealed = (change: (b: Buffer) => void, options = {}) =>
    changed((b) => {
      change(b)
      b.writeUInt32BE(batch.computeCrc(b), 17)
    }, options)

  const counted = (count: number) =>
    sealed((b) => {
      b.writeInt32BE(count, 57)
      b.writeInt32BE(count - 1, 23)
    })

  it.each<[string, Buffer, string]>([
    ['no bytes', Buffer.alloc(0), 'INVALID_RECORD'],
    ['a length below the minimum', changed((b) => b.writeInt32BE(13, 8)), 'CORRUPT_MESSAGE'],
    ['a negative length', changed((b) => b.writeInt32BE(-5, 8)), 'CORRUPT_MESSAGE'],
    ['a length without room for the header', changed((b) => b.writeInt32BE(30, 8)), 'CORRUPT_MESSAGE'],
    ['a length beyond the end', changed((b) => b.writeInt32BE(100_000, 8)), 'INVALID_RECORD'],
    ['format 1', changed((b) => b.writeInt8(1, 16)), 'INVALID_RECORD'],
    ['format 3', changed((b) => b.writeInt8(3, 16)), 'CORRUPT_MESSAGE'],
    ['format -1', changed((b) => b.writeInt8(-1, 16)), 'CORRUPT_MESSAGE'],
    ['two batches', Buffer.concat([batchOf(), batchOf()]), 'INVALID_RECORD'],
    ['a batch and a piece', Buffer.concat([batchOf(), Buffer.alloc(5)]), 'INVALID_RECORD'],
    ['a base offset', changed((b) => b.writeInt32BE(1, 4)), 'INVALID_RECORD'],
    ['a last offset of -1', sealed((b) => b.writeInt32BE(-1, 23)), 'INVALID_RECORD'],
    ['a count of 0', sealed((b) => b.writeInt32BE(0, 57)), 'INVALID_RECORD'],
    ['a count that is not the last offset + 1', sealed((b) => b.writeInt32BE(3, 57)), 'INVALID_RECORD'],
    ['fewer records than counted', counted(3), 'INVALID_RECORD'],
    ['more records than counted', counted(1), 'INVALID_RECORD'],
    ['a control batch', batchOf({ control: true }), 'INVALID_RECORD'],
    ['a delete horizon', sealed((b) => b.writeInt16BE(0x40, 21)), 'INVALID_RECORD'],
    ['a producer without sequence', batchOf({ producerId: 5, producerEpoch: 0 }), 'INVALID_RECORD'],
    ['broker time from a client', sealed((b) => b.writeInt16BE(8, 21)), 'INVALID_TIMESTAMP'],
    ['an unknown codec', sealed((b) => b.writeInt16BE(5, 21)), 'UNSUPPORTED_COMPRESSION_TYPE'],
    ['garbage under gzip', sealed((b) => b.writeInt16BE(1, 21)), 'INVALID_RECORD'],
    ['packed records called unpacked', sealed((b) => b.writeInt16BE(0, 21), { codec: 'gzip' }), 'INVALID_RECORD'],
    ['a record length beyond the end', sealed((b) => b.writeInt8(126, 61)), 'INVALID_RECORD'],
    ['a negative record length', sealed((b) => b.writeInt8(1, 61)), 'INVALID_RECORD'],
    ['a wrong offset inside', sealed((b) => b.writeInt8(4, 64)), 'INVALID_RECORD'],
    ['a value beyond its record', sealed((b) => b.writeInt8(100, 66)), 'INVALID_RECORD'],
    ['more headers than bytes', sealed((b) => b.writeInt8(100, 68)), 'INVALID_RECORD'],
  ])('%s', (_, records, error) => {
    const log = openLog(memoryRuntime())
    let thrown: unknown
    try {
      log.append(records, asClient)
    } catch (caught) {
      thrown = caught
    }
    expect(thrown).toBeInstanceOf(KafkaError)
    expect((thrown as KafkaError).error).toBe(error)
    expect(log.logEndOffset).toBe(0)
    expect(log.size).toBe(0)
  })

  it('any flipped bit under the checksum', () => {
    const log = openLog(memoryRuntime())
    const sound = batchOf({ values: ['x', 'y'] })
    for (let at = 17; at < sound.length; at++) {
      const flipped = Buffer.from(sound)
      flipped[at]! ^= 1 << (at % 8)
      expect(() => log.append(flipped, asClient)).toThrow('Record is corrupt')
    }
  })

  it('batches over the limits', () => {
    const log = openLog(memoryRuntime(), { config: { maxMessageBytes: 500, segmentBytes: 300 } })
    expect(() => log.append(batchOf({ padding: 500 }), asClient)).toThrow(
      /bytes which exceeds the maximum configured value/,
    )
    expect(() => log.append(batchOf({ padding: 300 }), asClient)).toThrow(/maximum configured segment size of 300/)
  })

  it('zstd from clients that cannot have it', () => {
    const log = openLog(memoryRuntime())
    const bytes = batchOf()
    bytes.writeInt16BE(4, 21)
    bytes.writeUInt32BE(batch.computeCrc(bytes), 17)
    expect(() => log.append(bytes, { ...asClient, producedWith: 6 })).toThrow('ZStandard')
  })

  it('records without keys on a compacted topic, one by one', () => {
    const log = openLog(memoryRuntime(), { config: { cleanupPolicy: ['compact'] } })
    try {
      log.append(batchOf({ values: ['x', 'y'] }), asClient)
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidRecords)
      expect((error as InvalidRecords).error).toBe('INVALID_RECORD')
      expect((error as InvalidRecords).recordErrors.map(({ batchIndex }) => batchIndex)).toEqual([0, 1])
    }
  })

  it('timestamps from too far away', () => {
    const runtime = memoryRuntime()
    const log = openLog(runtime, { config: { messageTimestampBeforeMaxMs: 100, messageTimestampAfterMaxMs: 10 } })
    const now = runtime.clock.now()
    expect(() => log.append(batchOf({ timestamp: now - 101 }), asClient)).toThrow('invalid timestamp')
    expect(() => log.append(batchOf({ timestamp: now + 11 }), asClient)).toThrow('invalid timestamp')
    log.append(batchOf({ timestamp: now - 100 }), asClient)
    log.append(batchOf({ timestamp: -1 }), asClient)
  })
})

describe('read', () => {
  it('gives whole batches from any offset, over segments and with any size', async () => {
    const { log } = await filled()
    expect(log.segmentCount).toBeGreaterThan(5)
    for (const maxBytes of [1, 200, 1000, 1 << 20])
      for (const offset of [0, 1, 57, 100, 199])
        expect(valuesFrom(log, offset, maxBytes)).toEqual(expected.slice(offset))
  })

  it('stops at the limit and at the size', async () => {
    const { log } = await filled()
    const all = log.read(0, 1 << 20, 4, true)
    expect(valuesFrom(log, 0, 1 << 20, 4)).toEqual(['a0', 'b0', 'a1', 'b1'])
    const one = all.size / 2
    expect(log.read(0, one * 3 - 1, 200, true).size).toBe(one * 2)
    expect(log.read(0, 10, 200, true).size).toBe(one)
    expect(log.read(0, 10, 200, false).size).toBe(0)
    expect(log.read(200, 1000, 200, true).size).toBe(0)
    expect(log.read(3, 1000, 3, true).size).toBe(0)
    all.release()
  })

  it('refuses offsets that are not there', async () => {
    const { log } = await filled()
    expect(() => log.read(201, 10, 201, true)).toThrow('Received request for offset 201')
    expect(() => log.read(-5, 10, 200, true)).toThrow(KafkaError)
  })

  it('serves a busy log from memory, the same bytes as from the file', () => {
    const runtime = memoryRuntime()
    const log = openLog(runtime, { config: { segmentBytes: 1 << 20 } })
    for (let i = 0; i < 200; i++) log.append(batchOf({ values: [`${i}`, `${i}b`], padding: 10_000 }), asClient)
    const bytesAt = (offset: number) => Buffer.concat([...log.read(offset, 300_000, 400, true).buffers])
    const hot = [60, 150, 250, 301, 399].map(bytesAt)
    const reads = runtime.disk.faults
    reads.add({ operation: 'read', path: '.log', code: 'EIO', times: 1 })
    expect(bytesAt(399).equals(hot[4]!)).toBe(true)
    reads.clear()
    log.tidy(Number.POSITIVE_INFINITY)
    for (const [i, offset] of [60, 150, 250, 301, 399].entries()) {
      const cold = bytesAt(offset)
      expect(cold.subarray(0, hot[i]!.length).equals(hot[i]!.subarray(0, cold.length))).toBe(true)
      expect(cold.length).toBeGreaterThan(0)
    }
  })

  it('finds its way when an index lies', async () => {
    const { runtime, log } = await filled()
    await log.close()
    for (const [path, bytes] of runtime.disk.files())
      if (path.endsWith('.index') && bytes.length > 0) {
        const middle = Math.floor(bytes.length / 16) * 8
        bytes.writeUInt32BE(bytes.readUInt32BE(middle + 4) + 7, middle + 4)
        runtime.disk.writeFile(path, bytes)
      }
    const again = openLog(runtime, { config: small, clean: true, recoveryPoint: 200 })
    for (let offset = 0; offset < 200; offset += 3)
      expect(valuesFrom(again, offset, 500)).toEqual(expected.slice(offset))
  })

  it('says so when a segment is damaged, and goes on with the others', async () => {
    const { runtime, log } = await filled()
    await log.close()
    const path = '/logs/t-0/00000000000000000000.log'
    const bytes = runtime.disk.readFile(path)!
    bytes.fill(0xff, 0, 61)
    runtime.disk.writeFile(path, bytes)
    const again = openLog(runtime, { config: small, clean: true, recoveryPoint: 200 })
    expect(() => valuesFrom(again, 0)).toThrow('is damaged')
    expect(valuesFrom(again, 150)).toEqual(expected.slice(150))
  })
})

describe('times', () => {
  it('finds the first record that is not older', async () => {
    const { log } = await filled()
    for (const i of [0, 1, 2, 50, 98, 99]) {
      expect(log.offsetForTimestamp(1000 + i * 10)).toEqual({ offset: i * 2, timestamp: 1000 + i * 10, leaderEpoch: 0 })
      expect(log.offsetForTimestamp(1001 + i * 10)).toMatchObject({ offset: i * 2 + 1 })
    }
    expect(log.offsetForTimestamp(1002)).toMatchObject({ offset: 2 })
    expect(log.offsetForTimestamp(1992)).toBeUndefined()
    expect(log.maxTimestampOffset()).toEqual({ offset: 199, timestamp: 1991, leaderEpoch: 0 })
  })

  it('copes with times that run backwards', () => {
    const log = openLog(memoryRuntime(), { config: small })
    for (let i = 0; i < 50; i++) log.append(batchOf({ timestamp: 1000 - i }), asClient)
    expect(log.offsetForTimestamp(990)).toMatchObject({ offset: 0 })
    expect(log.maxTimestampOffset()).toMatchObject({ offset: 0, timestamp: 1000 })
  })
})

describe('idempotent producers', () => {
  const from = (sequence: number, count = 1, epoch = 0) =>
    batchOf({
      values: Array.from({ length: count }, (_, i) => `s${sequence + i}`),
      producerId: 9,
      producerEpoch: epoch,
      baseSequence: sequence,
    })

  it('recognises the last five batches and answers their offsets', () => {
    const log = openLog(memoryRuntime())
    for (let i = 0; i < 7; i++) log.append(from(i * 2, 2), asClient)
    for (let i = 2; i < 7; i++)
      expect(log.append(from(i * 2, 2), asClient)).toMatchObject({
        baseOffset: i * 2,
        lastOffset: i * 2 + 1,
        duplicate: true,
      })
    expect(() => log.append(from(2, 2), asClient)).toThrow('Out of order sequence number')
    expect(log.logEndOffset).toBe(14)
  })

  it.each([
    ['a clean stop', true],
    ['a crash', false],
  ])('recognises them after %s and a roll as well', async (_, clean) => {
    const runtime = memoryRuntime()
    const config = { segmentBytes: 2_500_000 }
    const send = (to: ReturnType<typeof openLog>, sequence: number) =>
      to.append(
        batchOf({ values: ['s'], padding: 100_000, producerId: 9, producerEpoch: 0, baseSequence: sequence }),
        asClient,
      )
    const log = openLog(runtime, { config })
    for (let sequence = 0; sequence < 25; sequence++) send(log, sequence)
    const recoveryPoint = log.logEndOffset
    expect(runtime.disk.list('/logs/t-0')?.filter((name) => name.endsWith('.log'))).toHaveLength(2)
    if (clean) await log.close()
    const again = openLog(runtime, { config, clean, recoveryPoint: clean ? recoveryPoint : 24 })
    for (let sequence = 20; sequence < 25; sequence++)
      expect(send(again, sequence)).toMatchObject({ baseOffset: sequence, duplicate: true })
    expect(send(again, 25)).toMatchObject({ baseOffset: 25, duplicate: false })
  })

  it('refuses gaps and old epochs, and wants a new epoch to begin at 0', () => {
    const log = openLog(memoryRuntime())
    const errorOf = (records: Buffer) => {
      try {
        log.append(records, asClient)
        return 'NONE'
      } catch (error) {
        return (error as KafkaError).error
      }
    }
    expect(errorOf(from(41))).toBe('NONE')
    expect(errorOf(from(43))).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    expect(errorOf(from(42, 1, 1))).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    expect(errorOf(from(0, 1, 1))).toBe('NONE')
    expect(errorOf(from(42, 1, 0))).toBe('INVALID_PRODUCER_EPOCH')
    expect(log.activeProducers()).toMatchObject([{ producerId: 9, producerEpoch: 1, lastSequence: 0 }])
  })

  it('lets sequence numbers wrap', () => {
    const log = openLog(memoryRuntime())
    log.append(from(2 ** 31 - 2, 3), asClient)
    expect(log.activeProducers()).toMatchObject([{ lastSequence: 0 }])
    expect(log.append(from(2 ** 31 - 2, 3), asClient).duplicate).toBe(true)
    expect(log.append(from(1), asClient).duplicate).toBe(false)
  })

  it('forgets producers in time', async () => {
    const runtime = memoryRuntime()
    const log = openLog(runtime, { config: { producerIdExpirationMs: 1000 } })
    log.append(from(5), asClient)
    log.tidy(0)
    expect(log.activeProducers()).toEqual([])
    log.append(from(99), asClient)
  })
})

describe('transactions', () => {
  const data = (producerId: number, sequence: number, transactional = true) =>
    batchOf({ values: ['a', 'b'], producerId, producerEpoch: 0, baseSequence: sequence, transactional })

  it('hold the last stable offset until the marker is committed', () => {
    const log = openLog(memoryRuntime())
    log.append(batchOf(), asClient)
    log.append(data(1, 0), asClient)
    log.append(data(2, 0), asClient)
    log.advanceHighWatermark(5)
    expect(log.lastStableOffset).toBe(1)
    log.append(markerOf('commit', 1, 0), asCoordinator)
    expect(log.lastStableOffset).toBe(1)
    log.advanceHighWatermark(6)
    expect(log.lastStableOffset).toBe(3)
    log.append(markerOf('abort', 2, 0), asCoordinator)
    log.advanceHighWatermark(100)
    expect([log.lastStableOffset, log.highWatermark]).toEqual([7, 7])
    expect(log.abortedTransactions(0, 7)).toEqual([{ producerId: 2, firstOffset: 3 }])
    expect(log.abortedTransactions(0, 3)).toEqual([])
    expect(log.abortedTransactions(6, 7)).toEqual([{ producerId: 2, firstOffset: 3 }])
  })

  it('survive a restart, with and without the derived files', async () => {
    const runtime = memoryRuntime()
    const log = openLog(runtime, { config: small })
    for (let i = 0; i < 40; i++) {
      log.append(data(i, 0), asClient)
      if (i % 3 > 0) log.append(markerOf(i % 3 === 1 ? 'abort' : 'commit', i, 0), asCoordinator)
    }
    log.advanceHighWatermark(1000)
    await runtime.clock.settle()
    const facts = (l: typeof log) => {
      l.advanceHighWatermark(1000)
      const ranges = [
        [0, 1000],
        [10, 50],
        [49, 51],
        [90, 91],
      ] as const
      return {
        stable: l.lastStableOffset,
        end: l.logEndOffset,
        producers: l.activeProducers(),
        aborted: ranges.map(([from, to]) => l.abortedTransactions(from, to)),
        times: [0, 1000, 1001, 2000].map((t) => l.offsetForTimestamp(t)),
        values: valuesFrom(l, 0),
      }
    }
    const before = facts(log)
    expect(before.aborted[0]).toHaveLength(13)
    await log.close()
    const open = (clean: boolean) => openLog(runtime, { config: small, clean, recoveryPoint: clean ? 1000 : 0 })
    expect(facts(open(true))).toEqual(before)
    for (const path of runtime.disk.files().keys()) if (/index$|snapshot$/.test(path)) runtime.disk.remove(path)
    expect(facts(open(true))).toEqual(before)
    runtime.disk.remove('/logs/t-0/leader-epoch-checkpoint')
    expect(facts(open(false))).toEqual(before)
  })

  it('stay open when a loss of power has taken the marker, whatever a snapshot says', async () => {
    const runtime = memoryRuntime()
    const log = openLog(runtime, { config: small })
    log.append(data(1, 0), asClient)
    const before = runtime.disk.stat('/logs/t-0/00000000000000000000.log')?.size ?? 0
    const { lastOffset } = log.append(markerOf('abort', 1, 0), asCoordinator)
    while (log.segmentCount === 1) log.append(batchOf({ padding: 450 }), asClient)
    await runtime.clock.settle()
    // The marker and what stood behind it never reached the disk; the next segment did.
    runtime.disk.writeFile(
      '/logs/t-0/00000000000000000000.log',
      (runtime.disk.readFile('/logs/t-0/00000000000000000000.log') as Buffer).subarray(0, before),
    )
    const again = openLog(runtime, { config: { ...small, cleanupPolicy: ['compact'] } })
    again.advanceHighWatermark(1000)
    expect(again.logEndOffset).toBeGreaterThan(lastOffset)
    expect(again.lastStableOffset).toBe(0)
  })

  it.each(['rolled', 'flushed'] as const)(
    'are told to have been aborted after a loss of power, their segment was flushed to its end and then %s',
    async (last) => {
      for (let seed = 1; seed <= 20; seed++) {
        const runtime = memoryRuntime()
        const config = { segmentMs: 5000 }
        const log = openLog(runtime, { config })
        log.append(batchOf({ producerId: 7, producerEpoch: 0, baseSequence: 0, transactional: true }), asClient)
        log.append(markerOf('abort', 7, 0), asCoordinator)
        await log.flush()
        log.append(batchOf({ timestamp: 100_000 }), asClient)
        expect(log.segmentCount).toBe(2)
        // What a crash leaves of names is chance; this one is there.
        runtime.disk.syncDir('/logs/t-0')
        if (last === 'flushed') await log.flush()
        const { recoveryPoint } = log
        expect(recoveryPoint).toBe(last === 'flushed' ? 3 : 2)
        runtime.disk.losePower({ seed })
        const again = openLog(runtime, { config, recoveryPoint })
        expect(again.abortedTransactions(0, 2)).toEqual([{ producerId: 7, firstOffset: 0 }])
      }
    },
  )

  it('refuse writes outside and markers of fenced coordinators', () => {
    const log = openLog(memoryRuntime())
    log.append(data(1, 0), asClient)
    expect(() => log.append(data(1, 2, false), asClient)).toThrow('has a transaction open')
    log.append(markerOf('commit', 1, 0, 5), asCoordinator)
    log.append(markerOf('commit', 1, 0, 5), asCoordinator)
    expect(() => log.append(markerOf('commit', 1, 0, 4), asCoordinator)).toThrow('coordinator epoch')
    log.append(data(1, 2), asClient)
    expect(() => log.append(markerOf('commit', 1, 0, 5), { ...asCoordinator, transactionVersion: 2 })).toThrow(
      'not larger',
    )
    log.append(markerOf('commit', 1, 1, 5), { ...asCoordinator, transactionVersion: 2 })
    log.append(markerOf('commit', 1, 1, 5), { ...asCoordinator, transactionVersion: 2 })
    expect(() => log.append(data(1, 4), asClient)).toThrow('smaller than the last seen epoch')
  })
})

describe('truncation', () => {
  it('forgets none of the batches that producers may repeat and that stay', () => {
    const log = openLog(memoryRuntime(), { config: small })
    const send = (baseSequence: number) =>
      log.append(batchOf({ producerId: 7, producerEpoch: 0, baseSequence, padding: 300 }), asClient)
    for (let sequence = 0; sequence < 6; sequence++) send(sequence)
    // Where a segment begins, and with it a snapshot of the producers.
    log.truncateTo(4)
    expect([2, 3].map((sequence) => send(sequence))).toMatchObject([
      { baseOffset: 2, duplicate: true },
      { baseOffset: 3, duplicate: true },
    ])
    expect(send(4)).toMatchObject({ baseOffset: 4, duplicate: false })
  })

  it.each([0, 1, 2, 57, 100, 199])('to %i leaves what lies before and takes new records', async (offset) => {
    const { runtime, log } = await filled()
    log.advanceHighWatermark(200)
    log.truncateTo(offset)
    const end = offset - (offset % 2)
    expect(log.logEndOffset).toBe(end)
    expect(log.highWatermark).toBe(end)
    expect(log.recoveryPoint).toBeLessThanOrEqual(end)
    expect(valuesFrom(log, 0)).toEqual(expected.slice(0, end))
    for (let i = 0; i < 30; i++)
      log.append(batchOf({ values: [`n${i}`], timestamp: 5000 + i }), { ...asClient, leaderEpoch: 1 })
    const now = [...expected.slice(0, end), ...Array.from({ length: 30 }, (_, i) => `n${i}`)]
    expect(valuesFrom(log, 0)).toEqual(now)
    expect(log.offsetForTimestamp(5003)).toMatchObject({ offset: end + 3 })
    await runtime.clock.settle()
    runtime.disk.killProcess()
    expect(valuesFrom(openLog(runtime, { config: small }), 0)).toEqual(now)
  })

  it('of everything starts where it is told', async () => {
    const { runtime, log } = await filled()
    log.truncateFullyAndStartAt(500)
    expect([log.logStartOffset, log.logEndOffset, log.highWatermark, log.size]).toEqual([500, 500, 500, 0])
    log.append(batchOf({ values: ['n'] }), asClient)
    await log.close()
    const again = openLog(runtime, { config: small, clean: true, recoveryPoint: 501, logStartOffset: 500 })
    expect(valuesFrom(again, 500)).toEqual(['n'])
    expect(again.epochs).toEqual([{ epoch: 0, startOffset: 500 }])
  })
})

describe('leader epochs', () => {
  it('answer as KIP-279 says', () => {
    const log = openLog(memoryRuntime())
    log.append(batchOf({ values: ['a', 'b'] }), { leaderEpoch: 2, origin: 'client' })
    log.assignEpochStart(5, 2)
    log.append(batchOf({ values: ['c'] }), { leaderEpoch: 5, origin: 'client' })
    expect(log.endOffsetForEpoch(1)).toEqual({ epoch: 1, endOffset: 0 })
    expect(log.endOffsetForEpoch(2)).toEqual({ epoch: 2, endOffset: 2 })
    expect(log.endOffsetForEpoch(4)).toEqual({ epoch: 2, endOffset: 2 })
    expect(log.endOffsetForEpoch(5)).toEqual({ epoch: 5, endOffset: 3 })
    expect(log.endOffsetForEpoch(6)).toEqual({ epoch: -1, endOffset: -1 })
    expect([0, 1, 2, 3].map((offset) => log.epochForOffset(offset))).toEqual([2, 2, 5, -1])
  })
})

describe('deletion', () => {
  it('by time takes whole segments of committed records, the active one last', async () => {
    const { runtime, log } = await filled()
    log.config = { ...log.config, retentionMs: 1000 }
    expect(log.applyRetention(1_000_000)).toBe(0)
    log.advanceHighWatermark(100)
    expect(log.applyRetention(1_000_000)).toBeGreaterThan(0)
    expect(log.logStartOffset).toBeLessThanOrEqual(100)
    expect(() => log.read(0, 100, 200, true)).toThrow('Received request for offset 0')
    expect(valuesFrom(log, log.logStartOffset)).toEqual(expected.slice(log.logStartOffset))
    log.advanceHighWatermark(200)
    log.applyRetention(1_000_000)
    expect([log.logStartOffset, log.logEndOffset, log.size]).toEqual([200, 200, 0])
    expect(log.append(batchOf(), asClient).baseOffset).toBe(200)
    await runtime.clock.settle()
    expect([...runtime.disk.files().keys()].filter((path) => path.endsWith('.log'))).toHaveLength(1)
  })

  it('by size keeps at least the wanted bytes', async () => {
    const { log } = await filled()
    log.advanceHighWatermark(200)
    log.config = { ...log.config, retentionMs: -1, retentionBytes: 3000 }
    log.applyRetention(2000)
    expect(log.size).toBeGreaterThanOrEqual(3000)
    expect(log.size).toBeLessThan(4100)
  })

  it('of records is durable before it returns', async () => {
    const runtime = memoryRuntime()
    const persisted: number[] = []
    const owner = {
      persistLogStart: () => persisted.push(log.logStartOffset),
      persistRecoveryPoint: () => {},
      onFailure: () => {},
    }
    const log = openLog(runtime, { config: small, owner })
    for (let i = 0; i < 100; i++) log.append(batchOf({ values: [`v${i}`] }), asClient)
    log.advanceHighWatermark(100)
    log.deleteRecordsBefore(55)
    expect(persisted).toEqual([55])
    expect(log.logStartOffset).toBe(55)
    expect(() => log.read(54, 100, 100, true)).toThrow(KafkaError)
    expect(valuesFrom(log, 55)[0]).toBe('v55')
    expect(() => log.deleteRecordsBefore(101)).toThrow('larger than the high watermark')
    await log.close()
    const again = openLog(runtime, { config: small, clean: true, logStartOffset: 55, recoveryPoint: 100 })
    expect(again.logStartOffset).toBe(55)
    expect(again.offsetForTimestamp(0)).toMatchObject({ offset: 55 })
  })
})

describe('a disk that fails', () => {
  it.each(['EIO', 'ENOSPC'])('takes the log out of use at %s, and is not asked again', (code) => {
    const runtime = memoryRuntime()
    const failures: string[] = []
    const owner = {
      persistLogStart: () => {},
      persistRecoveryPoint: () => {},
      onFailure: (_: unknown, error: Error) => failures.push(error.message),
    }
    const log = openLog(runtime, { owner })
    log.append(batchOf(), asClient)
    runtime.disk.faults.add({ operation: 'write', path: '.log', code, times: 1 })
    expect(() => log.append(batchOf(), asClient)).toThrow('Disk error')
    expect(() => log.append(batchOf(), asClient)).toThrow('Disk error')
    expect(() => log.read(0, 100, 1, true)).toThrow('Disk error')
    expect(failures).toHaveLength(1)
    expect(log.logEndOffset).toBe(1)
  })

  it('at a sync is not believed when the next one succeeds', async () => {
    const runtime = memoryRuntime()
    const log = openLog(runtime)
    log.append(batchOf(), asClient)
    runtime.disk.faults.add({ operation: 'sync', path: '.log', code: 'EIO', times: 1 })
    await expect(log.flush()).rejects.toThrow('Disk error')
    await expect(log.flush()).rejects.toThrow('Disk error')
    expect(log.recoveryPoint).toBe(0)
  })
})

describe('flush', () => {
  it('comes before the answer when the topic wants it', async () => {
    const runtime = memoryRuntime()
    const log = openLog(runtime, { config: { flushMessages: 1 } })
    const results = [log.append(batchOf(), asClient), log.append(batchOf(), asClient)]
    await Promise.all(results.map(({ written }) => written))
    expect(log.recoveryPoint).toBe(2)
    runtime.disk.losePower('nothing')
    expect(valuesFrom(openLog(runtime), 0)).toEqual(['v', 'v'])
  })

  it('does not vouch for what was written after a truncation', async () => {
    const runtime = memoryRuntime()
    const log = openLog(runtime)
    for (let i = 0; i < 10; i++) log.append(batchOf(), asClient)
    const flushed = log.flush()
    log.truncateTo(5)
    for (let i = 0; i < 10; i++) log.append(batchOf(), asClient)
    await flushed
    expect(log.recoveryPoint).toBeLessThanOrEqual(5)
  })
})
