import { describe, expect, it } from 'vitest'
import {
  type AclOperation,
  type AclResourceType,
  OperationNumber,
  PatternNumber,
  PermissionNumber,
  ResourceNumber,
} from '../../../src/protocol/acl.ts'
import { UserAccess } from '../../../src/server/broker/access/access.ts'
import { Authorizer } from '../../../src/server/broker/access/authorizer.ts'
import { DenialLog } from '../../../src/server/broker/access/denial-log.ts'
import type { AclRecord } from '../../../src/server/metadata/acls.ts'
import { ManualClock } from '../../support/memory-runtime.ts'

/** The rules of Kafka's StandardAuthorizer; authorizer.compat.test.ts asks Apache's broker the same and more. */

/** `allow User:alice READ TOPIC orders`, `deny ... TOPIC orders- prefixed`, `... from 10.0.0.1`. */
function acl(text: string): AclRecord {
  const [, permission, principal, operation, type, resourceName = '', prefixed, host] =
    /^(allow|deny) (\S+) (\S+) (\S+) (\S+)( prefixed)?(?: from (\S+))?$/.exec(text) ?? []
  return {
    id: text,
    resourceType: ResourceNumber[type as AclResourceType],
    resourceName,
    patternType: prefixed ? PatternNumber.PREFIXED : PatternNumber.LITERAL,
    principal: principal as string,
    host: host ?? '*',
    operation: OperationNumber[operation as AclOperation],
    permissionType: permission === 'allow' ? PermissionNumber.ALLOW : PermissionNumber.DENY,
  }
}

function authorizer(texts: readonly string[], settings: { superUsers?: string[]; open?: boolean } = {}): Authorizer {
  const acls = new Map(texts.map((text) => [text, acl(text)]))
  const { superUsers = [], open = false } = settings
  return new Authorizer({ superUsers: new Set(superUsers), everyoneWithoutAcl: open }, () => acls)
}
const from = (name: string, host = '127.0.0.1') => ({ principal: { type: 'User', name }, hosts: [host] })
const alice = from('alice')

