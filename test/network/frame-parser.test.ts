import { describe, expect, test } from 'vitest'
import { FrameParser, OversizedFrame } from '../../src/network/frame-parser.ts'

const frame = (body: string): Buffer => {
  const bytes = Buffer.alloc(4 + body.length)
  bytes.writeInt32BE(body.length)
  bytes.write(body, 4)
  return bytes
}

function parse(chunks: readonly Buffer[], limit = 1000): string[] {
  const frames: string[] = []
  const parser = new FrameParser(limit, (bytes) => frames.push(bytes.toString()))
  for (const chunk of chunks) parser.push(chunk)
  return frames
}

describe('FrameParser', () => {
  const stream = Buffer.concat([frame('one'), frame(''), frame('three and more'), frame('4')])
  const bodies = ['one', '', 'three and more', '4']

  test('finds frames wherever the stream is cut', () => {
    expect(parse([stream])).toEqual(bodies)
    expect(parse([...stream].map((byte) => Buffer.from([byte])))).toEqual(bodies)
    for (let cut = 1; cut < stream.length; cut++)
      expect(parse([stream.subarray(0, cut), stream.subarray(cut)])).toEqual(bodies)
  })

  test('gives frames that stay when the chunk is written over, or views for those who ask for them', () => {
    const chunk = frame('whole')
    const kept: Buffer[] = []
    const views: Buffer[] = []
    new FrameParser(100, (bytes) => kept.push(bytes)).push(chunk)
    new FrameParser(100, (bytes) => views.push(bytes), { views: true }).push(chunk)
    chunk.fill('x')
    expect([kept, views].map(([bytes]) => String(bytes))).toEqual(['whole', 'xxxxx'])
  })

  test('puts views together in memory that the next ones use again, of whichever connection', () => {
    const views: Buffer[] = []
    const parsers = [1, 2].map(() => new FrameParser(100_000, (bytes) => views.push(bytes), { views: true }))
    const [first, second] = ['a', 'b'].map((letter) => frame(letter.repeat(9000))) as [Buffer, Buffer]
    for (const [at, parser] of parsers.entries()) {
      const bytes = at === 0 ? first : second
      parser.push(bytes.subarray(0, 5000))
      parser.push(bytes.subarray(5000))
      expect(views.at(-1)?.toString()).toBe(bytes.toString('latin1', 4))
      expect(parser.isView(views.at(-1) as Buffer, bytes)).toBe(true)
      parser.recall()
    }
    expect(views.map(({ length }) => length)).toEqual([9000, 9000])
    expect(views[0]?.buffer).toBe(views[1]?.buffer)
  })

  test.each([
    ['longer than allowed', 1001],
    ['negative', -1],
    ['an HTTP answer', 0x48545450],
  ])('refuses a length that is %s', (_, size) => {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32BE(size)
    expect(() => parse([bytes])).toThrow(OversizedFrame)
  })

  test('takes memory for what has come, not for what is claimed', () => {
    const parser = new FrameParser(0x7fff_ffff, () => {})
    const before = process.memoryUsage().arrayBuffers
    const bytes = Buffer.alloc(4)
    bytes.writeInt32BE(0x7fff_fff0)
    parser.push(bytes)
    parser.push(Buffer.alloc(1000))
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024)
  })

  test('fills a frame of many megabytes from small chunks', () => {
    const body = Buffer.alloc(9_000_000, 7)
    body[8_999_999] = 9
    const head = Buffer.alloc(4)
    head.writeInt32BE(body.length)
    const frames: Buffer[] = []
    const parser = new FrameParser(10_000_000, (bytes) => frames.push(bytes))
    parser.push(head)
    for (let at = 0; at < body.length; at += 65_536) parser.push(body.subarray(at, at + 65_536))
    expect(frames[0]?.equals(body)).toBe(true)
  })
})
