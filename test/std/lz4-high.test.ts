import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import { compressLz4High, LZ4_BLOCK } from '../../src/std/lz4-high.ts'
import { Chance } from '../sim/world.ts'

const lz4 = createRequire(import.meta.url)('lz4-napi') as { uncompressSync(bytes: Uint8Array): Buffer }

/** What another implementation makes of a block. */
function uncompressed(block: Uint8Array, size: number): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(size)
  return lz4.uncompressSync(Buffer.concat([length, block]))
}

const chance = new Chance(4)
const words = Array.from({ length: 300 }, () => chance.bytes(2 + chance.int(9)).toString('hex'))
const text = (bytes: number) => {
  let made = ''
  while (made.length < bytes) made += `${words[chance.int(words.length)]} `
  return Buffer.from(made.slice(0, bytes))
}
const blocks: Record<string, Buffer> = {
  'one byte over and over': Buffer.alloc(LZ4_BLOCK, 'a'),
  'a pattern': Buffer.from('abcdefghij'.repeat(500)),
  words: text(LZ4_BLOCK),
  'few words': text(700),
  'long literals between': Buffer.concat([text(600), chance.bytes(1000), text(9000), chance.bytes(300), text(4000)]),
}

describe('a block of LZ4', () => {
  it.each(Object.keys(blocks))('is read by another implementation: %s', (name) => {
    const block = blocks[name] as Buffer
    for (const level of [1, 3, 8, 12, 17]) {
      const compressed = compressLz4High(block, level)
      expect(compressed?.length).toBeLessThan(block.length)
      expect(uncompressed(compressed as Uint8Array, block.length).equals(block)).toBe(true)
    }
  })

  it('is smaller with a higher level', () => {
    const sizes = [1, 3, 8, 12].map((level) => compressLz4High(blocks['words'] as Buffer, level)?.length ?? 0)
    expect([...sizes].sort((a, b) => b - a)).toEqual(sizes)
    expect(sizes[3]).toBeLessThan(sizes[0] as number)
  })

  it('is none where it would not be smaller', () => {
    for (const size of [0, 1, 12, 13, 100, 5000]) expect(compressLz4High(chance.bytes(size), 12)).toBeUndefined()
  })

  it('is read whatever it is made of', () => {
    for (let n = 0; n < 300; n++) {
      const block = Buffer.concat([text(chance.int(200)), chance.bytes(chance.int(60)), Buffer.alloc(chance.int(400))])
      const compressed = compressLz4High(block, 1 + chance.int(12))
      if (compressed) expect(uncompressed(compressed, block.length).equals(block)).toBe(true)
    }
  })
})
