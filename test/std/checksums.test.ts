import { describe, expect, it } from 'vitest'
import { crc32c, crc32cTables } from '../../src/std/crc32c.ts'
import { xxhash32 } from '../../src/std/xxhash32.ts'

const ramp = Buffer.from(Array.from({ length: 300 }, (_, i) => (i * 7) & 0xff))

describe('crc32c', () => {
  it('gives the check values of RFC 3720', () => {
    for (const crc of [crc32c, crc32cTables]) {
      expect(crc(Buffer.from('123456789'))).toBe(0xe3069283)
      expect(crc(Buffer.alloc(32))).toBe(0x8a9136aa)
      expect(crc(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43)
      expect(crc(Buffer.alloc(0))).toBe(0)
    }
  })

  it('is the same with and without the native module, at every length and alignment', () => {
    for (let from = 0; from < 9; from++)
      for (let to = from; to < 300; to++)
        expect(crc32cTables(ramp.subarray(from, to))).toBe(crc32c(ramp.subarray(from, to)))
  })
})

describe('xxhash32', () => {
  it('gives the known values', () => {
    expect(xxhash32(Buffer.alloc(0))).toBe(0x02cc5d05)
    expect(xxhash32(Buffer.from('a'))).toBe(0x550d7456)
    expect(xxhash32(Buffer.from('abc'))).toBe(0x32d153ff)
    expect(xxhash32(Buffer.from('Nobody inspects the spammish repetition'))).toBe(0xe2293b2f)
  })
})
