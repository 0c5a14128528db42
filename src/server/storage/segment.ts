import * as batch from '../../protocol/records/batch.ts'
import { decodeRecords } from '../../protocol/records/record.ts'
import type { Disk } from '../../runtime/index.ts'
import { type Scanned, scanBatches } from './batch-scan.ts'
import type { FilePool, PooledFile } from './file-pool.ts'
import { fileName, SEGMENT_SUFFIXES, Suffix } from './names.ts'
import { OffsetIndex } from './offset-index.ts'
import { TimeIndex, type TimestampOffset } from './time-index.ts'
import { TransactionIndex } from './transaction-index.ts'

export interface SegmentOptions {
  readonly disk: Disk
  readonly files: FilePool
  readonly dir: string
  readonly baseOffset: number
  readonly isNew: boolean
  readonly hasTransactionIndex: boolean
  readonly indexIntervalBytes: number
  /** Wall time of its making, where its first record has no timestamp. */
  readonly created: number
  /** Length that a new log file gets at once (`preallocate`); 0 for none. */
  readonly setAside?: number
  /** What stands behind the names of its files while it is not part of the log yet. */
  readonly state?: string
}

export interface RecordPlace {
  readonly offset: number
  readonly timestamp: number
  readonly leaderEpoch: number
}

/** A log file and its indexes: the records from `baseOffset` up to the next segment. */
export class Segment {
  readonly baseOffset: number
  readonly file: PooledFile
  readonly offsetIndex: OffsetIndex
  readonly timeIndex: TimeIndex
  readonly transactions: TransactionIndex
  readonly created: number
  /** Bytes in the log file. */
  size = 0
  /** Largest timestamp of the first batch; segments are rolled by it. */
  firstTimestamp: number | undefined
  #largest: TimestampOffset | undefined
  #bytesSinceEntry = 0
  #removed = false
  #contents = {}
  #state: string

  constructor(private readonly options: SegmentOptions) {
    const { disk, files, baseOffset, isNew } = options
    this.baseOffset = baseOffset
    this.created = options.created
    this.#state = options.state ?? ''
    this.file = files.file(this.path(Suffix.log), isNew)
    this.offsetIndex = new OffsetIndex(disk, this.path(Suffix.index), baseOffset, isNew)
    this.timeIndex = new TimeIndex(disk, this.path(Suffix.timeIndex), baseOffset, isNew)
    this.transactions = new TransactionIndex(disk, this.path(Suffix.txnIndex), options.hasTransactionIndex)
    if (isNew) {
      this.#largest = { timestamp: -1, offset: baseOffset }
      if (options.setAside) this.file.setAside(options.setAside)
    } else this.size = this.file.size()
  }

  path(suffix: string): string {
    return `${this.options.dir}/${fileName(this.baseOffset, suffix)}${this.#state}`
  }

  /** Gives its files names that end in another way: `.cleaned`, `.swap`, `.deleted` or nothing. They are durable when the folder is. */
  rename(state: string): void {
    const { disk } = this.options
    const from = SEGMENT_SUFFIXES.map((suffix) => this.path(suffix))
    this.#state = state
    for (const [i, suffix] of SEGMENT_SUFFIXES.entries())
      if (disk.stat(from[i] as string) !== undefined) disk.rename(from[i] as string, this.path(suffix))
    this.file.moved(this.path(Suffix.log))
    this.offsetIndex.moved(this.path(Suffix.index))
    this.timeIndex.moved(this.path(Suffix.timeIndex))
    this.transactions.moved(this.path(Suffix.txnIndex))
  }

  /** When its log file was last changed, wall time in milliseconds. */
  get modified(): number {
    return this.options.disk.stat(this.file.path)?.modified ?? this.created
  }

  set modified(time: number) {
    this.options.disk.setModified(this.file.path, time)
  }

  /** The time of its youngest record; of the file's last change when its records have no timestamps. Wall time in milliseconds. */
  get youngestTime(): number {
    return this.largestTimestamp >= 0 ? this.largestTimestamp : this.modified
  }

  /** Stands for the bytes in the log file: it is another object when some were cut off. */
  get contents(): object {
    return this.#contents
  }

  get removed(): boolean {
    return this.#removed
  }

