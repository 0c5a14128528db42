import { describe, expect, it } from 'vitest'
import { flag, parseOptions, takes } from '../../src/cli/classic/option-parser.ts'

const table = [
  flag('list', ''),
  flag('help', ''),
  takes('topic', 'topic', ''),
  takes('topic-id', 'id', ''),
  takes('partitions', '#', '', { type: 'Integer' }),
  takes('shift-by', 'n', '', { type: 'Long' }),
  takes('state', '', '', { required: false, availableIf: ['list'] }),
  takes('timeout', 'ms', '', { type: 'Long', fallback: '30000' }),
]
const parse = (...args: string[]) => parseOptions(table, args)

describe('parseOptions', () => {
  it('takes every spelling of an option', () => {
    for (const args of [['--topic', 't'], ['--topic=t'], ['-topic', 't'], ['-topic=t']])
      expect(parse(...args).value('topic')).toBe('t')
    expect(parse('--topic=a=b').value('topic')).toBe('a=b')
    expect(parse('--topic=').value('topic')).toBe('')
    expect(parse('--topic', '--list').value('topic')).toBe('--list')
  })

  it('takes the beginning of a name when only one option has it', () => {
    expect(parse('--part', '3').number('partitions')).toBe(3)
    expect(() => parse('--to', 't')).toThrow('to is not a recognized option')
    expect(parse('--topic', 't').has('topic-id')).toBe(false)
  })

  it('collects repeated options and plain arguments', () => {
    const options = parse('a', '--topic', 't', 'b', '--topic', 'u', '--', '--list')
    expect(options.values('topic')).toEqual(['t', 'u'])
    expect(options.rest).toEqual(['a', 'b', '--list'])
    expect(() => options.value('topic')).toThrow(
      'Found multiple arguments for option topic, but you asked for only one',
    )
  })

  it('leaves an optional argument out before another option', () => {
    const options = parse('--state', '--list')
    expect(options.has('state')).toBe(true)
    expect(options.value('state')).toBeUndefined()
    expect(parse('--list', '--state', 'Empty').value('state')).toBe('Empty')
  })

  it("complains in Apache's words", () => {
    expect(() => parse('--bogus')).toThrow('bogus is not a recognized option')
    expect(() => parse('-xyz')).toThrow('x is not a recognized option')
    expect(() => parse('--topic')).toThrow('Option topic requires an argument')
    expect(() => parse('--state')).toThrow('Option(s) [state] are unavailable given other options on the command line')
    expect(() => parse('--partitions', 'x').number('partitions')).toThrow(
      "Cannot parse argument 'x' of option partitions",
    )
    expect(() => parse('--partitions', '2147483648').number('partitions')).toThrow('Cannot parse argument')
  })

  it('knows defaults and negative numbers', () => {
    expect(parse().number('timeout')).toBe(30_000)
    expect(parse().has('timeout')).toBe(false)
    expect(parse('--shift-by', '-10').number('shift-by')).toBe(-10)
  })
})
