import type { Console } from '../../runtime/console.ts'
import { OutputBuffer } from '../console/output-buffer.ts'

/** Takes pieces of text to standard output at the pace of its reader, and stops when that has gone away. */
export class DumpOutput {
  private readonly sink
  private readonly buffer: OutputBuffer

  constructor(console: Console) {
    this.sink = console.output()
    this.buffer = new OutputBuffer(this.sink)
  }

  /** Whether the reader is still there. */
  async write(texts: Iterable<string>): Promise<boolean> {
    try {
      for (const text of texts) {
        this.buffer.text(text)
        const wait = this.buffer.backPressure
        if (wait) await wait
        if (this.sink.closed) return false
      }
    } finally {
      // What was read before a failure stands before its sentence.
      this.buffer.flush()
      await this.sink.flush()
    }
    return !this.sink.closed
  }
}
