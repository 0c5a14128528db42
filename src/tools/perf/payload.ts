import type { Random, Runtime } from '../../runtime/index.ts'
import { arenaBuffer } from '../../std/arena.ts'

/** Random letters made once; values are taken from it one after the other, so that none repeats within a megabyte. */
const LETTERS = 1024 * 1024

/** Where the next value lies. */
export interface Payload {
  buffer: Buffer
  start: number
  length: number
  /** Moves on to the value of a record. */
  next(record: number): void
}

/** Values of one size in random letters from A to Z, the same in every run. */
export class RandomPayload implements Payload {
  readonly buffer: Buffer
  start = 0
  private following = 0

  constructor(
    readonly length: number,
    records: number,
  ) {
    this.buffer = randomLetters(Math.max(length, Math.min(LETTERS, length * records)))
  }

  next(): void {
    if (this.following + this.length > this.buffer.length) this.following = 0
    this.start = this.following
    this.following += this.length
  }
}

function randomLetters(length: number): Buffer {
  const letters = arenaBuffer(length)
  let state = 0x9e3779b9
  for (let i = 0; i < length; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    letters[i] = 65 + ((state >>> 8) % 26)
  }
  return letters
}

/** 0, 1, 2 ... in decimal digits. */
export class CountingPayload implements Payload {
  readonly buffer = Buffer.alloc(24)
  readonly start = 0
  length = 0

  next(record: number): void {
    this.length = this.buffer.write(String(record), 0, 'latin1')
  }
}

/** Values drawn from a list. */
export class ListedPayload implements Payload {
  buffer: Buffer
  readonly start = 0
  length = 0

  constructor(
    private readonly values: readonly Buffer[],
    private readonly random: Random,
  ) {
    this.buffer = values[0] as Buffer
  }

  next(): void {
    this.buffer = this.values[this.random.int(this.values.length)] as Buffer
    this.length = this.buffer.length
  }
}

/** The values in a text file; throws the sentence of Apache's tool when there are none. */
export function readPayloads(runtime: Runtime, path: string, delimiter: string): Buffer[] {
  const bytes = runtime.disk.readFile(path)
  if (!bytes || bytes.length === 0) throw new Error('File does not exist or empty file provided.')
  const texts = bytes.toString().split(new RegExp(delimiter))
  if (texts.at(-1) === '') texts.pop()
  return texts.map((text) => Buffer.from(text))
}
