import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  DeleteGroups,
  DeleteTopics,
  DescribeGroups,
  FindCoordinator,
  Heartbeat,
  JoinGroup,
  LeaveGroup,
  ListGroups,
  OffsetCommit,
  OffsetDelete,
  OffsetFetch,
  SyncGroup,
} from '../../src/protocol/apis/index.ts'
import { Errors } from '../../src/protocol/errors.ts'
import * as batch from '../../src/protocol/records/batch.ts'
import { decodeRecords } from '../../src/protocol/records/record.ts'
import { Writer } from '../../src/protocol/schema/index.ts'
import { ConsumerProtocolSubscription } from '../../src/protocol/stored/consumer-protocol.ts'
import { apacheMissing, runTool } from '../support/apache.ts'
import { type Plain, Twin } from '../support/twin.ts'

/** The same group dialogs held with Apache's broker and with ours: codes and fields must be the same. */
const missing = apacheMissing()
if (missing) console.warn(`group dialogs with Apache's broker are skipped: ${missing}`)

let twin: Twin
beforeAll(async () => {
  if (missing) return
  twin = await Twin.start(26_010, {
    'group.min.session.timeout.ms': '500',
    'group.max.session.timeout.ms': '60000',
    'group.max.size': '3',
    'group.initial.rebalance.delay.ms': '0',
  })
  await twin.makeTopics({ orders: 2, other: 2 })
  for (const group of ['g', 'h', 'i', 'j', 'k']) await twin.coordinatorOf(group)
}, 120_000)
afterAll(() => twin?.close())

function subscription(...topics: string[]): Buffer {
  const writer = new Writer(64)
  writer.int16(1)
  ConsumerProtocolSubscription.codec(1).encode(writer, { topics, userData: null, ownedPartitions: [] } as never)
  return writer.concat()
}

const protocols = (...names: string[]) => names.map((name) => ({ name, metadata: subscription('orders') }))

interface Joining {
  memberId?: string
  instance?: string
  version?: number
  session?: number
  rebalance?: number
  type?: string
  protocols?: { name: string; metadata: Buffer }[]
}

const enterGroup = (actor: string, group: string, options: Joining = {}): Promise<Plain> =>
  twin.same(
    actor,
    JoinGroup,
    options.version ?? 9,
    {
      groupId: group,
      memberId: options.memberId ?? '',
      ...((options.version ?? 9) >= 5 ? { groupInstanceId: options.instance ?? null } : {}),
      sessionTimeoutMs: options.session ?? 30_000,
      rebalanceTimeoutMs: options.rebalance ?? 30_000,
      protocolType: options.type ?? 'consumer',
      protocols: options.protocols ?? protocols('range'),
    },
    options.version !== undefined && options.version < 4 ? withoutIds : undefined,
  )

/** Members that got no id of their own before they joined are not known by name when the leader hears of them. */
const withoutIds = ({ members, ...rest }: Plain): Plain => ({
  ...rest,
  members: members.map(({ memberId: _, ...member }: Plain) => member),
})

const sync = (actor: string, group: string, generationId: number, options: Record<string, unknown> = {}) =>
  twin.same(actor, SyncGroup, 5, {
    groupId: group,
    memberId: `$${actor}`,
    generationId,
    protocolType: 'consumer',
    protocolName: 'range',
    assignments: [],
    ...options,
  })

const heartbeat = (actor: string, group: string, generationId: number, options: Record<string, unknown> = {}) =>
  twin.same(actor, Heartbeat, 4, { groupId: group, memberId: `$${actor}`, generationId, ...options })

const leave = (actor: string, group: string, members: { memberId: string; groupInstanceId?: string }[]) =>
  twin.same(actor, LeaveGroup, 5, { groupId: group, members })

const describeGroup = (group: string, version = 6) => twin.same('admin', DescribeGroups, version, { groups: [group] })

const commit = (
  actor: string,
  group: string,
  generation: number,
  memberId: string,
  options: Record<string, unknown> = {},
) =>
  twin.same(actor, OffsetCommit, 9, {
    groupId: group,
    generationIdOrMemberEpoch: generation,
    memberId,
    topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 5, committedMetadata: 'm' }] }],
    ...options,
  })

