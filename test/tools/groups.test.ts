import { describe, expect, it } from 'vitest'
import { checkRe2 } from '../../src/std/re2.ts'
import { parsePlan, planLine } from '../../src/tools/groups/csv.ts'
import { parseTopicPartitions } from '../../src/tools/groups/reset.ts'
import { assignmentText, resetTable } from '../../src/tools/groups/text.ts'
import { parseAssignment } from '../../src/tools/topics/change.ts'

describe('checkRe2', () => {
  it.each([
    'a.*b',
    '(a|b)+?',
    '[^a-z\\d]{2,3}',
    'a{,3}',
    '(?i)x',
    '(?P<n>a)(?<m>b)',
    '\\Qa(b\\E',
    '[[:alpha:]]',
    '\\pL',
    ']',
  ])('takes %s', (regex) => expect(checkRe2(regex)).toBeUndefined())
  it.each([
    ['a(b', 'missing closing )'],
    ['[a', 'missing closing ]'],
    ['(?=a)', 'invalid or unsupported Perl syntax'],
    ['a**', 'invalid nested repetition operator'],
    ['*a', 'missing argument to repetition operator'],
    ['[z-a]', 'invalid character class range'],
    ['\\1', 'invalid escape sequence'],
    ['a\\', 'trailing backslash at end of expression'],
    ['a{1001}', 'invalid repeat count'],
    ['(?P<n>a)(?P<n>b)', 'duplicate capture group name'],
  ])('refuses %s', (regex, complaint) => expect(checkRe2(regex)).toBe(complaint))
})

describe('plans', () => {
  it('are written and read', () => {
    const offset = { topic: 't1', partition: 3, offset: 12 }
    expect(planLine(undefined, offset)).toBe('t1,3,12\n')
    expect(planLine('my, "group"', offset)).toBe('"my, ""group""",t1,3,12\n')
    expect(parsePlan('"my, ""group""",t1,3,12\n', undefined)).toEqual(new Map([['my, "group"', [offset]]]))
    expect(parsePlan('t1,3,12\r\n\n', 'g')).toEqual(new Map([['g', [offset]]]))
  })

  it('must be whole', () => {
    for (const text of ['t1,3', 't1,x,1', 't1,1,2,3,4', 't1,3,12'])
      expect(() => parsePlan(text, undefined)).toThrow('of the reset plan')
  })
})

describe('arguments', () => {
  it('name partitions', () => {
    expect(parseTopicPartitions('t:0,2')).toEqual([
      { topic: 't', partition: 0 },
      { topic: 't', partition: 2 },
    ])
    expect(() => parseTopicPartitions('t:x')).toThrow("Invalid partition 'x' specified in topic arg 't:x''")
    expect(() => parseTopicPartitions('t:1:2')).toThrow("Invalid topic arg 't:1:2', expected topic name and partitions")
  })

  it('name replicas', () => {
    expect(parseAssignment('0:1, 1:2')).toEqual([
      [0, 1],
      [1, 2],
    ])
    expect(() => parseAssignment('1:1')).toThrow('Partition replica lists may not contain duplicate entries: 1')
    expect(() => parseAssignment('1:2,1')).toThrow('Partition 1 has different replication factor: [1]')
    expect(() => parseAssignment('1,x')).toThrow('For input string: "x"')
  })
})

describe('tables', () => {
  it('show new offsets', () => {
    expect(resetTable(new Map([['g1', [{ topic: 't1', partition: 3, offset: 0 }]]]))).toBe(
      '\nGROUP           TOPIC           PARTITION  NEW-OFFSET\ng1              t1              3          0\n',
    )
    expect(resetTable(new Map())).toBe('\n')
  })

  it('show assignments', () => {
    const partitions = [
      { topic: 'u', partition: 0 },
      { topic: 't', partition: 10 },
      { topic: 't', partition: 9 },
    ]
    expect(assignmentText(partitions)).toBe('t:9,10;u:0')
  })
})
