import { expect, it } from 'vitest'
import * as batch from '../../../src/protocol/records/batch.ts'
import { encodeBatch } from '../../../src/protocol/records/record.ts'
import type { Log, LogRead } from '../../../src/server/storage/log.ts'
import { memoryRuntime } from '../../support/memory-runtime.ts'
import { DirectoryNode, PLACE_A, PLACE_B, PRODUCED, TopicMetadata } from '../../support/replicas/directory-node.ts'
import { TOPIC_ID } from './batches.ts'

/** What a reader asks for is read ahead; and it asks on whatever becomes of the log meanwhile. */
const STEPS = 800
const READ = 4096
/** Records that are a few reads. */
const NEAR = 40

interface Reader {
  readonly log: () => Log
  /** Bytes that it asks for. */
  readonly maxBytes: number
  offset: number
  /** What it was given and has not been sent yet, and how that looked. */
  underway: { read: LogRead; bytes: Buffer } | undefined
}

/** Readers for whom is read ahead, and who ask on whatever becomes of their logs meanwhile. */
class Play {
  readonly runtime: ReturnType<typeof memoryRuntime>
  readonly node: DirectoryNode
  readonly readers: Reader[]
  #written = 0
  #topics = 0
  #other: Log

  constructor(
    seed: number,
    readonly isCompacted: boolean,
  ) {
    this.runtime = memoryRuntime(seed)
    this.node = new DirectoryNode(this.runtime, new TopicMetadata(), {
      config: {
        ...{ segmentBytes: 40_000, indexIntervalBytes: 500, minCleanableDirtyRatio: 0.01, preallocate: seed % 3 === 0 },
        cleanupPolicy: isCompacted ? ['compact'] : ['delete'],
      },
      cleaner: () => ({
        ...{ enabled: true, bufferBytes: 1 << 20, loadFactor: 0.9, ioBytes: 8192 },
        ...{ bytesPerSecond: Number.MAX_VALUE, backoffMs: 1000 },
      }),
    })
    this.node.logs.start()
    this.#other = this.#make()
    const logs = [() => this.node.partition.log, () => this.node.partition.log, () => this.#other]
    this.readers = Array.from({ length: 12 }, (_, i) => ({
      log: logs[i % 3] as () => Log,
      maxBytes: i < 9 ? READ : READ + this.#int(READ),
      ...{ offset: 0, underway: undefined },
    }))
  }

  #int(limit: number): number {
    return this.runtime.random.int(limit)
  }