describe('the authorizer', () => {
  it('allows nothing to anybody where nothing is said, or everything where that is wanted', () => {
    expect(authorizer([]).allows(alice, 'READ', 'TOPIC', 't')).toBe(false)
    expect(authorizer([], { open: true }).allows(alice, 'READ', 'TOPIC', 't')).toBe(true)
    // One entry about the topic, whoever it is for, and the topic is no longer open.
    const others = authorizer(['allow User:bob READ TOPIC t'], { open: true })
    expect(others.allows(alice, 'READ', 'TOPIC', 't')).toBe(false)
    expect(others.allows(alice, 'READ', 'TOPIC', 'other')).toBe(true)
    expect(others.allows(alice, 'READ', 'GROUP', 't')).toBe(true)
  })

  it('allows everything to super users, whatever is denied', () => {
    const strict = authorizer(['deny User:* ALL TOPIC *'], { superUsers: ['User:alice'] })
    expect(strict.allows(alice, 'DELETE', 'TOPIC', 't')).toBe(true)
    expect(strict.allows(from('bob'), 'DELETE', 'TOPIC', 't')).toBe(false)
    expect(strict.allows({ ...alice, principal: { type: 'Robot', name: 'alice' } }, 'READ', 'TOPIC', 't')).toBe(false)
  })

  it.each<[string, AclOperation, AclOperation, boolean]>([
    ['READ', 'READ', 'DESCRIBE', true],
    ['WRITE', 'WRITE', 'DESCRIBE', true],
    ['DELETE', 'DELETE', 'DESCRIBE', true],
    ['ALTER', 'ALTER', 'DESCRIBE', true],
    ['CREATE', 'CREATE', 'DESCRIBE', false],
    ['ALTER_CONFIGS', 'ALTER_CONFIGS', 'DESCRIBE_CONFIGS', true],
    ['ALTER_CONFIGS', 'ALTER_CONFIGS', 'DESCRIBE', false],
    ['DESCRIBE', 'DESCRIBE', 'READ', false],
    ['ALL', 'ALL', 'ALTER_CONFIGS', true],
  ])('lets whoever is allowed %s %s ask for %s: %s', (_name, given, asked, expected) => {
    expect(authorizer([`allow User:alice ${given} TOPIC t`]).allows(alice, asked, 'TOPIC', 't')).toBe(expected)
  })

  it('denies before it allows, and by a denial nothing but what it names', () => {
    const both = authorizer(['allow User:alice ALL TOPIC t', 'deny User:* READ TOPIC t prefixed'])
    expect(both.allows(alice, 'READ', 'TOPIC', 't')).toBe(false)
    expect(both.allows(alice, 'DESCRIBE', 'TOPIC', 't')).toBe(true)
    expect(both.allows(alice, 'WRITE', 'TOPIC', 't')).toBe(true)
  })

  it('knows resources by name, by prefix and all of a type, users and hosts', () => {
    const some = authorizer([
      'allow User:alice READ TOPIC orders- prefixed',
      'allow User:* READ GROUP *',
      'allow User:alice READ TOPIC local from 10.0.0.1',
      'allow User:alice READ TRANSACTIONAL_ID x',
    ])
    const reads = (type: AclResourceType, name: string, who = alice) => some.allows(who, 'READ', type, name)
    expect([reads('TOPIC', 'orders-1'), reads('TOPIC', 'orders-'), reads('TOPIC', 'orders')]).toEqual([
      true,
      true,
      false,
    ])
    expect([reads('GROUP', 'any'), reads('GROUP', 'any', from('bob')), reads('TOPIC', 'any')]).toEqual([
      true,
      true,
      false,
    ])
    expect([reads('TOPIC', 'local'), reads('TOPIC', 'local', from('alice', '10.0.0.1'))]).toEqual([false, true])
    expect([reads('TRANSACTIONAL_ID', 'x'), reads('TRANSACTIONAL_ID', 'x2')]).toEqual([true, false])
  })

  it.each<[string[], boolean]>([
    [[], false],
    [['allow User:alice WRITE TOPIC t'], true],
    [['allow User:alice READ TOPIC t'], false],
    [['allow User:alice ALL TOPIC t prefixed'], true],
    [['allow User:alice WRITE TOPIC t from 10.0.0.1'], false],
    [['allow User:alice WRITE TOPIC t', 'deny User:alice WRITE TOPIC t'], false],
    [['allow User:alice WRITE TOPIC t', 'deny User:* ALL TOPIC *'], false],
    [['allow User:alice WRITE TOPIC to', 'deny User:alice WRITE TOPIC t prefixed'], false],
    [['allow User:alice WRITE TOPIC to prefixed', 'deny User:alice WRITE TOPIC to'], true],
    [['allow User:alice WRITE TOPIC *', 'deny User:alice WRITE TOPIC t prefixed'], true],
  ])('finds with %j some topic to write to: %s', (texts, expected) => {
    expect(authorizer(texts).allowsOnAny(alice, 'WRITE', 'TOPIC')).toBe(expected)
  })

  it('learns of what is added and taken out', () => {
    let acls = new Map([['a', acl('allow User:alice READ TOPIC t')]])
    const one = new Authorizer({ superUsers: new Set(), everyoneWithoutAcl: false }, () => acls)
    expect(one.allows(alice, 'READ', 'TOPIC', 't')).toBe(true)
    acls = new Map()
    expect(one.allows(alice, 'READ', 'TOPIC', 't')).toBe(false)
  })
})

describe('an address', () => {
  const reads = (host: string, remoteAddress: string): boolean => {
    const principal = { type: 'User', name: 'alice', byToken: false }
    const denials = new DenialLog(new ManualClock(), () => {})
    const one = authorizer([`allow User:alice READ TOPIC t from ${host}`])
    return new UserAccess(one, { principal, remoteAddress }, denials).may('READ', 'TOPIC', 't')
  }

  it.each([
    ['10.0.0.1', '10.0.0.1', true],
    ['10.0.0.1', '::ffff:10.0.0.1', true],
    ['::1', '::1', true],
    ['0:0:0:0:0:0:0:1', '::1', true],
    ['fe80:0:0:0:1:2:3:4', 'fe80::1:2:3:4%eth0', true],
    ['10.0.0.1', '10.0.0.10', false],
  ])('%s is meant by %s: %s', (host, remoteAddress, expected) => {
    expect(reads(host, remoteAddress)).toBe(expected)
  })
})

it('tells the log of a refusal once a minute', async () => {
  const clock = new ManualClock()
  const lines: string[] = []
  const denials = new DenialLog(clock, (line) => lines.push(line))
  const principal = { type: 'User', name: 'alice', byToken: false }
  const access = new UserAccess(authorizer([]), { principal, remoteAddress: '10.0.0.1' }, denials)
  const ask = () => access.refusal('READ', 'TOPIC', 't')?.error
  expect([ask(), ask()]).toEqual(['TOPIC_AUTHORIZATION_FAILED', 'TOPIC_AUTHORIZATION_FAILED'])
  expect(access.may('WRITE', 'TOPIC', 't')).toBe(false)
  expect(lines).toEqual(['User:alice at 10.0.0.1 is not allowed to READ TOPIC t'])
  await clock.advance(60_000)
  ask()
  expect(lines).toHaveLength(2)
})
