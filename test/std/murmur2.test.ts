import { expect, test } from 'vitest'
import { murmur2 } from '../../src/std/murmur2.ts'

// The values of Apache's clients for these keys (UtilsTest of kafka-clients).
test.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
])('murmur2 of %s', (key, hash) => {
  expect(murmur2(Buffer.from(key))).toBe(hash)
})

test('murmur2 of bytes', () => {
  expect(murmur2(Buffer.from('abc'))).toBe(479470107)
})
