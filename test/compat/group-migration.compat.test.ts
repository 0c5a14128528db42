import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  ConsumerGroupDescribe,
  ConsumerGroupHeartbeat,
  DescribeGroups,
  Heartbeat,
  JoinGroup,
  LeaveGroup,
  ListGroups,
  OffsetCommit,
  SyncGroup,
} from '../../src/protocol/apis/index.ts'
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
} from '../../src/protocol/stored/consumer-protocol.ts'
import { javaHash } from '../../src/std/java-hash.ts'
import { apacheMissing } from '../support/apache.ts'
import { type Plain, Twin } from '../support/twin.ts'

/** Groups that turn from the classic protocol to KIP-848's and back while they have members, at Apache's broker and at ours. */
const missing = apacheMissing()
if (missing) console.warn(`groups that turn are not held against Apache's broker: ${missing}`)

let twin: Twin
beforeAll(async () => {
  if (missing) return
  twin = await Twin.start(26_740, {
    'group.initial.rebalance.delay.ms': '0',
    'group.consumer.assignment.interval.ms': '0',
  })
  await twin.makeTopics({ orders: 4 })
  for (const group of ['g', 'h', 'p', 's', 'x']) await twin.coordinatorOf(group)
}, 120_000)
afterAll(() => twin?.close())

const VERSION = 3
const prefixed = (bytes: Buffer): Buffer => Buffer.concat([Buffer.of(0, VERSION), bytes])
const subscription = (...owned: number[]): Buffer =>
  prefixed(
    ConsumerProtocolSubscription.encode(VERSION, {
      ...{ topics: ['orders'], userData: null, generationId: -1, rackId: null },
      ownedPartitions: owned.length > 0 ? [{ topic: 'orders', partitions: owned }] : [],
    }),
  )
const assignment = (partitions: number[], userData: Buffer | null = null): Buffer =>
  prefixed(
    ConsumerProtocolAssignment.encode(VERSION, { assignedPartitions: [{ topic: 'orders', partitions }], userData }),
  )

/** A member of the classic protocol joins, under the id that it gets. */
async function join(groupId: string, actor: string, owned: number[] = [], more: object = {}): Promise<Plain> {
  const request = {
    ...{
      groupId,
      memberId: `$${actor}`,
      protocolType: 'consumer',
      sessionTimeoutMs: 30_000,
      rebalanceTimeoutMs: 30_000,
    },
    protocols: [{ name: 'range', metadata: subscription(...owned) }],
    ...more,
  }
  return twin.same(actor, JoinGroup, 9, request as never)
}
const sync = (groupId: string, actor: string, generationId: number, mine?: Buffer, more: object = {}): Promise<Plain> =>
  twin.same(actor, SyncGroup, 5, {
    ...{ groupId, generationId, memberId: `$${actor}`, protocolType: 'consumer', protocolName: 'range' },
    assignments: mine ? [{ memberId: `$${actor}`, assignment: mine }] : [],
    ...more,
  } as never)
const beat = (groupId: string, actor: string, generationId: number, groupInstanceId: string | null = null) =>
  twin.same(actor, Heartbeat, 4, { groupId, memberId: `$${actor}`, generationId, groupInstanceId })

/** A heartbeat of a member of the new protocol. */
const consume = (groupId: string, memberId: string, more: object): Promise<Plain> =>
  twin.same(memberId, ConsumerGroupHeartbeat, 1, { groupId, memberId, memberEpoch: 0, ...more } as never)
const joining = { rebalanceTimeoutMs: 60_000, topicPartitions: [], subscribedTopicNames: ['orders'] }
const owned = (...partitions: number[]) => ({ topicPartitions: [{ topicId: '$orders', partitions }] })

const described = (groupId: string): Promise<Plain> =>
  twin.same('admin', ConsumerGroupDescribe, 1, { groupIds: [groupId], includeAuthorizedOperations: false })
const listed = (): Promise<Plain> => twin.same('admin', ListGroups, 5, {} as never)

/** Where a hash table of Java's with few members has an id. */
const bucketOf = (memberId: string): number => {
  const hash = javaHash(memberId)
  return (hash ^ (hash >>> 16)) & 15
}

/**
 * A classic group with one member, which has everything. Of members with as many partitions the first in a hash table keeps the one that not all can
 * have: the id that the member gets has to stand before `other` at both brokers, or their answers would differ by chance.
 */