/** A member that is in the group alone, and stable. */
async function alone(actor: string, group: string, options: Joining = {}): Promise<void> {
  const { generationId } = await enter(actor, group, options)
  await sync(actor, group, generationId, { assignments: [{ memberId: `$${actor}`, assignment: Buffer.from('all') }] })
}

async function enter(actor: string, group: string, options: Joining = {}): Promise<Plain> {
  if (options.instance !== undefined) return enterGroup(actor, group, options)
  await enterGroup(actor, group, options)
  return enterGroup(actor, group, { ...options, memberId: `$${actor}` })
}

describe.skipIf(missing)('group membership, as Apache answers', () => {
  it('lets members in, one after the other', async () => {
    expect((await enterGroup('a1', 'a')).errorCode).toBe(Errors.MEMBER_ID_REQUIRED)
    await twin.until('a', 'Empty', 0)
    await describeGroup('a')
    expect((await enterGroup('a1', 'a', { memberId: '$a1' })).generationId).toBe(1)
    await describeGroup('a')
    await heartbeat('a1', 'a', 1)
    await commit('a1', 'a', 1, '$a1')
    await sync('a1', 'a', 1, { protocolName: 'other' })
    await sync('a1', 'a', 1, { protocolType: 'other' })
    await sync('a1', 'a', 1, { protocolType: null })
    await sync('a1', 'a', 2)
    await sync('a1', 'a', 1, { memberId: 'nobody' })
    await sync('a1', 'a', 1, { groupInstanceId: 'nobody' })
    await sync('a1', 'a', 1, { assignments: [{ memberId: '$a1', assignment: Buffer.from('x') }] })
    await describeGroup('a')
    await describeGroup('a', 4)
    await sync('a1', 'a', 1)
    await heartbeat('a1', 'a', 1)
    await heartbeat('a1', 'a', 2)
    await heartbeat('a1', 'a', 0)
    await heartbeat('a1', 'a', 1, { memberId: 'nobody' })
    await heartbeat('a1', 'a', 1, { groupInstanceId: 'nobody' })
    await heartbeat('a1', 'a', 1, { groupId: '' })
    await heartbeat('a1', 'a', 1, { groupId: 'nowhere' })
    await sync('a1', 'a', 1, { groupId: '' })
    await sync('a1', 'a', 1, { groupId: 'nowhere' })

    await enterGroup('a2', 'a')
    const second = enterGroup('a2', 'a', { memberId: '$a2' })
    await twin.until('a', 'PreparingRebalance', 2)
    await describeGroup('a')
    await heartbeat('a1', 'a', 1)
    await sync('a1', 'a', 1)
    await commit('a1', 'a', 1, '$a1')
    const first = await enterGroup('a1', 'a', { memberId: '$a1' })
    expect(first).toMatchObject({ generationId: 2, leader: '$a1' })
    expect(await second).toMatchObject({ generationId: 2, leader: '$a1', members: [] })
    const waiting = sync('a2', 'a', 2)
    await sync('a1', 'a', 2, {
      assignments: [
        { memberId: '$a1', assignment: Buffer.from('p0') },
        { memberId: '$a2', assignment: Buffer.from('p1') },
        { memberId: 'stranger', assignment: Buffer.from('p2') },
      ],
    })
    expect((await waiting).assignment).toBe('bytes:p1')
    await describeGroup('a')
    // A follower without news gets the generation at hand; the leader starts a new one.
    expect((await enterGroup('a2', 'a', { memberId: '$a2' })).generationId).toBe(2)
    const leader = enterGroup('a1', 'a', { memberId: '$a1' })
    await twin.until('a', 'PreparingRebalance', 2)
    await enterGroup('a2', 'a', { memberId: '$a2' })
    expect((await leader).generationId).toBe(3)
    await heartbeat('a2', 'a', 3)
    await commit('a2', 'a', 3, '$a2')
    // While the assignment is awaited: the same metadata gives the same answer, other metadata a new round.
    await enterGroup('a1', 'a', { memberId: '$a1' })
    await enterGroup('a2', 'a', { memberId: '$a2' })
    const parked = sync('a2', 'a', 3)
    const changed = enterGroup('a1', 'a', { memberId: '$a1', protocols: protocols('range', 'roundrobin') })
    expect((await parked).errorCode).toBe(Errors.REBALANCE_IN_PROGRESS)
    await enterGroup('a2', 'a', { memberId: '$a2' })
    await changed
    await sync('a1', 'a', 4, { assignments: [{ memberId: '$a1', assignment: Buffer.from('p0') }] })
    expect((await sync('a2', 'a', 4)).assignment).toBe('bytes:')
    const changing = enterGroup('a2', 'a', {
      memberId: '$a2',
      protocols: [{ name: 'range', metadata: subscription('other') }],
    })
    await twin.until('a', 'PreparingRebalance', 2)
    await describeGroup('a')
    await leave('a1', 'a', [{ memberId: '$a1' }])
    expect(await changing).toMatchObject({ generationId: 5, leader: '$a2' })
    await leave('a2', 'a', [
      { memberId: '$a2' },
      { memberId: '$a2' },
      { memberId: 'nobody' },
      { memberId: '', groupInstanceId: 'none' },
    ])
    await describeGroup('a')
    await heartbeat('a2', 'a', 5)
    await heartbeat('a2', 'a', 6)
    await enterGroup('a2', 'a', { memberId: '$a2' })
  })

  it('refuses what is not in order', async () => {
    await enterGroup('b1', '', {})
    await enterGroup('b1', 'b', { session: 499 })
    await enterGroup('b1', 'b', { session: 60_001 })
    await enterGroup('b1', 'b', { memberId: 'unheard-of' })
    await describeGroup('b')
    await enterGroup('b1', 'b', { protocols: [] })
    await enterGroup('b1', 'b', { type: '' })
    await describeGroup('b')
    await enterGroup('b1', 'b', { version: 2, protocols: [] })
    await alone('b1', 'b')
    await enterGroup('b2', 'b', { type: 'connect' })
    await enterGroup('b2', 'b', { protocols: protocols('sticky') })
    await enterGroup('b2', 'b', { version: 5, protocols: protocols('sticky') })
    await enterGroup('b2', 'b', { memberId: 'unheard-of' })
    await enterGroup('b2', 'b', { memberId: 'unheard-of', instance: 'i' })
    await enterGroup('b1', 'b', { memberId: '$b1', instance: 'i' })
    await enterGroup('b1', 'b', { memberId: '$b1', protocols: protocols('sticky') })
    await describeGroup('b')
    await leave('b1', '', [{ memberId: '$b1' }])
    await leave('b1', 'nowhere', [{ memberId: '$b1' }])
    await leave('b1', 'b', [])
    await twin.same('b1', LeaveGroup, 2, { groupId: 'b', memberId: 'unheard-of' })
    await twin.same('b1', LeaveGroup, 2, { groupId: 'nowhere', memberId: 'unheard-of' })
    await twin.same('b1', LeaveGroup, 2, { groupId: 'b', memberId: '$b1' })
    await describeGroup('b')
  })

  it('joins old versions without an id of their own first', async () => {
    expect((await enterGroup('c1', 'c', { version: 3 })).generationId).toBe(1)
    const second = enterGroup('c2', 'c', { version: 0, type: 'consumer' })
    await twin.until('c', 'PreparingRebalance', 2)
    await enterGroup('c1', 'c', { version: 3, memberId: '$c1' })
    await second
    await twin.same('c1', SyncGroup, 0, { groupId: 'c', generationId: 2, memberId: '$c1', assignments: [] })
    await describeGroup('c', 0)
  })

  it('keeps the size of a group', async () => {
    await alone('d1', 'd')
    await enterGroup('d2', 'd')
    await enterGroup('d3', 'd')
    await enterGroup('d4', 'd')
    const second = enterGroup('d2', 'd', { memberId: '$d2' })
    await twin.until('d', 'PreparingRebalance', 2)
    const third = enterGroup('d3', 'd', { memberId: '$d3' })
    await twin.until('d', 'PreparingRebalance', 3)
    // Four ids were given out; the fourth may come in while the first is not back, and is one too many then.
    await leave('d4', 'd', [{ memberId: '$d4' }])
    await enterGroup('d1', 'd', { memberId: '$d1' })
    await Promise.all([second, third])
    await enterGroup('d5', 'd')
    await enterGroup('d6', 'd', { instance: 'static' })
    await sync('d1', 'd', 2)
    await enterGroup('d5', 'd')
    await leave('d1', 'd', [{ memberId: '$d1' }, { memberId: '$d2' }, { memberId: '$d3' }])
    await describeGroup('d')
  })

  it('waits for ids that were given out', async () => {
    await alone('e1', 'e')
    await enterGroup('e2', 'e')
    const again = enterGroup('e1', 'e', { memberId: '$e1' })
    await twin.until('e', 'PreparingRebalance', 1)
    await leave('e2', 'e', [{ memberId: '$e2' }])
    expect((await again).generationId).toBe(2)
    // An id is forgotten after its session time.
    await enterGroup('e3', 'e', { session: 600 })
    const third = enterGroup('e1', 'e', { memberId: '$e1', protocols: protocols('range', 'x') })
    expect((await third).generationId).toBe(3)
    await enterGroup('e3', 'e', { memberId: '$e3' })
    // One that leaves when the group is stable makes it gather again.
    await sync('e1', 'e', 3)
    await enterGroup('e4', 'e')
    await leave('e4', 'e', [{ memberId: '$e4' }])
    await heartbeat('e1', 'e', 3)
    await describeGroup('e')
  })

  it('takes out who is silent', async () => {
    await enter('f1', 'f', { session: 1000, rebalance: 2000 })
    await sync('f1', 'f', 1)
    await twin.until('f', 'Empty', 0)
    await heartbeat('f1', 'f', 1)
    await describeGroup('f')
    // The rebalance time-out: the first does not come back.
    await alone('f2', 'f', { rebalance: 1000 })
    const third = await enter('f3', 'f', { rebalance: 1000 })
    expect(third.members).toHaveLength(1)
    await heartbeat('f2', 'f', 3)
    // The sync time-out: the leader does not assign.
    await twin.until('f', 'Empty', 0)
    await describeGroup('f')
    // One that never asked for its assignment goes, though the group was stable.
    await enter('f4', 'f', { version: 3, rebalance: 1500 })
    const fifth = enterGroup('f5', 'f', { version: 3, rebalance: 1500 })
    await twin.until('f', 'PreparingRebalance', 2)
    const { generationId } = await enterGroup('f4', 'f', { memberId: '$f4', version: 3, rebalance: 1500 })
    await fifth
    await sync('f4', 'f', generationId)
    await twin.until('f', 'PreparingRebalance', 1)
    await heartbeat('f5', 'f', generationId)
    await heartbeat('f4', 'f', generationId)
  })

  it('knows static members by their names', async () => {
    const first = await enterGroup('s1', 's', { instance: 'one' })
    expect(first.generationId).toBe(1)
    const second = enterGroup('s2', 's', { instance: 'two' })
    await twin.until('s', 'PreparingRebalance', 2)
    await enterGroup('s1', 's', { instance: 'one', memberId: '$s1' })
    await second
    const parked = sync('s2', 's', 2, { groupInstanceId: 'two' })
    const assignments = [
      { memberId: '$s1', assignment: Buffer.from('p0') },
      { memberId: '$s2', assignment: Buffer.from('p1') },
    ]
    await sync('s1', 's', 2, { groupInstanceId: 'one', assignments })
    await parked
    // A follower is back: a new id, the same generation; the old id is fenced.
    const again = await enterGroup('s2b', 's', { instance: 'two' })
    expect(again).toMatchObject({ generationId: 2, errorCode: 0 })
    await describeGroup('s')
    await heartbeat('s2', 's', 2, { groupInstanceId: 'two' })
    await heartbeat('s2', 's', 2)
    await enterGroup('s2', 's', { instance: 'two', memberId: '$s2' })
    await sync('s2', 's', 2, { groupInstanceId: 'two' })
    await commit('s2', 's', 2, '$s2', { groupInstanceId: 'two' })
    await leave('s2', 's', [{ memberId: '$s2', groupInstanceId: 'two' }])
    await sync('s2b', 's', 2, { groupInstanceId: 'two' })
    // A leader is back: with skipAssignment for those that know it, as a follower for the others.
    await enterGroup('s1b', 's', { instance: 'one' })
    await enterGroup('s1c', 's', { instance: 'one', version: 8 })
    await describeGroup('s')
    // Its subscription changed while it was away, the protocol did not.
    await enterGroup('s2c', 's', { instance: 'two', protocols: [{ name: 'range', metadata: subscription('other') }] })
    await twin.until('s', 'Stable', 2)
    await describeGroup('s')
    // The protocol changes with it.
    const other = enterGroup('s2d', 's', { instance: 'two', protocols: protocols('range', 'sticky') })
    await other
    await describeGroup('s')
    // Back during a rebalance, and while the assignment is awaited.
    const leader = enterGroup('s1d', 's', { instance: 'one', memberId: '$s1c', version: 8 })
    await twin.until('s', 'PreparingRebalance', 2)
    const fenced = enterGroup('s1e', 's', { instance: 'one' })
    expect((await leader).errorCode).toBe(Errors.FENCED_INSTANCE_ID)
    const follower = enterGroup('s2e', 's', { instance: 'two' })
    expect(await fenced).toMatchObject({ errorCode: 0, generationId: 3 })
    await follower
    const bounced = enterGroup('s2f', 's', { instance: 'two' })
    await twin.until('s', 'PreparingRebalance', 2)
    await enterGroup('s1e', 's', { instance: 'one', memberId: '$s1e' })
    await bounced
    await leave('admin', 's', [
      { memberId: '', groupInstanceId: 'one' },
      { memberId: '', groupInstanceId: 'two' },
      { memberId: '', groupInstanceId: 'three' },
    ])
    await describeGroup('s')
  })

  it('keeps static members that are away for their session', async () => {
    await alone('u1', 'u', { instance: 'one', session: 60_000, rebalance: 1000 })
    const second = enterGroup('u2', 'u', { instance: 'two', rebalance: 1000 })
    await twin.until('u', 'PreparingRebalance', 2)
    expect(await second).toMatchObject({ generationId: 2, leader: '$u2' })
    await sync('u2', 'u', 2, {
      groupInstanceId: 'two',
      assignments: [{ memberId: '$u1', assignment: Buffer.from('p0') }],
    })
    await describeGroup('u')
  })
})

