import fs from 'node:fs'
import { isatty } from 'node:tty'
import { arenaBuffer } from '../../std/arena.ts'
import type { ByteSink, ByteSource, Console } from '../console.ts'

/** Bytes of one read from a file. */
const CHUNK = 1 << 20

/** Bytes of one read from a pipe or a terminal. */
const PIECE = 1 << 16

const pause = new Int32Array(new SharedArrayBuffer(4))

/** Writes all of it, also to a pipe that somebody made non-blocking. */
function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) {
    try {
      done += fs.writeSync(fd, bytes, done)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EPIPE') return
      if (code !== 'EAGAIN') throw error
      Atomics.wait(pause, 0, 0, 1)
    }
  }
}

function isRegularFile(fd: number): boolean {
  try {
    return fs.fstatSync(fd).isFile()
  } catch {
    return false
  }
}

/** A regular file is always ready: plain reads into two buffers in turn cost less than a stream. */
class FileSource implements ByteSource {
  private readonly buffers = [arenaBuffer(CHUNK), arenaBuffer(CHUNK)]
  private turn = 0

  next(): Buffer | undefined {
    const buffer = this.buffers[(this.turn ^= 1)] as Buffer
    const count = fs.readSync(0, buffer, 0, CHUNK, null)
    return count === 0 ? undefined : buffer.subarray(0, count)
  }

  close(): void {}
}

/** Pieces are copied to where the encoder of records is fast. */
class StreamSource implements ByteSource {
  private readonly pieces = process.stdin[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  private closed = false
  private readonly buffer = arenaBuffer(PIECE)

  async next(): Promise<Buffer | undefined> {
    try {
      const { value, done } = await this.pieces.next()
      if (done || value.length > PIECE) return done ? undefined : value
      return this.buffer.subarray(0, value.copy(this.buffer))
    } catch (error) {
      if (this.closed) return undefined
      throw error
    }
  }

  close(): void {
    this.closed = true
    process.stdin.destroy()
  }
}

class OutputSink implements ByteSink {
  closed = false
  private wake: (() => void)[] = []

  constructor() {
    process.stdout.on('drain', () => this.release())
    process.stdout.on('close', () => this.shut())
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      this.shut()
      if (error.code !== 'EPIPE' && error.code !== 'EOF') throw error
    })
  }

  write(bytes: Buffer, left?: () => void): Promise<void> | undefined {
    if (this.closed || process.stdout.write(bytes, left)) return undefined
    return new Promise((resolve) => this.wake.push(resolve))
  }

  get idle(): boolean {
    return process.stdout.writableLength === 0
  }

  flush(): Promise<void> {
    if (this.closed || process.stdout.writableLength === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.wake.push(resolve)
      process.stdout.write('', () => resolve())
    })
  }

  private shut(): void {
    this.closed = true
    this.release()
  }

  private release(): void {
    const { wake } = this
    this.wake = []
    for (const resolve of wake) resolve()
  }
}

/** What is written next must not stand behind the `^C` that the terminal shows. */
const leaveLine = (): void => {
  if (isatty(0) && isatty(2)) writeAll(2, Buffer.from('\n'))
}

function onSignal(handler: (signal: string) => void): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  if (!process.listeners('SIGINT').includes(leaveLine)) process.prependListener('SIGINT', leaveLine)
  for (const signal of signals) process.on(signal, handler)
  return () => {
    for (const signal of signals) process.off(signal, handler)
    if (process.listenerCount('SIGINT') === 1) process.off('SIGINT', leaveLine)
  }
}

export const nodeConsole: Console = {
  env: process.env,
  get inputIsTerminal() {
    return isatty(0)
  },
  get outputIsTerminal() {
    return isatty(1)
  },
  get errorIsTerminal() {
    return isatty(2)
  },
  get outputWidth() {
    return process.stdout.columns ?? 0
  },
  get outputHeight() {
    return process.stdout.rows ?? 0
  },
  get errorWidth() {
    return process.stderr.columns ?? 0
  },
  out: (text) => writeAll(1, Buffer.from(text)),
  error: (text) => writeAll(2, Buffer.from(text)),
  output: () => new OutputSink(),
  input: () => (isRegularFile(0) ? new FileSource() : new StreamSource()),
  onSignal,
}
