import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { serdes } from '../../src/streams/index.ts'
import { changeSerde } from '../../src/streams/state/change-serde.ts'

/** `test/support/java/ChangesGolden.java` made the file with Apache's classes; a compat test has it written anew, and compares. */
const golden = readFileSync(new URL('golden/changes.txt', import.meta.url), 'utf8')
const rows = golden
  .trimEnd()
  .split('\n')
  .map((line) => line.split('|'))
const orNull = (word = '-'): string | null => (word === '-' ? null : word)
const serde = changeSerde(serdes.string)

describe("changes in the topic of a grouped table, against Java's", () => {
  it('are written and read', () => {
    expect(rows).toHaveLength(24)
    for (const [now, before, hex = ''] of rows) {
      const change = { now: orNull(now), before: orNull(before) }
      expect(Buffer.from(serde.serialize(change)).toString('hex')).toBe(hex)
      expect(serde.deserialize(Buffer.from(hex, 'hex'))).toEqual(change)
    }
  })

  it('are read with the mark of the newest', () => {
    const read = (...bytes: readonly number[]) => serde.deserialize(Buffer.from(bytes))
    expect(read(97, 1, 3)).toEqual({ now: null, before: 'a' })
    expect(read(97, 1, 4)).toEqual({ now: 'a', before: null })
    expect(read(2, 97, 98, 1, 5)).toEqual({ now: 'a', before: 'b' })
  })

  it('are refused where their bytes are none', () => {
    expect(() => serde.deserialize(Buffer.of(97, 6))).toThrow('has the form 6, and 5 is the newest that is known.')
    expect(() => serde.deserialize(Buffer.of(8, 97, 2))).toThrow('A change of a grouped table ends too early.')
    expect(() => serde.serialize({ now: null, before: null })).toThrow('has neither a new value nor an old one.')
  })
})
