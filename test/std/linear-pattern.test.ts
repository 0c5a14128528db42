import { describe, expect, it } from 'vitest'
import { linearPattern } from '../../src/std/linear-pattern.ts'
import { generator } from '../support/memory-tree.ts'

const javaScript = (pattern: string) => new RegExp(`^(?:${pattern})$`, 'u')

describe('a linear pattern', () => {
  it.each([
    ['import-.*', ['import-1', 'import', 'ximport-1']],
    ['a|bc|', ['a', 'bc', '', 'abc']],
    ['(?:ab)+c?', ['ab', 'ababc', 'abcab', '']],
    ['[a-c^\\d]{2,3}', ['a1', 'c^9', 'a', 'dd', 'abca']],
    ['[^a-c]', ['d', 'a', '', 'é']],
    ['\\w+\\.\\d\\d', ['x.12', 'x,12', 'long_1.00']],
    ['^a$|^b', ['a', 'b', 'ab']],
    ['(?<name>x)\\-y', ['x-y', 'xy']],
    ['.', ['\n', '😀', 'ab']],
    ['a{0}b{1,}', ['b', 'bb', 'ab', '']],
    ['\\[x\\]|\\\\', ['[x]', '\\', 'x']],
  ])('%s matches what JavaScript matches', (pattern, texts) => {
    const expected = javaScript(pattern.replaceAll('\\-', '-'))
    const matches = linearPattern(pattern)
    for (const text of texts) expect(matches(text), text).toBe(expected.test(text))
  })

  it('matches what JavaScript matches, for any pattern', () => {
    const next = generator(7)
    const pick = (from: readonly string[]) => from[Math.floor(next() * from.length)] as string
    const part = (depth: number): string => {
      const kind = depth > 3 ? 0 : Math.floor(next() * 6)
      if (kind === 1) return `(${part(depth + 1)}|${part(depth + 1)})`
      if (kind === 2) return `(${part(depth + 1)})${pick(['*', '+', '?', '{2}', '{1,2}', '{2,}', '*?'])}`
      if (kind === 3) return part(depth + 1) + part(depth + 1)
      return pick(['a', 'b', '.', '[ab]', '[^a]', 'c', '\\w', '^', '$'])
    }
    for (let round = 0; round < 3000; round++) {
      const pattern = part(0)
      const text = Array.from({ length: Math.floor(next() * 6) }, () => pick(['a', 'b', 'c'])).join('')
      expect(linearPattern(pattern)(text), `${pattern} on ${text}`).toBe(javaScript(pattern).test(text))
    }
  })

  it.each(['(', ')', '[', 'a**', '*', '\\', '(?=a)', '\\1', '(?!a)', 'a{2000}', '('.repeat(200), '(a{1000}){1000}'])(
    'refuses %s',
    (pattern) => {
      expect(() => linearPattern(pattern)).toThrow(SyntaxError)
    },
  )

  it('takes no longer for patterns that are meant to take long', () => {
    const start = performance.now()
    expect(linearPattern('(a+)+b')('a'.repeat(1000))).toBe(false)
    expect(linearPattern('(a|a)*(a?){20}b')('a'.repeat(1000))).toBe(false)
    expect(performance.now() - start).toBeLessThan(2000)
  })
})
