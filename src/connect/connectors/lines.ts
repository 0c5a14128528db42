const LF = 10
const CR = 13

/** A line without its end, and the bytes up to behind it since the first one. */
export interface Line {
  readonly text: string
  readonly end: number
}

/**
 * Cuts bytes into lines that end with `\n`, `\r\n` or `\r`. What has no end yet is kept; so is a line whose `\r` is the last byte, as
 * long as nobody knows whether a `\n` follows.
 */
export class LineCutter {
  private rest: Buffer = Buffer.alloc(0)
  /** Where to go on looking in `rest`. */
  private looked = 0

  /** `at` counts the bytes that have been cut off so far. */
  constructor(private at = 0) {}

  /** Bytes that are no whole line yet. */
  get pending(): number {
    return this.rest.length
  }

  add(bytes: Buffer): void {
    this.rest = this.rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.rest, bytes])
  }

  /** The next whole line; undefined when there is none. */
  next(): Line | undefined {
    for (let i = this.looked; i < this.rest.length; i++) {
      const byte = this.rest[i]
      if (byte === LF) return this.cut(i, i + 1)
      if (byte !== CR) continue
      if (i + 1 === this.rest.length) break
      return this.cut(i, this.rest[i + 1] === LF ? i + 2 : i + 1)
    }
    this.looked = Math.max(0, this.rest.length - 1)
    return undefined
  }

  private cut(length: number, end: number): Line {
    const text = this.rest.toString('utf8', 0, length)
    this.rest = this.rest.subarray(end)
    this.looked = 0
    this.at += end
    return { text, end: this.at }
  }
}
