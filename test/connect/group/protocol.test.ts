import { describe, expect, it } from 'vitest'
import {
  type Assignment,
  CONFIG_MISMATCH,
  decodeAssignment,
  decodeMemberState,
  encodeAssignment,
  encodeMemberState,
} from '../../../src/connect/distributed/protocol.ts'
import { Units } from '../../../src/connect/distributed/units.ts'

/** What Apache Kafka 4.3.1's `IncrementalCooperativeConnectProtocol` makes of the values below, without the version in front. */
const assigned =
  '0000' +
  '00086c65616465722d31000e687474703a2f2f613a383038332f0000000000000007' +
  '00000002000373726300000002ffffffff000000000003612d620000000100000001' +
  '0000000100036f6c6400000002ffffffff000000020000012c'
const mismatch = '000100086c65616465722d31000e687474703a2f2f613a383038332f0000000000000007000000000000000000000000'
const state = (version: string, allocation: string) =>
  `${version}000e687474703a2f2f623a383038332f0000000000000009${allocation}`

const assignment: Assignment = {
  error: 0,
  leader: 'leader-1',
  leaderUrl: 'http://a:8083/',
  configOffset: 7,
  assigned: Units.of(
    ['src'],
    [
      { connector: 'src', task: 0 },
      { connector: 'a-b', task: 1 },
    ],
  ),
  revoked: Units.of(['old'], [{ connector: 'old', task: 2 }]),
  delayMs: 300,
}
const nothing: Assignment = {
  ...assignment,
  error: CONFIG_MISMATCH,
  assigned: new Units(),
  revoked: new Units(),
  delayMs: 0,
}

describe.each([
  [1, '0001'],
  [2, '0002'],
])('what workers tell each other in version %i', (version, prefix) => {
  it('is what Apache writes', () => {
    expect(encodeAssignment(version, assignment).toString('hex')).toBe(prefix + assigned)
    expect(encodeAssignment(version, nothing).toString('hex')).toBe(prefix + mismatch)
    const member = { url: 'http://b:8083/', configOffset: 9 }
    expect(encodeMemberState(version, { ...member, assignment }).toString('hex')).toBe(
      state(prefix, `00000061${prefix}${assigned}`),
    )
    expect(encodeMemberState(version, { ...member, assignment: undefined }).toString('hex')).toBe(
      state(prefix, 'ffffffff'),
    )
  })

  it('is read as Apache means it', () => {
    expect(decodeAssignment(Buffer.from(prefix + assigned, 'hex'))).toEqual(assignment)
    const member = { url: 'http://b:8083/', configOffset: 9 }
    expect(decodeMemberState(Buffer.from(state(prefix, `00000061${prefix}${assigned}`), 'hex'))).toEqual({
      ...member,
      assignment,
    })
    expect(decodeMemberState(Buffer.from(state(prefix, 'ffffffff'), 'hex'))).toEqual({
      ...member,
      assignment: undefined,
    })
  })
})
