import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  ConsumerGroupDescribe,
  ConsumerGroupHeartbeat,
  CreatePartitions,
  DeleteGroups,
  DescribeGroups,
  Heartbeat,
  JoinGroup,
  ListGroups,
  OffsetCommit,
  OffsetDelete,
  OffsetFetch,
} from '../../src/protocol/apis/index.ts'
import { apacheMissing } from '../support/apache.ts'
import { type Plain, Twin } from '../support/twin.ts'

/** The same dialogs of consumer groups (KIP-848) held with Apache's broker and with ours: all fields must be the same. */
const missing = apacheMissing()
if (missing) console.warn(`consumer group dialogs with Apache's broker are skipped: ${missing}`)

let twin: Twin
beforeAll(async () => {
  if (missing) return
  twin = await Twin.start(26_060, {
    'group.consumer.min.session.timeout.ms': '500',
    'group.consumer.min.heartbeat.interval.ms': '200',
    'group.consumer.session.timeout.ms': '30000',
    'group.consumer.max.size': '4',
    // New targets at once: what is asked next must not depend on how quickly it is asked.
    'group.consumer.assignment.interval.ms': '0',
    'group.initial.rebalance.delay.ms': '0',
  })
  await twin.makeTopics({ orders: 4, other: 3 })
  for (const group of ['g', 'h', 'i', 'j', 'k']) await twin.coordinatorOf(group)
}, 120_000)
afterAll(() => twin?.close())

const joining = { memberEpoch: 0, rebalanceTimeoutMs: 60_000, topicPartitions: [], subscribedTopicNames: ['orders'] }

/** One heartbeat of a member, who is also the actor. */
const beat = (groupId: string, memberId: string, more: object, version = 1): Promise<Plain> =>
  twin.same(memberId, ConsumerGroupHeartbeat, version, { groupId, memberId, memberEpoch: 0, ...more } as never)

const join = (groupId: string, memberId: string, more: object = {}): Promise<Plain> =>
  beat(groupId, memberId, { ...joining, ...more })

const owned = (topicId: string, ...partitions: number[]) => ({ topicPartitions: [{ topicId, partitions }] })
const described = (...groupIds: string[]): Promise<Plain> =>
  twin.same('admin', ConsumerGroupDescribe, 1, { groupIds, includeAuthorizedOperations: false })
const listed = (request: object = {}): Promise<Plain> => twin.same('admin', ListGroups, 5, request as never)