  /** The largest timestamp in it and the last offset of the batch that has it; read from the index when the segment is an old one. */
  get largest(): TimestampOffset {
    this.#largest ??= this.timeIndex.last
    return this.#largest
  }

  /** Bytes that its index files take. */
  get offsetIndexSize(): number {
    return this.options.disk.stat(this.path(Suffix.index))?.size ?? 0
  }

  get timeIndexSize(): number {
    return this.options.disk.stat(this.path(Suffix.timeIndex))?.size ?? 0
  }

  get largestTimestamp(): number {
    return this.largest.timestamp
  }

  /** Writes whole batches at the end, or lets them wait for `file.writeOut`, and indexes them. */
  append(records: Buffer, gather: boolean): void {
    if (gather) this.file.writeSoon(records, this.size)
    else this.file.write(records, this.size)
    for (let at = 0; at < records.length; ) {
      const size = batch.batchSize(records, at)
      this.#index(records, at, size, this.size + at)
      at += size
    }
    this.size += records.length
  }

  #index(b: Buffer, at: number, size: number, position: number): void {
    const lastOffset = batch.lastOffset(b, at)
    const timestamp = batch.maxTimestamp(b, at)
    this.firstTimestamp ??= timestamp
    if (timestamp > this.largest.timestamp) this.#largest = { timestamp, offset: lastOffset }
    if (this.#bytesSinceEntry > this.options.indexIntervalBytes) {
      this.offsetIndex.add(lastOffset, position)
      this.timeIndex.addIfLater(this.largest.timestamp, this.largest.offset)
      this.#bytesSinceEntry = 0
    }
    this.#bytesSinceEntry += size
  }

  /** The largest timestamp of the first batch, read from the file when the segment is an old one; undefined when there is none. */
  readFirstTimestamp(): number | undefined {
    if (this.firstTimestamp === undefined && this.size > 0) {
      const first = Buffer.allocUnsafe(batch.BATCH_HEADER)
      if (this.file.read(first, 0, first.length, 0) === first.length) this.firstTimestamp = batch.maxTimestamp(first)
    }
    return this.firstTimestamp
  }

  /**
   * Ends the file with its records, adds what a reader of the time index has to know at the end, and writes the indexes. After it nothing
   * more is appended.
   */
  seal(): void {
    this.file.trim()
    this.timeIndex.addIfLater(this.largest.timestamp, this.largest.offset)
    this.saveIndexes()
  }

  saveIndexes(): void {
    this.offsetIndex.save()
    this.timeIndex.save()
    this.transactions.save()
  }

  /** Makes the log file durable, and the indexes when the segment is sealed. */
  async flush(withIndexes: boolean): Promise<void> {
    const parts = withIndexes ? [this.file, this.offsetIndex, this.timeIndex, this.transactions] : [this.file]
    // It may be deleted while one of them is under way.
    for (const part of parts) if (!this.#removed) await part.sync()
  }

  /** Where to begin a search for an offset. An index that points at no batch is made anew: it may have suffered without looking wrong. */
  startFor(offset: number): number {
    if (!this.offsetIndex.loaded && !this.#indexesFit()) this.rebuildIndexes()
    const found = this.offsetIndex.lookup(offset)
    if (found.position === 0 || this.#isBatchAt(found.position, found.offset)) return found.position
    this.rebuildIndexes()
    return this.offsetIndex.lookup(offset).position
  }

  #isBatchAt(position: number, atMostOffset: number): boolean {
    const header = Buffer.allocUnsafe(batch.BATCH_HEADER)
    if (this.file.read(header, 0, header.length, position) < header.length) return false
    const baseOffset = batch.baseOffset(header)
    return (
      batch.magic(header) === batch.CURRENT_MAGIC &&
      baseOffset >= this.baseOffset &&
      baseOffset <= atMostOffset &&
      batch.batchSize(header) >= batch.BATCH_HEADER &&
      position + batch.batchSize(header) <= this.size
    )
  }

  #indexesFit(): boolean {
    return this.offsetIndex.fits(this.size) && this.timeIndex.fits()
  }

  /** Batches from the one that holds `offset` on; `keep` as for `scanBatches`. */
  *batches(offset: number, keep = false): Generator<Scanned> {
    const position = offset <= this.baseOffset ? 0 : this.startFor(offset)
    for (const scanned of scanBatches(this.file, position, this.size, keep))
      if (batch.lastOffset(scanned.buffer, scanned.at) >= offset) yield scanned
  }

  /** Batches from about so many bytes before the end on. */
  lastBatches(bytes: number): Generator<Scanned> {
    if (this.size <= bytes) return this.batches(this.baseOffset)
    if (!this.offsetIndex.loaded && !this.#indexesFit()) this.rebuildIndexes()
    return this.batches(this.offsetIndex.offsetAt(this.size - bytes))
  }

  /** Makes offset and time index from the log. */
  rebuildIndexes(): void {
    this.resetIndexes()
    for (const { buffer, at, size, position } of scanBatches(this.file, 0, this.size))
      this.#index(buffer, at, size, position)
  }

  /** Empties all but the log, for a scan that hands every batch to `indexScanned`. */
  resetIndexes(): void {
    this.offsetIndex.clear()
    this.timeIndex.clear()
    this.#largest = { timestamp: -1, offset: this.baseOffset }
    this.firstTimestamp = undefined
    this.#bytesSinceEntry = 0
  }

  indexScanned({ buffer, at, size, position }: Scanned): void {
    this.#index(buffer, at, size, position)
  }

  /**
   * Makes a segment ready for appends after a clean stop, from the last index entry on. Gives the offset after the last record and the
   * bytes up to which there are batches.
   */
  resume(): { nextOffset: number; validBytes: number } {
    if (!this.#indexesFit()) this.rebuildIndexes()
    const { position } = this.offsetIndex.last
    let nextOffset = this.baseOffset
    let validBytes = position
    this.#largest = this.timeIndex.last
    for (const { buffer, at, size, position: start } of scanBatches(this.file, position, this.size)) {
      const timestamp = batch.maxTimestamp(buffer, at)
      nextOffset = batch.lastOffset(buffer, at) + 1
      validBytes = start + size
      if (timestamp > this.#largest.timestamp) this.#largest = { timestamp, offset: nextOffset - 1 }
    }
    this.#bytesSinceEntry = validBytes - position
    this.firstTimestamp = undefined
    if (validBytes > 0) this.readFirstTimestamp()
    return { nextOffset, validBytes }
  }

  /** The first record not older than `timestamp` and not below `from`. */
  findTimestamp(timestamp: number, from: number): RecordPlace | undefined {
    if (!this.offsetIndex.loaded && !this.#indexesFit()) this.rebuildIndexes()
    const start = Math.max(this.timeIndex.lookup(timestamp).offset, from)
    for (const { buffer, at } of this.batches(start)) {
      if (batch.maxTimestamp(buffer, at) < timestamp) continue
      for (const record of decodeRecords(buffer, at))
        if (record.timestamp >= timestamp && record.offset >= from)
          return { offset: record.offset, timestamp: record.timestamp, leaderEpoch: batch.leaderEpoch(buffer, at) }
    }
    return undefined
  }

  /**
   * Cuts the log file, which is durable when this returns, and drops what the indexes say about the rest. If the cut could be lost while
   * writes after it were not, old and new records would stand side by side after a crash.
   */
  truncate(size: number, nextOffset: number): void {
    this.offsetIndex.truncateTo(nextOffset)
    this.timeIndex.truncateTo(nextOffset)
    this.transactions.truncateTo(nextOffset)
    this.#contents = {}
    this.file.truncate(size)
    this.file.syncNow()
    this.size = size
    this.saveIndexes()
    this.resume()
  }

  /** Position of the first batch that does not end below `offset`, and that batch's base offset. */
  locate(offset: number): { position: number; baseOffset: number } | undefined {
    for (const { buffer, at, position } of this.batches(offset))
      return { position, baseOffset: batch.baseOffset(buffer, at) }
    return undefined
  }

  /** Frees memory that only reads of an old segment need. */
  unloadIndexes(): void {
    if (!this.offsetIndex.loaded) return
    this.#largest = this.largest
    this.offsetIndex.unload()
    this.timeIndex.unload()
    this.transactions.unload()
  }

  close(): void {
    this.file.close()
  }

  /** Removes its files. The log goes first: an index without a log is cleaned up at the next start. */
  remove(): void {
    this.#removed = true
    this.file.close()
    for (const suffix of SEGMENT_SUFFIXES) this.options.disk.remove(this.path(suffix))
  }
}
