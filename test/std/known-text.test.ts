import { describe, expect, it } from 'vitest'
import { readKnownText } from '../../src/std/known-text.ts'

describe('a text that is likely to come again', () => {
  it.each(['', 'a', 'perf-producer-client', 'größe', '日本', 'x'.repeat(64), 'x'.repeat(65)])(
    'is what the bytes say, each time: %s',
    (text) => {
      const bytes = Buffer.from(`..${text}..`)
      const length = Buffer.byteLength(text)
      for (let i = 0; i < 3; i++) expect(readKnownText(bytes, 2, length)).toBe(text)
    },
  )

  it('is never the one that came before it with the same length and last byte', () => {
    for (const text of ['client-1-a', 'client-2-a', 'client-1-a', 'client-3-a'])
      expect(readKnownText(Buffer.from(text), 0, text.length)).toBe(text)
  })

  it('does not change with the bytes it was read from', () => {
    const bytes = Buffer.from('lent-bytes')
    expect(readKnownText(bytes, 0, 10)).toBe('lent-bytes')
    bytes.fill('x')
    expect(readKnownText(Buffer.from('lent-bytes'), 0, 10)).toBe('lent-bytes')
    expect(readKnownText(bytes, 0, 10)).toBe('xxxxxxxxxx')
  })

  it('has replacement characters where bytes are no UTF-8', () => {
    const bytes = Buffer.from([0x61, 0xff, 0x62])
    for (let i = 0; i < 2; i++) expect(readKnownText(bytes, 0, 3)).toBe('a\ufffdb')
  })
})
