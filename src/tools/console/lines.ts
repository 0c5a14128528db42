import type { ByteSource } from '../../runtime/console.ts'

const LF = 10
const CR = 13

/** Takes the line in `source[start, end)`, which is valid until the next piece is asked for; may return a promise to await before the next. */
export type TakeLine = (source: Buffer, start: number, end: number) => Promise<void> | undefined

/**
 * Cuts bytes into lines as Java's `readLine` does: at `\n`, `\r` or `\r\n`; what follows the last one is a line if there is anything.
 * Lines are places in the input where they can be: nothing is made for one.
 */
export class LineSplitter {
  /** The beginning of a line whose end has not come yet. */
  private readonly started: Buffer[] = []
  private skipLineFeed = false

  /** The whole lines of one more piece, handed to `take` in order. */
  async push(piece: Buffer, take: TakeLine): Promise<void> {
    // Hardly any input has carriage returns, and one search per piece tells.
    const hasReturns = this.skipLineFeed || piece.indexOf(CR) >= 0
    let at = 0
    for (;;) {
      if (at < piece.length && this.skipLineFeed) {
        this.skipLineFeed = false
        if (piece[at] === LF) at++
      }
      const end = hasReturns ? nextBreak(piece, at) : piece.indexOf(LF, at)
      if (end < 0) break
      const wait =
        this.started.length === 0 ? take(piece, at, end) : takeWhole(this.join(piece.subarray(at, end)), take)
      if (wait) await wait
      at = end + 1
      this.skipLineFeed = piece[end] === CR
    }
    // A copy: the source may fill the same buffer again.
    if (at < piece.length) this.started.push(Buffer.from(piece.subarray(at)))
  }

  /** The last line, when it has no end of its own. */
  rest(): Buffer | undefined {
    return this.started.length > 0 ? this.join(Buffer.alloc(0)) : undefined
  }

  private join(end: Buffer): Buffer {
    const line = Buffer.concat([...this.started, end])
    this.started.length = 0
    return line
  }
}

const takeWhole = (line: Buffer, take: TakeLine): Promise<void> | undefined => take(line, 0, line.length)

function nextBreak(piece: Buffer, at: number): number {
  for (let i = at; i < piece.length; i++) if (piece[i] === LF || piece[i] === CR) return i
  return -1
}

/** Hands every line of an input to `take`, until the input ends or `stopped` says so. */
export async function forEachLine(
  source: ByteSource,
  take: TakeLine,
  stopped: () => boolean,
  /** Called between pieces, to let what waits for the event loop go on. */
  breathe: () => Promise<void> | undefined,
): Promise<void> {
  const lines = new LineSplitter()
  while (!stopped()) {
    const next = source.next()
    const piece = next instanceof Promise ? await next : next
    if (!piece) break
    await lines.push(piece, take)
    await breathe()
  }
  const rest = stopped() ? undefined : lines.rest()
  if (rest) await takeWhole(rest, take)
}
