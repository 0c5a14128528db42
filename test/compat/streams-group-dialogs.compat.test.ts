import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  DeleteGroups,
  DescribeConfigs,
  IncrementalAlterConfigs,
  JoinGroup,
  ListGroups,
  OffsetCommit,
  StreamsGroupDescribe,
  StreamsGroupHeartbeat,
} from '../../src/protocol/apis/index.ts'
import { apacheMissing } from '../support/apache.ts'
import { type Plain, Twin } from '../support/twin.ts'

/** The same dialogs of streams groups (KIP-1071) held with Apache's broker and with ours: all fields must be the same. */
const missing = apacheMissing()
if (missing) console.warn(`streams group dialogs with Apache's broker are skipped: ${missing}`)

let twin: Twin
beforeAll(async () => {
  if (missing) return
  twin = await Twin.start(26_470, {
    'group.streams.max.size': '4',
    // New targets at once: what is asked next must not depend on how quickly it is asked.
    'group.streams.assignment.interval.ms': '0',
    'group.streams.initial.rebalance.delay.ms': '0',
    'group.initial.rebalance.delay.ms': '0',
  })
  await twin.makeTopics({ words: 4, other: 3, plain: 2 })
  // Early, for Apache's coordinator hears of it later.
  const set = (resourceName: string, name: string, value: string) => ({
    ...{ resourceType: 32, resourceName, configs: [{ name, configOperation: 0, value }] },
  })
  await twin.ask('admin', IncrementalAlterConfigs, 1, {
    resources: [set('k', 'streams.num.standby.replicas', '1'), set('d', 'streams.initial.rebalance.delay.ms', '500')],
    validateOnly: false,
  })
  for (const group of ['d', 'g', 'h', 'i', 'j', 'k']) await twin.coordinatorOf(group)
}, 120_000)
afterAll(() => twin?.close())

const subtopology = {
  subtopologyId: '0',
  sourceTopics: [] as string[],
  sourceTopicRegex: [] as string[],
  stateChangelogTopics: [] as object[],
  repartitionSinkTopics: [] as string[],
  repartitionSourceTopics: [] as object[],
  copartitionGroups: [] as object[],
}
const internal = (name: string, partitions = 0) => ({
  ...{ name, partitions, replicationFactor: 0 },
  topicConfigs: [{ key: 'cleanup.policy', value: 'compact' }],
})
const topology = (...subtopologies: object[]) => ({ epoch: 0, subtopologies })
/** One task for each partition of a topic, without state. */
const simple = topology({ ...subtopology, sourceTopics: ['words'] })
const joining = {
  ...{ memberEpoch: 0, rebalanceTimeoutMs: 60_000, topology: simple, processId: 'p1' },
  ...{ activeTasks: [], standbyTasks: [], warmupTasks: [] },
}

/** One heartbeat of a member, who is also the actor. */
const beat = (groupId: string, memberId: string, more: object): Promise<Plain> =>
  twin.same(memberId, StreamsGroupHeartbeat, 0, {
    ...{ groupId, memberId, memberEpoch: 0, endpointInformationEpoch: 0, ...more },
  } as never)
const join = (groupId: string, memberId: string, more: object = {}): Promise<Plain> =>
  beat(groupId, memberId, { ...joining, ...more })
const owned = (active: number[], standby: number[] = [], subtopologyId = '0') => ({
  activeTasks: active.length > 0 ? [{ subtopologyId, partitions: active }] : [],
  standbyTasks: standby.length > 0 ? [{ subtopologyId, partitions: standby }] : [],
  warmupTasks: [],
})
const described = (...groupIds: string[]): Promise<Plain> =>
  twin.same('admin', StreamsGroupDescribe, 0, { groupIds, includeAuthorizedOperations: false })
const listed = (request: object = {}): Promise<Plain> => twin.same('admin', ListGroups, 5, request as never)