describe.skipIf(missing)('consumer groups', () => {
  it('refuses requests that say too little or too much', async () => {
    await join('g', 'a', { rebalanceTimeoutMs: -1 })
    await join('g', 'a', { topicPartitions: null })
    await join('g', 'a', owned('$orders', 1))
    await join('g', 'a', { subscribedTopicNames: null })
    await join('', 'a')
    await join('g', '')
    await join('g', 'a', { instanceId: '' })
    await join('g', 'a', { rackId: '' })
    await join('g', 'a', { serverAssignor: 'best' })
    await beat('g', 'a', { memberEpoch: -2 })
    await beat('g', 'a', { memberEpoch: -3 })
    await beat('g', 'a', { memberEpoch: 4 })
    await beat('g', 'a', { memberEpoch: -1 })
    await join('g', 'a', { subscribedTopicNames: null, subscribedTopicRegex: '(' })
    await described('g', 'nobody', '')
    await listed()
  })

  it('moves partitions from one member to another', async () => {
    await join('g', 'a')
    await described('g')
    await beat('g', 'a', { memberEpoch: 2 })
    await beat('g', 'a', { memberEpoch: 8 })
    await join('g', 'b')
    await described('g')
    await listed({ statesFilter: ['Reconciling'] })
    await beat('g', 'b', { memberEpoch: 3 })
    // It has to give two up first, and says that it did.
    await beat('g', 'a', { memberEpoch: 2, ...owned('$orders', 0, 1, 2, 3) })
    await described('g')
    await beat('g', 'b', { memberEpoch: 3, ...owned('$orders') })
    await beat('g', 'a', { memberEpoch: 2, ...owned('$orders', 0, 1) })
    await beat('g', 'b', { memberEpoch: 3 })
    await described('g')
    await listed({ typesFilter: ['consumer'] })
    // The answer may have been lost: the epoch before is taken once more.
    await beat('g', 'a', { memberEpoch: 2, ...owned('$orders', 0, 1) })
    await beat('g', 'a', { memberEpoch: 2, ...owned('$orders', 0, 1, 2) })
    await beat('g', 'a', { memberEpoch: 2 })
    await beat('g', 'a', { memberEpoch: 4 })
  })

  it('takes offsets of members in their epoch only', async () => {
    const commit = (memberId: string, epoch: number, partition = 0, version = 9) =>
      twin.same(memberId === '' ? 'c' : memberId, OffsetCommit, version, {
        groupId: 'g',
        memberId,
        generationIdOrMemberEpoch: epoch,
        retentionTimeMs: -1,
        topics: [
          {
            name: 'orders',
            topicId: '$orders',
            partitions: [{ partitionIndex: partition, committedOffset: 3, committedMetadata: '' }],
          },
        ],
      } as never)
    const fetch = (memberId: string | null, memberEpoch: number) =>
      twin.same('c', OffsetFetch, 9, {
        groups: [{ groupId: 'g', memberId, memberEpoch, topics: [{ name: 'orders', partitionIndexes: [0, 1] }] }],
      } as never)
    await commit('a', 3)
    await commit('a', 2)
    await commit('a', 1)
    await commit('a', 2, 3)
    await commit('a', 4)
    await commit('z', 3)
    await commit('', -1)
    await commit('a', 3, 0, 8)
    await commit('a', 3, 1, 10)
    await fetch('a', 3)
    await fetch('a', 2)
    await fetch('z', 3)
    await fetch(null, -1)
    await twin.same('c', OffsetFetch, 9, {
      groups: [
        { groupId: 'nobody', memberId: 'a', memberEpoch: 3, topics: [{ name: 'orders', partitionIndexes: [0] }] },
      ],
    } as never)
    const orders = { name: 'orders', partitions: [{ partitionIndex: 0 }] }
    await twin.same('c', OffsetDelete, 0, { groupId: 'g', topics: [orders, { ...orders, name: 'other' }] })
    await twin.same('c', DeleteGroups, 2, { groupsNames: ['g'] })
  })

  it('is no group of the classic protocol while it has members', async () => {
    await twin.same('c', DescribeGroups, 6, { groups: ['g'] })
    await twin.same('c', Heartbeat, 4, { groupId: 'g', memberId: 'q', generationId: 2 })
  })

  it('lets members leave, and changes what they read', async () => {
    await beat('g', 'b', { memberEpoch: -1 })
    await beat('g', 'a', { memberEpoch: 3 })
    await beat('g', 'a', { memberEpoch: 4, subscribedTopicNames: ['orders', 'other'] })
    await described('g')
    await beat('g', 'a', { memberEpoch: 5, subscribedTopicNames: ['other'] })
    await described('g')
    await beat('g', 'a', { memberEpoch: 5, ...owned('$other', 0, 1, 2) })
    await beat('g', 'a', { memberEpoch: 6, serverAssignor: 'range' })
    await described('g')
    await beat('g', 'a', { memberEpoch: -1 })
    await described('g')
    await listed({ statesFilter: ['empty'] })
    await twin.same('c', DeleteGroups, 2, { groupsNames: ['g'] })
    await described('g')
  })

  it('knows static members again', async () => {
    const first = { instanceId: 'one' }
    await join('h', 's1', first)
    await join('h', 's2', first)
    await beat('h', 's2', { memberEpoch: 2, instanceId: 'one' })
    await beat('h', 's1', { memberEpoch: 2, instanceId: 'two' })
    await beat('h', 's1', { memberEpoch: -2, instanceId: 'one' })
    await described('h')
    await join('h', 's2', first)
    await described('h')
    await beat('h', 's1', { memberEpoch: 2, instanceId: 'one' })
    await beat('h', 's2', { memberEpoch: -1, instanceId: 'one' })
    await described('h')
  })

  it('follows topics that come and grow', async () => {
    await join('i', 'm', { subscribedTopicNames: ['late', 'orders'] })
    await twin.makeTopics({ late: 1 })
    await settled('i', 'm', 3)
    await twin.same('admin', CreatePartitions, 3, {
      topics: [{ name: 'late', count: 3, assignments: null }],
      timeoutMs: 10_000,
      validateOnly: false,
    })
    await settled('i', 'm', 4)
    await described('i')
  })

  it('finds topics by a regular expression', async () => {
    await join('j', 'r', { subscribedTopicNames: null, subscribedTopicRegex: 'o.*r.*' })
    await settled('j', 'r', 2)
    await described('j')
    await join('j', 't', { subscribedTopicNames: null, subscribedTopicRegex: '[' })
    await beat('j', 'r', { memberEpoch: 3, subscribedTopicRegex: '' })
    await described('j')
  })

  it('has as many members as it may', async () => {
    for (const member of ['1', '2', '3', '4', '5']) await join('k', `full-${member}`, { serverAssignor: 'range' })
    await described('k')
  })

  it('turns an empty classic group into one of consumers, and back', async () => {
    const committed = {
      groupId: 'l',
      memberId: '',
      generationIdOrMemberEpoch: -1,
      retentionTimeMs: -1,
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 3, committedMetadata: '' }] }],
    }
    await twin.coordinatorOf('l')
    await twin.same('c', OffsetCommit, 8, committed as never)
    await listed()
    await join('l', 'x')
    await listed()
    await beat('l', 'x', { memberEpoch: -1 })
    const { ours, theirs } = await twin.ask('y', JoinGroup, 3, {
      groupId: 'l',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      memberId: '',
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
    } as never)
    expect(ours).toEqual(theirs)
    await listed()
    await described('l')
  })
})

/** Heartbeats until the member is in this epoch at both. */
async function settled(groupId: string, memberId: string, epoch: number): Promise<void> {
  const epochs = { ours: 0, theirs: 0 }
  for (let attempt = 0; attempt < 200; attempt++) {
    const { ours, theirs } = await twin.ask('admin', ConsumerGroupDescribe, 1, {
      ...{ groupIds: [groupId], includeAuthorizedOperations: false },
    })
    epochs.ours = ours.groups[0].members[0].memberEpoch
    epochs.theirs = theirs.groups[0].members[0].memberEpoch
    if (epochs.ours === epoch && epochs.theirs === epoch) return
    const lowest = Math.min(epochs.ours, epochs.theirs)
    await twin.ask(memberId, ConsumerGroupHeartbeat, 1, { groupId, memberId, memberEpoch: lowest } as never)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${memberId} of ${groupId} is not in epoch ${epoch}: ${JSON.stringify(epochs)}`)
}
