/**
 * Memory that WebAssembly sees, handed out as ordinary buffers. Code that works on bytes record by record is several times as fast there as in
 * JavaScript, but only on bytes that lie in its one memory; who fills such buffers takes them from here.
 */

import { type WebAssemblyEngine, webAssembly } from './web-assembly.ts'

const PAGE = 65_536
/** Bytes in all. A page costs nothing until it is written to; growing would take all buffers away from their users. */
const SIZE = 512 * PAGE
/** Code may read and write in whole words, so far beyond the end of a range. */
const SLACK = 64

class Arena {
  readonly #engine: WebAssemblyEngine
  readonly #memory: { readonly buffer: ArrayBuffer }
  readonly #free = new Map<number, Buffer[]>()
  #used = 0

  constructor(engine: WebAssemblyEngine) {
    this.#engine = engine
    this.#memory = new engine.Memory({ initial: SIZE / PAGE, maximum: SIZE / PAGE })
  }

  take(bytes: number): Buffer | undefined {
    const known = this.#free.get(bytes)?.pop()
    if (known) return known
    const next = this.#used + Math.ceil((bytes + SLACK) / SLACK) * SLACK
    if (next > SIZE) return undefined
    const taken = Buffer.from(this.#memory.buffer, this.#used, bytes)
    this.#used = next
    return taken
  }

  give(buffer: Buffer): void {
    if (!this.holds(buffer)) return
    const same = this.#free.get(buffer.length)
    if (same) same.push(buffer)
    else this.#free.set(buffer.length, [buffer])
  }

  holds(bytes: Uint8Array): boolean {
    return bytes.buffer === this.#memory.buffer
  }

  link(code: Uint8Array): Readonly<Record<string, unknown>> {
    const module = new this.#engine.Module(code)
    return new this.#engine.Instance(module, { arena: { memory: this.#memory } }).exports
  }
}

let arena: Arena | undefined
let isMissing = false

function open(): Arena | undefined {
  if (arena || isMissing) return arena
  const engine = webAssembly()
  try {
    if (engine) arena = new Arena(engine)
  } catch {
    // No address space left for it.
  }
  isMissing = arena === undefined
  return arena
}

/** A buffer that code of `linkCode` can work on; an ordinary one when there is no room for it. */
export const arenaBuffer = (bytes: number): Buffer => open()?.take(bytes) ?? Buffer.allocUnsafeSlow(bytes)

/** Takes back a buffer that nobody looks at any longer; ordinary ones are left to the collector. */
export const giveBack = (buffer: Buffer): void => arena?.give(buffer)

/** Where the bytes lie for code of `linkCode`; -1 for bytes elsewhere. */
export const arenaAddress = (bytes: Uint8Array): number => (arena?.holds(bytes) ? bytes.byteOffset : -1)

/** What a module exports that imports the memory as `arena.memory`; undefined on a processor or engine that cannot run it. */
export function linkCode(code: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    return open()?.link(code)
  } catch {
    return undefined
  }
}