  #make(): Log {
    return this.node.logs.getOrCreate(`other-${this.#topics++}`, 0, TOPIC_ID)
  }

  /** Of two sizes: what comes in the place of what was cut off often begins and ends where that did. */
  #batch(): Buffer {
    const records = Array.from({ length: 1 + this.#int(2) }, () => ({
      key: this.isCompacted ? Buffer.from(`k${100 + this.#int(200)}`) : null,
      value: Buffer.from(`${this.#written++}`.padEnd(400, '.')),
      timestamp: this.runtime.clock.now(),
    }))
    return encodeBatch(records)
  }

  #append(): void {
    const { partition } = this.node
    for (let count = this.#int(12); count > 0; count--) {
      partition.append(this.#batch(), { ...PRODUCED })
      this.#other.append(this.#batch(), { leaderEpoch: 0, origin: 'client', gather: this.#int(8) > 0 })
    }
    // What was gathered may be written at once or later, by whoever uses the file.
    if (this.#int(4) === 0) this.#other.writeOut()
    this.#other.advanceHighWatermark(this.#other.logEndOffset - this.#int(5))
  }

  /** Something becomes of a log. */
  async #change(): Promise<void> {
    const { partition, replicas, logs } = this.node
    const log = this.#int(2) === 0 ? partition.log : this.#other
    const { logStartOffset: start, logEndOffset: end } = log
    switch (this.#int(10)) {
      case 0:
      case 1:
        log.truncateTo(Math.max(start, end - this.#int(NEAR)))
        return this.#append()
      case 2:
        if (this.#int(4) === 0)
          log.truncateFullyAndStartAt(this.#int(2) === 0 ? this.#int(end + 1) : end + this.#int(9))
        return
      case 3:
        return log.deleteRecordsBefore(start + this.#int(Math.min(log.highWatermark - start, 40) + 1))
      case 4:
        return replicas.alterDirectory('t', 0, this.#int(2) === 0 ? PLACE_A : PLACE_B)
      case 5:
        if (this.#int(4) > 0) return
        logs.delete(this.#other.topic, 0)
        this.#other = this.#make()
        return
      case 6:
        return log.tidy(this.runtime.clock.monotonic())
      default:
        for (let ms = this.#int(3000); ms > 0; ms -= 100) await this.runtime.clock.advance(100)
    }
  }

  #send(reader: Reader): void {
    const { underway } = reader
    if (!underway) return
    // Lent memory is nobody else's.
    expect(Buffer.concat(underway.read.buffers).equals(underway.bytes)).toBe(true)
    underway.read.release()
    reader.underway = undefined
  }

  #read(reader: Reader): void {
    const log = reader.log()
    const { logStartOffset: start, logEndOffset: end } = log
    if (reader.offset < start || reader.offset >= end || this.#int(30) === 0)
      reader.offset = Math.max(start, end - this.#int(this.#int(2) === 0 ? NEAR : end - start + 1))
    const { offset, maxBytes } = reader
    const limit = this.#int(3) > 0 ? log.logEndOffset : offset + this.#int(20)
    const read = log.read(offset, maxBytes, limit, true)
    const bytes = Buffer.concat(read.buffers)
    const stored = storedFrom(log, offset, limit, bytes.length)
    expect(bytes.equals(stored.bytes), `${log.name}@${offset}`).toBe(true)
    if (bytes.length === 0) expect(stored.isEnd).toBe(true)
    // The same once more, which nothing was read ahead for.
    else expect(log.read(offset, maxBytes, limit, true).size).toBe(bytes.length)
    reader.underway = { read, bytes }
    for (const at of batch.batchPositions(bytes)) reader.offset = batch.lastOffset(bytes, at) + 1
  }

  async run(): Promise<void> {
    for (let step = 0; step < STEPS; step++) {
      const reader = this.readers[this.#int(this.readers.length)] as Reader
      const action = this.#int(10)
      if (action < 2) this.#append()
      else if (action < 3) await this.#change()
      else if (reader.underway) this.#send(reader)
      else this.#read(reader)
      // A log that gets much at a time has its end in memory.
      if (this.#int(2) === 0) await this.runtime.clock.advance(this.#int(200))
    }
    await this.node.logs.shutdown()
    // What was on its way is sent, or never will be.
    for (const reader of this.readers) this.#send(reader)
  }
}

/** The first batches in a log's files from an offset on, of so many bytes; and whether there are none below a limit. */
function storedFrom(log: Log, offset: number, limit: number, size: number): { bytes: Buffer; isEnd: boolean } {
  const found: Buffer[] = []
  let left = size
  for (const { buffer } of log.readBatches(offset)) {
    if (left <= 0 || batch.lastOffset(buffer) >= limit)
      return { bytes: Buffer.concat(found), isEnd: found.length === 0 && batch.lastOffset(buffer) >= limit }
    found.push(buffer)
    left -= buffer.length
  }
  return { bytes: Buffer.concat(found), isEnd: found.length === 0 }
}

/** `PLAYS=1000 PLAYS_FROM=100` plays others. */
const first = Number(process.env.PLAYS_FROM ?? 1)
const plays = Array.from({ length: Number(process.env.PLAYS ?? 8) }, (_, i) => first + i)
it.each(plays)('gives what the log has, whatever becomes of it (play %i)', async (seed) => {
  await new Play(seed, seed % 2 === 0).run()
})