describe.skipIf(missing)('offsets of groups, as Apache answers', () => {
  const partition = (partitionIndex: number, committedOffset = 1, committedMetadata: string | null = '') => ({
    partitionIndex,
    committedOffset,
    committedMetadata,
  })
  const fetch = (version: number, groupId: string, names: string[] | null = ['orders']) =>
    twin.same('admin', OffsetFetch, version, {
      groups: [
        {
          groupId,
          topics:
            names?.map((name) =>
              version >= 10 ? { topicId: name, partitionIndexes: [0, 1, 9] } : { name, partitionIndexes: [0, 1, 9] },
            ) ?? null,
        },
      ],
    } as never)

  it('commits without members', async () => {
    await commit('g0', 'g', -1, '')
    await fetch(8, 'g')
    await fetch(8, 'g', null)
    await fetch(8, 'g', ['orders', 'missing'])
    await fetch(10, 'g', ['$orders'])
    await fetch(10, 'g', null)
    await fetch(10, 'g', ['$orders', 'AAAAAAAAAAAAAAAAAAAAAg'])
    await fetch(8, 'nothing')
    await fetch(8, 'nothing', null)
    await fetch(8, '')
    await fetch(10, '', ['$orders'])
    for (const version of [1, 2, 3, 5, 7])
      await twin.same('admin', OffsetFetch, version, {
        groupId: 'g',
        topics: [{ name: 'orders', partitionIndexes: [0, 1, 9] }],
      } as never)
    await twin.same('admin', OffsetFetch, 7, { groupId: 'g', topics: null, requireStable: true } as never)
    await commit('g0', 'g', -1, '', {
      topics: [
        { name: 'orders', partitions: [partition(0, 7, null), partition(1, -1), partition(2), partition(-1)] },
        { name: 'missing', partitions: [partition(0)] },
        { name: '', partitions: [partition(0)] },
        { name: 'other', partitions: [partition(0, 3, 'x'.repeat(4097)), partition(1, 3, 'é'.repeat(2048))] },
      ],
    })
    await fetch(8, 'g', null)
    await commit('g0', 'g', 0, '')
    await commit('g0', 'g', -1, 'someone')
    await commit('g0', 'g', 3, 'someone')
    await commit('g0', 'g-new', 3, 'someone')
    await twin.same('g0', OffsetCommit, 8, {
      groupId: 'g-new',
      generationIdOrMemberEpoch: 3,
      memberId: 'someone',
      topics: [{ name: 'orders', partitions: [partition(0)] }],
    } as never)
    await commit('g0', 'g-new', 3, 'someone', { topics: [{ name: 'missing', partitions: [partition(0)] }] })
    await commit('g0', 'g-new', 3, 'someone', {
      topics: [
        { name: 'missing', partitions: [partition(0)] },
        { name: 'orders', partitions: [partition(0), partition(8)] },
      ],
    })
    await describeGroup('g-new')
    await commit('g0', '', -1, '')
    await fetch(8, '')
    await commit('g0', 'g', -1, '', { topics: [] })
    for (const version of [2, 5, 7, 8])
      await twin.same('g0', OffsetCommit, version, {
        groupId: `g-${version}`,
        generationIdOrMemberEpoch: -1,
        memberId: '',
        ...(version < 5 ? { retentionTimeMs: -1 } : {}),
        topics: [{ name: 'orders', partitions: [partition(0, 4)] }],
      } as never)
    await twin.same('g0', OffsetCommit, 10, {
      groupId: 'g',
      generationIdOrMemberEpoch: -1,
      memberId: '',
      topics: [
        { topicId: '$orders', partitions: [partition(1, 9, 'by id'), partition(5)] },
        { topicId: 'AAAAAAAAAAAAAAAAAAAAAg', partitions: [partition(0)] },
        { topicId: 'AAAAAAAAAAAAAAAAAAAAAA', partitions: [partition(0)] },
      ],
    } as never)
    await fetch(9, 'g', null)
    await describeGroup('g')
  })

  it('commits of members only, when there are some', async () => {
    await alone('h1', 'h')
    await commit('h1', 'h', 1, '$h1')
    await commit('h1', 'h', 2, '$h1')
    await commit('h1', 'h', 0, '$h1')
    await commit('h1', 'h', -1, '$h1')
    await commit('h1', 'h', -1, '')
    await commit('h1', 'h', 1, '')
    await commit('h1', 'h', 1, 'nobody')
    await commit('h1', 'h', 1, '$h1', { groupInstanceId: 'one' })
    await commit('h1', 'h', -1, '', { groupInstanceId: 'one' })
    await enterGroup('h2', 'h')
    await commit('h2', 'h', 1, '$h2')
    await fetch(8, 'h', null)
  })

  it('deletes offsets and groups', async () => {
    const forget = (groupId: string, topics: { name: string; partitions: { partitionIndex: number }[] }[]) =>
      twin.same('admin', OffsetDelete, 0, { groupId, topics })
    const both = ['orders', 'other', 'missing'].map((name) => ({
      name,
      partitions: [{ partitionIndex: 0 }, { partitionIndex: 7 }],
    }))
    await alone('i1', 'i')
    const topics = [
      { name: 'orders', partitions: [partition(0)] },
      { name: 'other', partitions: [partition(0)] },
    ]
    await commit('i1', 'i', 1, '$i1', { topics })
    await forget('i', both)
    await fetch(8, 'i', null)
    await forget('', both)
    await forget('nowhere', both)
    await forget('nowhere', [])
    const remove = (...groupsNames: string[]) => twin.same('admin', DeleteGroups, 2, { groupsNames })
    await remove('i', 'nowhere', '')
    const changing = enterGroup('i1', 'i', {
      memberId: '$i1',
      protocols: [{ name: 'range', metadata: subscription('other') }],
    })
    await changing
    await forget('i', both)
    await remove('i')
    await leave('i1', 'i', [{ memberId: '$i1' }])
    await commit('i1', 'i', -1, '', { topics })
    await forget('i', both)
    await commit('i1', 'i', -1, '', { topics })
    await remove('i', 'i')
    await describeGroup('i')
    await describeGroup('i', 5)
    await fetch(8, 'i', null)
    // A group of another kind.
    await alone('j1', 'j', { type: 'connect', protocols: [{ name: 'range', metadata: Buffer.from('?') }] })
    await sync('j1', 'j', 1, { protocolType: 'connect' })
    await forget('j', both)
    await leave('j1', 'j', [{ memberId: '$j1' }])
    await commit('i1', 'j', -1, '', { topics })
    await forget('j', both)
    // A consumer group whose metadata nobody can read.
    await alone('k1', 'k', { protocols: [{ name: 'range', metadata: Buffer.from('?') }] })
    await commit('k1', 'k', 1, '$k1', { topics })
    await forget('k', both)
    // An id that was given out is nobody yet.
    await enterGroup('l1', 'l')
    await twin.until('l', 'Empty', 0)
    await remove('l')
    await enterGroup('l1', 'l', { memberId: '$l1' })
    await describeGroup('l')
  })

  it('forgets the offsets of a topic that is deleted', async () => {
    await twin.makeTopics({ gone: 1 })
    const topics = ['gone', 'orders'].map((name) => ({ name, partitions: [partition(0)] }))
    await commit('m0', 'm', -1, '', { topics })
    await fetch(8, 'm', null)
    await twin.ask('admin', DeleteTopics, 6, {
      topics: [{ name: 'gone', topicId: 'AAAAAAAAAAAAAAAAAAAAAA' }],
      timeoutMs: 10_000,
    })
    for (let attempt = 0; attempt < 100; attempt++) {
      const { ours, theirs } = await twin.ask('admin', OffsetFetch, 8, {
        groups: [{ groupId: 'm', topics: null }],
      } as never)
      if (ours.groups[0].topics.length === 1 && theirs.groups[0].topics.length === 1) break
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    await fetch(8, 'm', null)
  })

  it('lists and describes groups', async () => {
    const list = (version: number, statesFilter: string[] = [], typesFilter: string[] = []) =>
      twin.same('admin', ListGroups, version, {
        ...(version >= 4 ? { statesFilter } : {}),
        ...(version >= 5 ? { typesFilter } : {}),
      } as never)
    await list(0)
    await list(3)
    await list(4)
    for (const state of ['Stable', 'empty', 'PREPARINGREBALANCE', 'PreparingRebalance', 'Dead', 'nonsense', ''])
      await list(5, [state])
    for (const type of ['classic', 'Consumer', 'nonsense', 'share']) await list(5, [], [type])
    await list(5, ['Stable', 'Empty'], ['Classic'])
    for (const version of [0, 4, 5, 6])
      await twin.same('admin', DescribeGroups, version, {
        groups: ['g', 'h', 'nowhere', ''],
        ...(version >= 3 ? { includeAuthorizedOperations: true } : {}),
      } as never)
  })

  it('finds coordinators', async () => {
    const find = (version: number, keyType: number, ...keys: string[]) =>
      twin.same(
        'admin',
        FindCoordinator,
        version,
        version >= 4 ? { keyType, coordinatorKeys: keys } : { keyType, key: keys[0] ?? '' },
      )
    for (const version of [1, 2, 3, 4, 6]) await find(version, 0, 'g')
    await find(6, 0, 'g', '', 'h')
    await find(4, 9, 'g')
    await find(3, 9, 'g')
    await find(6, -1, 'g')
    await find(3, 0, '')
    await find(6, 0)
  })
})

describe.skipIf(missing)('what is written of groups', () => {
  /** Kinds of keys with the versions of their values, in a broker's `__consumer_offsets`. */
  function versions(logs: string): string[] {
    const found = new Set<string>()
    for (const dir of readdirSync(logs).filter((name) => name.startsWith('__consumer_offsets-'))) {
      const bytes = readFileSync(join(logs, dir, '00000000000000000000.log'))
      for (const at of batch.batchPositions(bytes))
        for (const { key, value } of decodeRecords(bytes.subarray(at, at + batch.batchSize(bytes, at))))
          found.add(`${key?.readInt16BE(0)}: ${value ? value.readInt16BE(0) : 'tombstone'}`)
    }
    return [...found].sort()
  }

  it('has the versions that Apache writes', () => {
    expect(versions(join(twin.server.dir, 'logs'))).toEqual(versions(twin.apacheLogs))
  })

  it('is read by Apache', async () => {
    const partitions = readdirSync(join(twin.server.dir, 'logs')).filter((name) =>
      name.startsWith('__consumer_offsets-'),
    )
    const files = partitions.map((name) => join(twin.server.dir, 'logs', name, '00000000000000000000.log')).join(',')
    const dump = await runTool('kafka-dump-log', ['--files', files, '--offsets-decoder', '--print-data-log'])
    expect(dump.exitCode).toBe(0)
    expect(dump.stdout).toContain('"protocolType":"consumer"')
    expect(dump.stdout).toContain('"offset":9,"leaderEpoch":-1,"metadata":"by id"')
    expect(dump.stdout).not.toContain('Failed to decode')
  })
})
