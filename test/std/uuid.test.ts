import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { parseUuidInto, readUuid } from '../../src/std/uuid.ts'

describe('uuids', () => {
  it('go from bytes to text and back, met before or not', () => {
    const ids = Array.from({ length: 3000 }, () => randomBytes(16))
    // Alike but for a byte, so that what is remembered of one must not serve another.
    const likes = ids.slice(0, 500).map((id) => Buffer.concat([id.subarray(0, 3), Buffer.of(7), id.subarray(4)]))
    for (const id of [...ids, ...likes, ...ids]) {
      const text = readUuid(Buffer.concat([Buffer.of(1), id]), 1)
      expect(text).toBe(id.toString('base64url'))
      const bytes = Buffer.alloc(20)
      parseUuidInto(text, bytes, 2)
      expect(bytes.subarray(2, 18).equals(id)).toBe(true)
    }
  })

  it('that are none are refused', () => {
    for (const text of ['short', 'no/url*safe', 'AAAA'])
      expect(() => parseUuidInto(text, Buffer.alloc(16), 0)).toThrow(text)
  })
})
