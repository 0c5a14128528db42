import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import { batchSize, codecId, crcMatches } from '../../../src/protocol/records/batch.ts'
import {
  type Codec,
  CorruptCompression,
  codecs,
  compress,
  decompress,
} from '../../../src/protocol/records/compression.ts'
import { decodeRecords } from '../../../src/protocol/records/record.ts'

/** Batches that Apache's MemoryRecords wrote, the same 40 records with each codec. */
const golden: Record<Codec, string> = JSON.parse(readFileSync(new URL('golden-batches.json', import.meta.url), 'utf8'))
const lz4 = createRequire(import.meta.url)('lz4-napi') as { decompressFrameSync(bytes: Buffer): Buffer }
const names = Object.keys(codecs) as Codec[]
const compressing = names.filter((name) => name !== 'none')

const words = (size: number) => {
  const bytes = Buffer.alloc(size)
  for (let i = 0; i < size; i++) bytes[i] = 97 + ((i * i) % 17)
  return bytes
}
const noise = (size: number) => {
  const bytes = Buffer.alloc(size)
  for (let i = 0, x = 1; i < size; i++) bytes[i] = (x = (Math.imul(x, 1103515245) + 12345) >>> 0) >>> 16
  return bytes
}

describe('batches written by Apache', () => {
  it.each(names)('%s is read', (name) => {
    const batch = Buffer.from(golden[name], 'base64')
    expect(batchSize(batch)).toBe(batch.length)
    expect(crcMatches(batch)).toBe(true)
    expect(codecId(batch)).toBe(codecs[name])
    const records = [...decodeRecords(batch)]
    expect(records).toHaveLength(40)
    expect(records).toEqual([...decodeRecords(Buffer.from(golden.none, 'base64'))])
    expect(records[3]).toMatchObject({ offset: 3, timestamp: 1700000000030, key: Buffer.from('key3') })
    expect(records[3]?.headers).toEqual([
      { key: 'h3', value: Buffer.from('x3') },
      { key: 'n', value: null },
    ])
    expect(records[10]?.value).toBeNull()
  })
})

describe('levels of lz4', () => {
  const text = Buffer.from(Array.from({ length: 9000 }, (_, n) => `${(n * 7919) % 613} ${(n * n) % 97};`).join(''))
  const sizeAt = (level?: number) => compress('lz4', text, level).length

  it.each([1, 4, 10, 17])('%i is read, by another implementation as well', (level) => {
    const packed = compress('lz4', text, level)
    expect(decompress(codecs.lz4, packed).equals(text)).toBe(true)
    expect(lz4.decompressFrameSync(packed).equals(text)).toBe(true)
    const noisy = noise(200_000)
    expect(decompress(codecs.lz4, compress('lz4', noisy, level)).equals(noisy)).toBe(true)
  })

  it("are Java's: 9 is the fast way, others look for longer matches", () => {
    expect(sizeAt(9)).toBe(sizeAt())
    expect(sizeAt(12)).toBeLessThan(sizeAt(9) * 0.9)
  })
})

describe.each(compressing)('%s', (name) => {
  const back = (bytes: Buffer, limit?: number) => decompress(codecs[name], bytes, limit)

  it.each([0, 1, 100, 32_768, 65_536, 65_537, 300_000])('gives back %i bytes', (size) => {
    for (const bytes of [words(size), noise(size), Buffer.alloc(size)])
      expect(back(compress(name, bytes)).equals(bytes)).toBe(true)
  })

  it('stops at the limit', () => {
    const packed = compress(name, Buffer.alloc(1_000_000))
    expect(back(packed, 1_000_000)).toHaveLength(1_000_000)
    expect(() => back(packed, 999_999)).toThrow(CorruptCompression)
  })

  it('refuses garbage', () => {
    for (const bytes of [Buffer.from('garbage, not a frame'), noise(1000), Buffer.alloc(40)])
      expect(() => back(bytes)).toThrow(CorruptCompression)
  })

  it('refuses or survives every cut and every flipped bit', () => {
    const packed = compress(name, words(3000))
    for (let i = 1; i < packed.length; i++) {
      for (const bytes of [packed.subarray(0, i), flipped(packed, i)]) {
        try {
          expect(back(bytes, 1_000_000).length).toBeLessThanOrEqual(1_000_000)
        } catch (error) {
          expect(error).toBeInstanceOf(CorruptCompression)
        }
      }
    }
  })
})

const flipped = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes)
  copy[at]! ^= 1 << (at % 8)
  return copy
}

describe('other writers', () => {
  it('reads a bare snappy block', () => {
    const bytes = words(5000)
    const framed = compress('snappy', bytes)
    expect(decompress(codecs.snappy, framed.subarray(20)).equals(bytes)).toBe(true)
  })

  it('reads several gzip members', () => {
    const twice = Buffer.concat([compress('gzip', words(10)), compress('gzip', words(20))])
    expect(decompress(codecs.gzip, twice)).toHaveLength(30)
  })

  it('reads several zstd frames', () => {
    const twice = Buffer.concat([compress('zstd', words(10)), compress('zstd', words(20))])
    expect(decompress(codecs.zstd, twice)).toHaveLength(30)
  })
})

describe('hostile headers', () => {
  it.each([
    ['snappy, 2 GB claimed', codecs.snappy, 'ffffffff0700'],
    ['snappy, negative block', codecs.snappy, '82534e41505059000000000100000001ffffffff00'],
    ['snappy, block of 2 GB', codecs.snappy, '82534e415050590000000001000000017fffffff00'],
    ['lz4, block over the maximum', codecs.lz4, '04224d18604082ffff0f00aaaaaaaa'],
    ['lz4, wrong header checksum', codecs.lz4, '04224d1860408300000000'],
    ['lz4, legacy magic', codecs.lz4, '02214c18604082000000000000'],
    ['zstd, 4 GB claimed by 3 bytes', codecs.zstd, '28b52ffd a0ffffffff 010000'.replaceAll(' ', '')],
    ['zstd, window of 2 TB', codecs.zstd, '28b52ffd00f8010000'],
    ['zstd, dictionary', codecs.zstd, '28b52ffd210105010000'],
  ])('%s', (_, codec, hex) => {
    expect(() => decompress(codec, Buffer.from(hex, 'hex'))).toThrow(CorruptCompression)
  })

  it.each([5, 6, 7])('codec %i does not exist', (id) => {
    expect(() => decompress(id, Buffer.alloc(10))).toThrow('Unknown compression type id')
  })
})
