import { describe, expect, it } from 'vitest'
import {
  readInt8,
  readInt16,
  readInt32,
  readInt64,
  readUInt16,
  readUInt32,
  writeInt8,
  writeInt16,
  writeInt32,
  writeInt64,
  writeUInt16,
  writeUInt32,
} from '../../src/std/big-endian.ts'

/** Each kind of number beside the methods of Node's buffers that do the same. */
const kinds = [
  { name: 'Int8', read: readInt8, write: writeInt8, size: 1, values: [0, 1, -1, 0x7f, -0x80], beyond: [0x80, -0x81] },
  {
    name: 'Int16',
    read: readInt16,
    write: writeInt16,
    size: 2,
    values: [0, 1, -1, 0x0102, 0x7fff, -0x8000],
    beyond: [0x8000, -0x8001],
  },
  {
    name: 'UInt16',
    read: readUInt16,
    write: writeUInt16,
    size: 2,
    values: [0, 1, 0x0102, 0xffff],
    beyond: [0x1_0000, -1],
  },
  {
    name: 'Int32',
    read: readInt32,
    write: writeInt32,
    size: 4,
    values: [0, 1, -1, 0x01020304, 0x7fff_ffff, -0x8000_0000],
    beyond: [2 ** 31, -(2 ** 31) - 1],
  },
  {
    name: 'UInt32',
    read: readUInt32,
    write: writeUInt32,
    size: 4,
    values: [0, 1, 0x01020304, 0xffff_ffff],
    beyond: [2 ** 32, -1],
  },
] as const

describe.each(kinds)('$name', ({ name, read, write, size, values, beyond }) => {
  const suffix = size === 1 ? '' : 'BE'
  const node = Buffer.alloc(0) as unknown as Record<string, (...args: number[]) => number>

  it.each(values)('is read and written as Node does: %d', (value) => {
    const [ours, theirs] = [Buffer.alloc(12, 0xaa), Buffer.alloc(12, 0xaa)]
    write(ours, 3, value)
    ;(node[`write${name}${suffix}`] as (...args: number[]) => number).call(theirs, value, 3)
    expect(ours).toEqual(theirs)
    expect(read(theirs, 3)).toBe(value)
    expect(read(new Uint8Array(theirs), 3)).toBe(value)
  })

  it.each(beyond)('is refused when it does not fit: %d', (value) => {
    const bytes = Buffer.alloc(12, 0xaa)
    expect(() => write(bytes, 3, value)).toThrow(RangeError)
    expect(bytes).toEqual(Buffer.alloc(12, 0xaa))
  })

  it.each([-1, 13 - size, 12])('is neither read nor written outside of the bytes, at %d', (at) => {
    const bytes = Buffer.alloc(12, 0xaa)
    expect(() => read(bytes, at)).toThrow(RangeError)
    expect(() => write(bytes, at, 1)).toThrow(RangeError)
    expect(bytes).toEqual(Buffer.alloc(12, 0xaa))
  })
})

describe('Int64', () => {
  it.each([0, 1, -1, 2 ** 32, -(2 ** 32) - 1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])(
    'is read and written as Node does: %d',
    (value) => {
      const [ours, theirs] = [Buffer.alloc(12, 0xaa), Buffer.alloc(12, 0xaa)]
      writeInt64(ours, 2, value)
      theirs.writeBigInt64BE(BigInt(value), 2)
      expect(ours).toEqual(theirs)
      expect(readInt64(theirs, 2)).toBe(value)
    },
  )
})
