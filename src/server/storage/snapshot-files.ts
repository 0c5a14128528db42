import type { Disk } from '../../runtime/index.ts'
import { fileName, offsetOf, Suffix } from './names.ts'
import type { ProducerEntry } from './producer-entry.ts'
import { decodeSnapshot, encodeSnapshot } from './producer-snapshot.ts'
import type { ProducerState } from './producer-state.ts'

/** The producer snapshots in a log's folder. There is one for each segment's begin, and one for the end after a clean stop. */
export class SnapshotFiles {
  #offsets: number[]
  readonly #unsynced = new Set<number>()

  constructor(
    private readonly disk: Disk,
    private readonly dir: string,
    names: readonly string[],
  ) {
    this.#offsets = names.map((name) => offsetOf(name, Suffix.snapshot)).filter((offset) => offset !== undefined)
  }

  get latest(): number {
    return this.#offsets.at(-1) ?? -1
  }

  #path(offset: number): string {
    return `${this.dir}/${fileName(offset, Suffix.snapshot)}`
  }

  /** Writes what is known of the producers before `offset`. Its checksum tells whether it survived a crash. */
  take(offset: number, state: ProducerState): void {
    this.disk.writeFile(this.#path(offset), encodeSnapshot(state.producers, state.size))
    this.#unsynced.add(offset)
    if (!this.#offsets.includes(offset)) this.#offsets = [...this.#offsets, offset].sort((a, b) => a - b)
  }

  /** The newest sound snapshot at or below an offset; damaged ones are removed. */
  loadAtOrBelow(offset: number): { offset: number; producers: ProducerEntry[] } | undefined {
    for (const candidate of this.#offsets.filter((one) => one <= offset).reverse()) {
      const bytes = this.disk.readFile(this.#path(candidate))
      const producers = bytes && decodeSnapshot(bytes)
      if (producers) return { offset: candidate, producers }
      this.remove(candidate)
    }
    return undefined
  }

  remove(offset: number): void {
    if (!this.#offsets.includes(offset)) return
    this.disk.remove(this.#path(offset))
    this.#unsynced.delete(offset)
    this.#offsets = this.#offsets.filter((one) => one !== offset)
  }

  removeAbove(offset: number): void {
    for (const one of [...this.#offsets]) if (one > offset) this.remove(one)
  }

  removeAll(): void {
    this.removeAbove(-1)
  }

  /** Drops those that neither begin a segment nor are the newest: ends of former runs. */
  removeStray(baseOffsets: ReadonlySet<number>): void {
    for (const one of [...this.#offsets]) if (!baseOffsets.has(one) && one !== this.latest) this.remove(one)
  }

  async sync(): Promise<void> {
    for (const offset of [...this.#unsynced]) {
      if (!this.#unsynced.delete(offset)) continue
      const file = this.disk.open(this.#path(offset))
      try {
        await file.sync()
      } finally {
        file.close()
      }
    }
  }
}
