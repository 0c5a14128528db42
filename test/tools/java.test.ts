import { describe, expect, it } from 'vitest'
import { doubleText, floatText } from '../../src/std/java-numbers.ts'
import { hashOrder, partitionHash, stringHashOrder } from '../../src/tools/java/hash-order.ts'
import { topicPattern, wholeMatch } from '../../src/tools/java/pattern.ts'
import { parseDateTime, parseDuration } from '../../src/tools/java/time.ts'
import { parseJavaUuid } from '../../src/tools/java/uuid.ts'

// The expected texts and orders were printed by a Java machine.
describe('numbers', () => {
  it.each([
    [0, '0.0'],
    [-0, '-0.0'],
    [1, '1.0'],
    [-1.5, '-1.5'],
    [0.001, '0.001'],
    [0.0009999, '9.999E-4'],
    [1e-5, '1.0E-5'],
    [123456.789, '123456.789'],
    [9999999, '9999999.0'],
    [1e7, '1.0E7'],
    [12345678.9, '1.23456789E7'],
    [1e10, '1.0E10'],
    [1.7976931348623157e308, '1.7976931348623157E308'],
    [5e-324, '4.9E-324'],
    [1234567.125, '1234567.125'],
    [Math.PI, '3.141592653589793'],
    [Number.NaN, 'NaN'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
  ])('double %d', (value, text) => expect(doubleText(value)).toBe(text))

  it.each([
    [0, '0.0'],
    [Math.fround(0.1), '0.1'],
    [1e7, '1.0E7'],
    [9999999, '9999999.0'],
    [Math.fround(3.4028235e38), '3.4028235E38'],
    [Math.fround(1.17549435e-38), '1.1754944E-38'],
    [Math.fround(2.71), '2.71'],
    [Math.fround(0.0001), '1.0E-4'],
    [Math.fround(123456.79), '123456.79'],
    [16777216, '1.6777216E7'],
    [2.5, '2.5'],
  ])('float %d', (value, text) => expect(floatText(value)).toBe(text))
})

describe('hash order', () => {
  it.each([
    [5, 'topic-d21,topic-b7,topic-e28,topic-c14,topic-a0'],
    [
      13,
      'topic-b7,topic-d21,topic-k70,topic-g42,topic-i56,topic-e28,topic-l77,topic-h49,topic-c14,topic-a0,topic-j63,topic-f35,topic-m84',
    ],
    [
      30,
      'topic-b7,topic-s126,topic-r119,topic-d21,topic-w154,topic-b189,topic-d203,topic-g42,topic-x161,topic-c196,topic-e28,topic-v147,topic-h49,topic-q112,topic-j63,topic-m84,topic-o98,topic-p105,topic-k70,topic-u140,topic-z175,topic-a182,topic-i56,topic-l77,topic-c14,topic-n91,topic-a0,topic-f35,topic-y168,topic-t133',
    ],
  ])('is that of a HashMap with %d keys', (count, order) => {
    const keys = Array.from({ length: count }, (_, i) => `topic-${String.fromCharCode(97 + (i % 26))}${i * 7}`)
    expect(stringHashOrder(keys).join()).toBe(order)
  })

  it('puts the partitions of a topic where Apache puts them', () => {
    const partitions = [0, 1, 2, 3].map((partition) => ({ topic: 't1', partition }))
    const ordered = hashOrder(partitions, ({ topic, partition }) => partitionHash(topic, partition))
    expect(ordered.map(({ partition }) => partition)).toEqual([3, 2, 1, 0])
  })
})

describe('time', () => {
  it('reads dates in UTC or in a zone', () => {
    expect(parseDateTime('2026-01-31T12:00:00.123')).toBe(Date.UTC(2026, 0, 31, 12, 0, 0, 123))
    expect(parseDateTime('2026-01-31T12:00:00')).toBe(Date.UTC(2026, 0, 31, 12))
    expect(parseDateTime('2024-02-29T23:30:00+02:30')).toBe(Date.UTC(2024, 1, 29, 21))
    expect(parseDateTime('1969-12-31T23:59:59.999Z')).toBe(-1)
  })

  it('refuses what is no date', () => {
    expect(() => parseDateTime('2026-01-31')).toThrow("It does not contain a 'T' according to ISO8601 format")
    expect(() => parseDateTime('2026-13-01T00:00:00.000')).toThrow('Unparseable date: "2026-13-01T00:00:00.000Z"')
    expect(() => parseDateTime('2025-02-29T00:00:00')).toThrow('Unparseable date')
  })

  it('reads durations', () => {
    expect(parseDuration('P1DT2H3M4.5S')).toBe(93_784_500)
    expect(parseDuration('pt90m')).toBe(5_400_000)
    expect(parseDuration('-PT1S')).toBe(-1000)
    for (const text of ['bogus', 'P', 'PT', 'P1DT', '1H'])
      expect(() => parseDuration(text)).toThrow('Text cannot be parsed')
  })
})

describe('patterns and ids', () => {
  it('match whole names', () => {
    expect(topicPattern(' "t1, t2" ').test('t2')).toBe(true)
    expect(wholeMatch('t.*').test('at1')).toBe(false)
    expect(() => topicPattern('[')).toThrow('[ is an invalid regex.')
  })

  it('tell what is no id', () => {
    expect(parseJavaUuid('MkU3OEVBNTcwNTJENDM2Qg')).toBe('MkU3OEVBNTcwNTJENDM2Qg')
    expect(() => parseJavaUuid('bogus')).toThrow('Last unit does not have enough valid bits')
    expect(() => parseJavaUuid('abc')).toThrow('which is not equal to the expected 16 bytes')
  })
})
