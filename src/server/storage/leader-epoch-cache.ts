import type { Disk } from '../../runtime/index.ts'
import { formatCheckpoint, parseCheckpoint } from './checkpoint.ts'

const LEADER_EPOCH_FILE = 'leader-epoch-checkpoint'

export interface EpochEntry {
  readonly epoch: number
  /** Offset of the epoch's first record. */
  readonly startOffset: number
}

export interface EpochEnd {
  readonly epoch: number
  readonly endOffset: number
}

const UNDEFINED: EpochEnd = { epoch: -1, endOffset: -1 }

/**
 * Where each leader epoch begins (KIP-101): epochs and offsets both rise. The file is written when the log is flushed or closed; what a
 * crash takes from it is in the batches behind the recovery point, from which it is completed.
 */
export class LeaderEpochCache {
  readonly #path: string
  #entries: EpochEntry[] = []
  #dirty = false
  /** Counted, so that a save under way knows whether it is the latest, and of what. */
  #changes = 0
  #saves = 0

  constructor(
    private readonly disk: Disk,
    dir: string,
  ) {
    this.#path = `${dir}/${LEADER_EPOCH_FILE}`
  }

  /** Reads the file; false when it is missing or damaged, so that the cache has to be rebuilt from the log. */
  load(): boolean {
    const bytes = this.disk.readFile(this.#path)
    const lines = bytes && parseCheckpoint(bytes, 2)
    const entries = lines?.map(([epoch, startOffset]) => ({ epoch: Number(epoch), startOffset: Number(startOffset) }))
    if (entries === undefined || !rises(entries)) {
      this.#dirty = true
      return false
    }
    this.#entries = entries
    return true
  }

  get entries(): readonly EpochEntry[] {
    return this.#entries
  }

  get latest(): EpochEntry | undefined {
    return this.#entries.at(-1)
  }

  /** Notes that an epoch begins at an offset. Entries that contradict it are dropped: the log was truncated under them. */
  assign(epoch: number, startOffset: number): void {
    const { latest } = this
    if (latest !== undefined && latest.epoch === epoch && startOffset >= latest.startOffset) return
    this.#replace([
      ...this.#entries.filter((entry) => entry.epoch < epoch && entry.startOffset < startOffset),
      { epoch, startOffset },
    ])
  }

  /** The largest epoch up to the requested one, and where it ends (KIP-279). */
  endOffsetFor(epoch: number, logEndOffset: number): EpochEnd {
    if (epoch < 0 || this.latest === undefined) return UNDEFINED
    if (epoch === this.latest.epoch) return { epoch, endOffset: logEndOffset }
    const above = this.#entries.findIndex((entry) => entry.epoch > epoch)
    const higher = this.#entries[above]
    if (higher === undefined) return UNDEFINED
    return { epoch: this.#entries[above - 1]?.epoch ?? epoch, endOffset: higher.startOffset }
  }

  epochFor(offset: number): number {
    return this.#entries.findLast((entry) => entry.startOffset <= offset)?.epoch ?? -1
  }

  /** Drops epochs that begin at or after an offset. */
  truncateFromEnd(offset: number): void {
    if ((this.latest?.startOffset ?? -1) >= offset)
      this.#replace(this.#entries.filter((entry) => entry.startOffset < offset))
  }

  /** Drops epochs that end before an offset; the one that holds it begins there now. */
  truncateFromStart(offset: number): void {
    const first = this.#entries.findLastIndex((entry) => entry.startOffset <= offset)
    if (first < 0 || (first === 0 && this.#entries[0]?.startOffset === offset)) return
    const [holder, ...rest] = this.#entries.slice(first)
    this.#replace([{ epoch: (holder as EpochEntry).epoch, startOffset: offset }, ...rest])
  }

  /** Knows the same as another one. */
  take(entries: readonly EpochEntry[]): void {
    this.#replace([...entries])
  }

  clear(): void {
    if (this.#entries.length > 0) this.#replace([])
  }

  #replace(entries: EpochEntry[]): void {
    this.#entries = entries
    this.#dirty = true
    this.#changes++
  }

  get dirty(): boolean {
    return this.#dirty
  }

  /** Makes the file durable. */
  save(): void {
    if (!this.#dirty) return
    this.#saves++
    this.disk.replaceFile(this.#path, this.#text())
    this.#dirty = false
  }

  /** The same without holding up the loop; the file's name is not durable yet when it resolves. Gives whether there was anything to save. */
  async saveLater(): Promise<boolean> {
    if (!this.#dirty) return false
    const [saves, changes] = [++this.#saves, this.#changes]
    const aside = `${this.#path}.later`
    const file = this.disk.open(aside, { create: true })
    try {
      file.truncate(0)
      file.write(Buffer.from(this.#text()), 0)
      await file.sync()
    } finally {
      file.close()
    }
    // What was saved meanwhile is newer, and durable.
    if (saves !== this.#saves) this.disk.remove(aside)
    else {
      this.disk.rename(aside, this.#path)
      this.#dirty = changes !== this.#changes
    }
    return true
  }

  #text(): string {
    return formatCheckpoint(this.#entries.map(({ epoch, startOffset }) => `${epoch} ${startOffset}`))
  }
}

function rises(entries: readonly EpochEntry[]): boolean {
  let epoch = -1
  let offset = -1
  for (const entry of entries) {
    if (!(entry.epoch > epoch && entry.startOffset > offset && Number.isSafeInteger(entry.startOffset))) return false
    epoch = entry.epoch
    offset = entry.startOffset
  }
  return true
}
