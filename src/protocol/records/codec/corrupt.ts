/** Thrown for compressed bytes that are garbage, or that would give more than the limit. */
export class CorruptCompression extends Error {
  override name = 'CorruptCompression'
}

/** Collects decompressed parts and refuses to go over the limit; what is held follows what was really decompressed. */
export class BoundedOutput {
  readonly #parts: Buffer[] = []
  #size = 0

  constructor(private readonly limit: number) {}

  /** Bytes that may still come. */
  get left(): number {
    return this.limit - this.#size
  }

  add(part: Uint8Array): void {
    if (part.length > this.left) throw overLimit(this.limit)
    this.#size += part.length
    this.#parts.push(Buffer.from(part.buffer, part.byteOffset, part.length))
  }

  finish(): Buffer {
    return this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts, this.#size)
  }
}

export const overLimit = (limit: number): CorruptCompression =>
  new CorruptCompression(`decompressed data is larger than ${limit} bytes`)
