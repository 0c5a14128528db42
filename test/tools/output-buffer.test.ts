import { describe, expect, it } from 'vitest'
import type { ByteSink } from '../../src/runtime/console.ts'
import { OutputBuffer } from '../../src/tools/console/output-buffer.ts'

/** A pipe that takes some writes at once, and of the others one at a time, long after they were made. */
class SlowPipe implements ByteSink {
  readonly closed = false
  taken = ''
  private readonly waiting: { readonly bytes: Buffer; readonly left: (() => void) | undefined }[] = []
  private wake: (() => void)[] = []
  private writes = 0

  get idle(): boolean {
    return this.waiting.length === 0
  }

  write(bytes: Buffer, left?: () => void): Promise<void> | undefined {
    this.waiting.push({ bytes, left })
    if (this.waiting.length === 1 && this.writes++ % 3 > 0) {
      this.read()
      return undefined
    }
    return new Promise((resolve) => this.wake.push(resolve))
  }

  read(): void {
    const next = this.waiting.shift()
    if (!next) return
    this.taken += next.bytes.toString('latin1')
    next.left?.()
    if (this.idle) for (const wake of this.wake.splice(0)) wake()
  }

  flush(): Promise<void> {
    while (!this.idle) this.read()
    return Promise.resolve()
  }
}

const lines = (count: number, length: number): string[] =>
  Array.from({ length: count }, (_, i) => `${`${i} `.repeat(length).slice(0, length)}\n`)

describe('output to a reader that is slower than the writer', () => {
  it.each([
    ['short lines', lines(40_000, 100)],
    ['lines longer than a write', lines(12, 300_000)],
    ['both', [...lines(3_000, 80), ...lines(4, 400_000), ...lines(3_000, 80)]],
  ])('has every byte as it was when it was written: %s', async (_, texts) => {
    const pipe = new SlowPipe()
    const output = new OutputBuffer(pipe)
    texts.forEach((text, i) => {
      output.text(text)
      if (i % 700 === 0) output.flush()
      if (i % 900 === 0) pipe.read()
      if (i % 20_000 === 19_999) pipe.flush()
    })
    output.flush()
    await pipe.flush()
    expect(pipe.taken === texts.join('')).toBe(true)
  })
})