async function classic(groupId: string, actor: string, other: string): Promise<void> {
  await join(groupId, actor, [], { memberId: '' })
  while (twin.valuesOf(`$${actor}`).some((id) => bucketOf(id) >= bucketOf(other))) {
    await twin.same(actor, LeaveGroup, 5, { groupId, members: [{ memberId: `$${actor}` }] } as never)
    twin.forget(`$${actor}`)
    await join(groupId, actor, [], { memberId: '' })
  }
  await join(groupId, actor)
  await sync(groupId, actor, 1, assignment([0, 1, 2, 3]))
}

describe.skipIf(missing)('a group with members', () => {
  it('turns into one of the new protocol when a member joins by that', async () => {
    await classic('g', 'a', 'n')
    await consume('g', 'n', joining)
    await described('g')
    await listed()
    await beat('g', 'a', 1)
    await sync('g', 'a', 1)
    await beat('g', 'a', 5)
    // It gives up what it has to, and comes back.
    await join('g', 'a', [0, 1, 2, 3])
    await described('g')
    await sync('g', 'a', 1)
    await beat('g', 'a', 1)
    await join('g', 'a', [0, 1])
    await described('g')
    await sync('g', 'a', 2, undefined, { protocolName: 'other' })
    await sync('g', 'a', 2)
    await beat('g', 'a', 2)
    await consume('g', 'n', { memberEpoch: 2 })
    await described('g')
  })

  it('takes offsets of members of both protocols', async () => {
    const commit = (actor: string, memberId: string, epoch: number, version: number) =>
      twin.same(actor, OffsetCommit, version, {
        ...{ groupId: 'g', memberId, generationIdOrMemberEpoch: epoch, retentionTimeMs: -1 },
        topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 3, committedMetadata: '' }] }],
      } as never)
    await commit('a', '$a', 2, 8)
    await commit('a', '$a', 9, 8)
    await commit('n', 'n', 2, 9)
    await twin.same('admin', DescribeGroups, 6, { groups: ['g'] })
  })

  it('lets a member of the classic protocol join', async () => {
    await join('g', 'b', [], { memberId: '' })
    await join('g', 'b', [], { protocols: [{ name: 'mine', metadata: subscription() }] })
    await join('g', 'b', [], { protocolType: 'connect' })
    await join('g', 'b')
    await sync('g', 'b', 3)
    await beat('g', 'b', 3)
    await described('g')
    await twin.same('b', LeaveGroup, 5, { groupId: 'g', members: [{ memberId: '$b' }, { memberId: 'z' }] } as never)
    await described('g')
  })

  it('turns back when no member of the new protocol is left', async () => {
    await consume('g', 'n', { memberEpoch: -1 })
    await described('g')
    await listed()
    await beat('g', 'a', 2)
    await twin.same('admin', DescribeGroups, 6, { groups: ['g'] }, ({ groups: [group] }: Plain) => ({
      ...group,
      members: group.members.length,
    }))
    const { ours, theirs } = await twin.ask('a', JoinGroup, 9, {
      ...{
        groupId: 'g',
        memberId: '$a',
        protocolType: 'consumer',
        sessionTimeoutMs: 30_000,
        rebalanceTimeoutMs: 30_000,
      },
      protocols: [{ name: 'range', metadata: subscription(0, 1) }],
    } as never)
    expect(ours).toEqual(theirs)
  })

  it('with an assignor of its own does not turn', async () => {
    await join('h', 'c', [], { memberId: '' })
    await join('h', 'c')
    await sync('h', 'c', 1, assignment([0, 1, 2, 3], Buffer.from('own')))
    await consume('h', 'm', joining)
    await join('x', 'd', [], { memberId: '', protocolType: 'connect' })
    await join('x', 'd', [], { protocolType: 'connect' })
    await sync('x', 'd', 1, assignment([0]), { protocolType: 'connect' })
    await consume('x', 'm', joining)
    await listed()
  })

  it('that was given an id and has not come back with it is none', async () => {
    await join('p', 'o', [], { memberId: '' })
    await consume('p', 'q', joining)
    await described('p')
    await join('p', 'o')
  })

  it('knows static members that come back by the other protocol', async () => {
    const first = { groupInstanceId: 'one' }
    await join('s', 'f', [], { ...first, memberId: '' })
    await sync('s', 'f', 1, assignment([0, 1, 2, 3]), first)
    await consume('s', 'k', { ...joining, instanceId: 'one' })
    await described('s')
    await beat('s', 'f', 1, 'one')
    await consume('s', 'k', { memberEpoch: 2, instanceId: 'one', ...owned(0, 1, 2, 3) })
    await described('s')
  })
})
