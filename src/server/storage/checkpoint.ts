import type { Disk } from '../../runtime/index.ts'

/** Kafka's small text files: a version line, a line with the number of entries, the entries. */

const VERSION = '0'

export function formatCheckpoint(lines: readonly string[]): string {
  return `${VERSION}\n${lines.length}\n${lines.map((line) => `${line}\n`).join('')}`
}

/** The entries' words; undefined when the file is damaged. Apache's broker makes the files empty before it first writes them. */
export function parseCheckpoint(bytes: Buffer, words: number): string[][] | undefined {
  const text = bytes.toString('latin1')
  if (text === '') return []
  const [version, count, ...rest] = text.split('\n')
  if (rest.pop() !== '' || version !== VERSION || count !== String(rest.length)) return undefined
  const entries = rest.map((line) => line.split(' '))
  return entries.every((entry) => entry.length === words) ? entries : undefined
}

export interface PartitionOffset {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/**
 * One offset for each partition of a log directory. A damaged file counts as absent, which costs a longer recovery but never data.
 */
export class OffsetCheckpoint {
  /** What the file says, and what it says for certain after a crash. */
  #written: string | undefined
  #durable: string | undefined
  #writes = 0

  constructor(
    private readonly disk: Disk,
    readonly path: string,
  ) {}

  /** Offsets by partition folder (`topic-0`); `damaged` tells of a file that could not be used. */
  read(): { offsets: Map<string, number>; damaged: boolean } {
    const offsets = new Map<string, number>()
    const bytes = this.disk.readFile(this.path)
    const entries = bytes === undefined ? [] : parseCheckpoint(bytes, 3)
    for (const [topic, partition, text] of entries ?? []) {
      const offset = Number(text)
      if (!Number.isSafeInteger(offset) || offset < 0 || !/^\d+$/.test(partition as string))
        return { offsets: new Map(), damaged: true }
      offsets.set(`${topic}-${partition}`, offset)
    }
    return { offsets, damaged: entries === undefined }
  }

  /** Durable when it returns. */
  write(entries: readonly PartitionOffset[]): void {
    const text = format(entries)
    if (text === this.#durable) return
    this.#writes++
    this.disk.replaceFile(this.path, text)
    this.#written = text
    this.#durable = text
  }

  /** Replaces the file without holding up the loop; after a crash the old one may be there instead. One call at a time. */
  async writeLater(entries: readonly PartitionOffset[]): Promise<void> {
    const text = format(entries)
    if (text === this.#written) return
    const writes = ++this.#writes
    const aside = `${this.path}.later`
    const file = this.disk.open(aside, { create: true })
    try {
      file.truncate(0)
      file.write(Buffer.from(text), 0)
      await file.sync()
    } finally {
      file.close()
    }
    // A durable write that came meanwhile is newer.
    if (writes !== this.#writes) return this.disk.remove(aside)
    this.disk.rename(aside, this.path)
    this.#written = text
    this.#durable = undefined
  }
}

const format = (entries: readonly PartitionOffset[]): string =>
  formatCheckpoint(entries.map(({ topic, partition, offset }) => `${topic} ${partition} ${offset}`))
