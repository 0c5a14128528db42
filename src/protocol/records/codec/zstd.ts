// biome-ignore lint/style/noRestrictedImports: code of a library is read here, as require reads it, and no file of a user's
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import zlib from 'node:zlib'
import { webAssembly } from '../../../std/web-assembly.ts'
import { BoundedOutput, CorruptCompression, overLimit } from './corrupt.ts'
import { type ZstdFrame, zstdFrames } from './zstd-frame.ts'

/** Zstandard came to node:zlib with Node 22.15; before that a WebAssembly build of the reference code does it. */
interface NativeZstd {
  zstdCompressSync(bytes: Buffer, options?: { params: Record<number, number> }): Buffer
  zstdDecompressSync(bytes: Buffer, options: { maxOutputLength: number }): Buffer
  constants: { ZSTD_c_compressionLevel: number }
}

/** What Emscripten gives a page to start its code with. */
interface EmscriptenModule {
  instantiateWasm?: (imports: object, receive: (instance: object) => void) => void
  init(): void
}

interface WasmZstd {
  compress(bytes: Uint8Array, level?: number): Uint8Array
  decompress(bytes: Uint8Array, options: { defaultHeapSize: number }): Uint8Array
}

const DEFAULT_LEVEL = 3
/** WebAssembly memory never shrinks and has 4 GB in all; records beyond this are no use case. */
const WASM_LIMIT = 512 * 1024 * 1024

const native = 'zstdCompressSync' in zlib ? (zlib as unknown as NativeZstd) : undefined
let wasm: WasmZstd | undefined

/** Gives the library's functions. The package's own way in gives a promise, and an append never waits; compiling takes 4 ms, once. */
function loadWasm(): WasmZstd {
  const require = createRequire(import.meta.url)
  const main = require.resolve('@bokuweb/zstd-wasm')
  const file = (name: string): string => path.join(path.dirname(main), name)
  const { Module } = require(file('zstd.js')) as { Module: EmscriptenModule }
  const engine = webAssembly()
  if (engine === undefined) throw new Error('zstd needs WebAssembly, or Node.js 22.15')
  Module.instantiateWasm = (imports, receive) => {
    receive(new engine.Instance(new engine.Module(readFileSync(file('zstd.wasm'))), imports))
  }
  Module.init()
  return require(main) as WasmZstd
}

function loadedWasm(): WasmZstd {
  wasm ??= loadWasm()
  return wasm
}

export function compressZstd(bytes: Buffer, level = DEFAULT_LEVEL): Buffer {
  if (native !== undefined)
    return native.zstdCompressSync(bytes, { params: { [native.constants.ZSTD_c_compressionLevel]: level } })
  return asBuffer(loadedWasm().compress(bytes, level))
}

export function decompressZstd(bytes: Buffer, limit: number): Buffer {
  const output = new BoundedOutput(limit)
  for (const frame of zstdFrames(bytes)) {
    if ((frame.contentSize ?? 0) > output.left) throw overLimit(limit)
    output.add(native === undefined ? wasmFrame(frame, output.left) : nativeFrame(native, frame, output.left))
  }
  return output.finish()
}

function nativeFrame(zstd: NativeZstd, frame: ZstdFrame, limit: number): Buffer {
  if (limit === 0) return Buffer.alloc(0)
  try {
    return zstd.zstdDecompressSync(frame.bytes, { maxOutputLength: limit })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw overLimit(limit)
    throw new CorruptCompression('zstd frame is damaged', { cause })
  }
}

const DESTINATION_TOO_SMALL = -70

/** The package makes room once and for all: for the content size when the frame has one, else for the size it is told. */
function wasmFrame(frame: ZstdFrame, limit: number): Buffer {
  const zstd = loadedWasm()
  const largest = Math.min(limit, WASM_LIMIT, frame.contentSize ?? frame.largestSize)
  if (frame.contentSize !== undefined && frame.contentSize > largest) throw overLimit(largest)
  let room = Math.min(largest, frame.contentSize ?? 8 * frame.bytes.length)
  for (;;) {
    try {
      return asBuffer(zstd.decompress(frame.bytes, { defaultHeapSize: room }))
    } catch (cause) {
      const tooSmall = (cause as Error).message?.endsWith(` ${DESTINATION_TOO_SMALL}`)
      if (!tooSmall || frame.contentSize !== undefined) throw new CorruptCompression('zstd frame is damaged', { cause })
      if (room >= largest) throw overLimit(largest)
      room = Math.min(largest, room * 4)
    }
  }
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