/** Heartbeats until the member is in this epoch at both: until brokers have heard of topics that came. */
async function settled(groupId: string, memberId: string, epoch: number): Promise<void> {
  const epochs = { ours: 0, theirs: 0 }
  for (let attempt = 0; attempt < 200; attempt++) {
    const { ours, theirs } = await twin.ask('admin', StreamsGroupDescribe, 0, {
      ...{ groupIds: [groupId], includeAuthorizedOperations: false },
    })
    epochs.ours = ours.groups[0].members[0].memberEpoch
    epochs.theirs = theirs.groups[0].members[0].memberEpoch
    if (epochs.ours === epoch && epochs.theirs === epoch) return
    const memberEpoch = Math.min(epochs.ours, epochs.theirs)
    const request = { ...{ groupId, memberId, memberEpoch, endpointInformationEpoch: 0 }, ...owned([]) }
    await twin.ask(memberId, StreamsGroupHeartbeat, 0, request as never)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error(`${memberId} of ${groupId} is not in epoch ${epoch}: ${JSON.stringify(epochs)}`)
}

describe.skipIf(missing)('streams groups', () => {
  it('refuses requests that say too little or too much', async () => {
    await join('g', '')
    await join('', 'a')
    await join('g', 'a', { rackId: '' })
    await join('g', 'a', { instanceId: 'i' })
    await join('g', 'a', { rebalanceTimeoutMs: -1 })
    await join('g', 'a', { topology: null })
    await join('g', 'a', owned([1]))
    await join('g', 'a', { activeTasks: null })
    await join('g', 'a', { taskOffsets: [] })
    await join('g', 'a', { topology: topology({ ...subtopology, sourceTopicRegex: ['w.*'] }) })
    await join('g', 'a', {
      topology: topology({ ...subtopology, sourceTopics: ['words'], stateChangelogTopics: [internal('c', 3)] }),
    })
    await join('g', 'a', { topology: topology({ ...subtopology, sourceTopics: ['__consumer_offsets'] }) })
    await beat('g', 'a', { memberEpoch: 3 })
    await beat('g', 'a', { memberEpoch: -1 })
    await beat('g', 'a', { memberEpoch: -2 })
    await beat('g', 'a', { memberEpoch: -3 })
    await described('g', 'nobody', '')
    await listed()
  })

  it('moves tasks from one member to another', async () => {
    await join('g', 'a')
    await beat('g', 'a', { memberEpoch: 2, ...owned([0, 1, 2, 3]) })
    await described('g')
    await listed({ typesFilter: ['streams'] })
    await join('g', 'b', { processId: 'p2' })
    await described('g')
    await beat('g', 'a', { memberEpoch: 2, ...owned([0, 1, 2, 3]) })
    await described('g')
    await beat('g', 'b', { memberEpoch: 3, ...owned([]) })
    await beat('g', 'a', { memberEpoch: 2, ...owned([0, 1]) })
    await beat('g', 'b', { memberEpoch: 3, ...owned([]) })
    await described('g')
    await beat('g', 'a', { memberEpoch: 9 })
    await beat('g', 'a', { memberEpoch: 3, ...owned([7]) })
    await beat('g', 'a', { memberEpoch: 3, ...owned([0], [], 'x') })
    await join('g', 'a', { topology: topology({ ...subtopology, sourceTopics: ['other'] }) })
  })

  it('takes offsets of members in their epoch, and lets nobody else into the group', async () => {
    const commit = (memberId: string, epoch: number, partition = 0, version = 9) =>
      twin.same(memberId === '' ? 'c' : memberId, OffsetCommit, version, {
        ...{ groupId: 'g', memberId, generationIdOrMemberEpoch: epoch, retentionTimeMs: -1 },
        topics: [
          { name: 'words', partitions: [{ partitionIndex: partition, committedOffset: 3, committedMetadata: '' }] },
        ],
      } as never)
    await commit('a', 3)
    await commit('a', 2)
    await commit('a', 2, 3)
    await commit('b', 2, 3)
    await commit('a', 4)
    await commit('', -1)
    await commit('a', 3, 0, 8)
    await twin.same('c', DeleteGroups, 2, { groupsNames: ['g'] })
    await twin.same('c', JoinGroup, 5, {
      ...{ groupId: 'g', sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000, memberId: '', protocolType: 'consumer' },
      protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
    } as never)
  })

  it('lets members leave, and stops the whole application for one', async () => {
    await beat('g', 'b', { memberEpoch: 3, shutdownApplication: true })
    await beat('g', 'a', { memberEpoch: 3 })
    await beat('g', 'b', { memberEpoch: -1 })
    await beat('g', 'a', { memberEpoch: 3 })
    await described('g')
    await beat('g', 'a', { memberEpoch: -1 })
    await described('g')
    await twin.same('c', DeleteGroups, 2, { groupsNames: ['g'] })
    await described('g')
  })

  it('waits for topics, and makes those of the application itself', async () => {
    const stateful = topology(
      {
        ...subtopology,
        sourceTopics: ['late'],
        repartitionSinkTopics: ['h-repartition'],
      },
      {
        ...subtopology,
        ...{ subtopologyId: '1', sourceTopics: ['other'] },
        repartitionSourceTopics: [internal('h-repartition')],
        stateChangelogTopics: [internal('h-changelog')],
        copartitionGroups: [{ sourceTopics: [0], sourceTopicRegex: [], repartitionSourceTopics: [0] }],
      },
    )
    await join('h', 'm', { topology: stateful })
    await described('h')
    await twin.makeTopics({ late: 2 })
    await settled('h', 'm', 4)
    await beat('h', 'm', { memberEpoch: 4 })
    await described('h')
    await listed({ statesFilter: ['Stable', 'NotReady'] })
    const resource = { resourceType: 2, resourceName: 'h-changelog', configurationKeys: ['cleanup.policy'] }
    const { ours, theirs } = await twin.ask('admin', DescribeConfigs, 4, { resources: [resource] } as never)
    expect(ours.results[0].configs).toEqual(theirs.results[0].configs)
  })

  it('waits for more members before it assigns for the first time', async () => {
    await join('d', 'a')
    await join('d', 'b', { processId: 'p2' })
    await beat('d', 'a', { memberEpoch: 1, ...owned([]) })
    await described('d')
    await settled('d', 'a', 3)
    await beat('d', 'b', { memberEpoch: 1, ...owned([]) })
    await described('d')
  })

  it('says which topics do not go together', async () => {
    const joined = topology({
      ...{ ...subtopology, sourceTopics: ['other', 'plain'] },
      copartitionGroups: [{ sourceTopics: [0, 1], sourceTopicRegex: [], repartitionSourceTopics: [] }],
    })
    await join('i', 'm', { topology: joined })
    const fixed = topology({
      ...{ ...subtopology, sourceTopics: ['other'], repartitionSinkTopics: ['x'] },
      repartitionSourceTopics: [internal('x', 5)],
      copartitionGroups: [{ sourceTopics: [0], sourceTopicRegex: [], repartitionSourceTopics: [0] }],
    })
    await join('j', 'm', { topology: fixed })
    const endless = topology({
      ...{ ...subtopology, sourceTopics: ['other'], repartitionSinkTopics: ['y'] },
      repartitionSourceTopics: [internal('y')],
    })
    await join('l', 'm', { topology: endless })
    await described('i', 'j', 'l')
  })

  it('keeps copies of state where a group wants them, and tells who answers for what', async () => {
    const stateful = topology({
      ...{ ...subtopology, sourceTopics: ['plain'], stateChangelogTopics: [internal('k-changelog')] },
    })
    const at = (port: number) => ({ topology: stateful, processId: `p${port}`, userEndpoint: { host: 'h', port } })
    await join('k', 'm', at(1))
    await settled('k', 'm', 3)
    await beat('k', 'm', { memberEpoch: 3, ...owned([0, 1]) })
    await join('k', 'n', at(2))
    await beat('k', 'm', { memberEpoch: 3, ...owned([0, 1]) })
    await beat('k', 'm', { memberEpoch: 3, ...owned([0]) })
    await beat('k', 'n', { memberEpoch: 4, ...owned([]) })
    await beat('k', 'm', { memberEpoch: 4, ...owned([0]), endpointInformationEpoch: 1 })
    await beat('k', 'm', { memberEpoch: 4, ...owned([0], [1]), endpointInformationEpoch: 4 })
    await beat('k', 'n', { memberEpoch: 4, ...owned([1], [0]), endpointInformationEpoch: 5 })
    await described('k')
  })
})
