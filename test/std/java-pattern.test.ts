import { describe, expect, it } from 'vitest'
import { javaPattern, replaceWhole } from '../../src/std/java-pattern.ts'

/** A group by its name. */
const NAMED = '$' + '{x}'

describe('patterns in the spelling of Java', () => {
  it.each([
    ['a|ab', 'ab', true],
    ['b', 'abc', false],
    ['\\Qa.b\\E.*', 'a.bc', true],
    ['\\Qa.b\\E.*', 'axbc', false],
    ['x\\Q(', 'x(', true],
    ['(?i)abc', 'ABC', true],
    ['(?is)a.c', 'A\nC', true],
    ['\\p{Lu}+', 'ÄB', true],
    ['\\P{Lu}+', 'ÄB', false],
    ['', '', true],
  ])('%s and %s', (pattern, text, matches) => {
    expect(javaPattern(pattern).test(text)).toBe(matches)
  })

  it.each(['a(', 'a++', '(?x)a', '\\p{Alnum}'])('%s is none', (pattern) => {
    expect(() => javaPattern(pattern)).toThrow(SyntaxError)
  })

  it.each([
    ['(a)(b)?', 'a', '[$2]$1', '[]a'],
    ['(a)', 'a', '$10', 'a0'],
    ['(?<x>a)', 'a', `${NAMED}\\${NAMED}`, `a${NAMED}`],
    ['(a)', 'b', '$1', undefined],
  ])('%s in %s becomes %s', (pattern, text, replacement, result) => {
    expect(replaceWhole(javaPattern(pattern), text, replacement)).toBe(result)
  })

  it.each([
    ['$2', 'No group 2'],
    [NAMED, 'No group with name {x}'],
    ['$x', 'Illegal group reference'],
    ['\\', 'character to be escaped is missing'],
  ])('%s cannot be filled in', (replacement, complaint) => {
    expect(() => replaceWhole(javaPattern('(a)'), 'a', replacement)).toThrow(complaint)
  })
})
