import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  AlterShareGroupOffsets,
  DeleteGroups,
  DeleteRecords,
  DeleteShareGroupOffsets,
  DeleteShareGroupState,
  DeleteTopics,
  DescribeGroups,
  DescribeShareGroupOffsets,
  EndTxn,
  FindCoordinator,
  IncrementalAlterConfigs,
  InitializeShareGroupState,
  InitProducerId,
  JoinGroup,
  ListGroups,
  ListOffsets,
  OffsetCommit,
  OffsetDelete,
  OffsetFetch,
  Produce,
  ReadShareGroupState,
  ReadShareGroupStateSummary,
  ShareAcknowledge,
  ShareFetch,
  ShareGroupDescribe,
  ShareGroupHeartbeat,
  WriteShareGroupState,
} from '../../src/protocol/apis/index.ts'
import { Errors } from '../../src/protocol/errors.ts'
import { baseOffset, batchPositions } from '../../src/protocol/records/batch.ts'
import { encodeBatch } from '../../src/protocol/records/record.ts'
import type { RequestInput } from '../../src/protocol/schema/index.ts'
import { apacheMissing } from '../support/apache.ts'
import { type Plain, Twin } from '../support/twin.ts'

/** What a share coordinator and the leader of a partition are asked, asked of Apache's broker and of ours: the answers must be the same. */
const missing = apacheMissing()
if (missing) console.warn(`the comparison of share groups with Apache's broker is skipped: ${missing}`)

const FINAL = -1
/** A topic that is not there. */
const NOWHERE = 'AAAAAAAAAAAAAAAAAAAAAg'
const KEY = `g:${NOWHERE}:0`
const topics = ['t', 'aborted', 'cut', 'limits', 'strict', 'locks', 'lost', 'bad', 'renewed', 'latest', 'many', 'two']
const GROUP_RESOURCE = 32

let twin: Twin
beforeAll(async () => {
  if (missing) return
  twin = await Twin.start(26_200, {
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'share.coordinator.state.topic.num.partitions': '1',
    'share.coordinator.snapshot.update.records.per.snapshot': '3',
    'group.share.min.record.lock.duration.ms': '1000',
    'group.share.min.delivery.count.limit': '2',
    'group.share.assignment.interval.ms': '0',
    // Records have an old time.
    'log.retention.ms': '-1',
  })
  await twin.makeTopics(Object.fromEntries(topics.map((name) => [name, name === 'two' ? 2 : 1])))
  await twin.ask('a', FindCoordinator, 6, { keyType: 2, coordinatorKeys: [KEY] })
  // Apache's broker takes a while to load its partition of the new topic.
  const partitions = [{ partition: 0, stateEpoch: 0, startOffset: 0 }]
  const warm = { groupId: 'warm', topics: [{ topicId: '$t', partitions }] }
  await twin.ask('a', FindCoordinator, 2, { key: 'team', keyType: 0 })
  const groups = ['team', 'strict', 'classic', 'placed', 'gone'].map((groupId) => ({ groupId, topics: null }))
  const isLoading = async () => {
    const state = (await twin.ask('a', InitializeShareGroupState, 0, warm)).theirs.results[0].partitions[0]
    const { theirs } = await twin.ask('a', DescribeShareGroupOffsets, 1, { groups })
    return [state, ...theirs.groups].some(({ errorCode }) => errorCode !== Errors.NONE)
  }
  while (await isLoading()) await new Promise((resolve) => setTimeout(resolve, 100))
}, 120_000)
afterAll(() => twin?.close())

const initialize = (groupId: string, topic: string, startOffset = 0, stateEpoch = 0, partition = 0) =>
  twin.same('a', InitializeShareGroupState, 0, {
    groupId,
    topics: [{ topicId: `$${topic}`, partitions: [{ partition, stateEpoch, startOffset }] }],
  })

const readState = (groupId: string, topic: string, leaderEpoch = 0, blur?: (answer: Plain) => Plain) =>
  twin.same(
    'a',
    ReadShareGroupState,
    0,
    { groupId, topics: [{ topicId: `$${topic}`, partitions: [{ partition: 0, leaderEpoch }] }] },
    blur,
  )

/** Apache's coordinator does not always make one of neighbours that are alike. */
function merged(ranges: Plain[]): Plain[] {
  const result: Plain[] = []
  for (const range of ranges) {
    const last = result.at(-1)
    const { firstOffset, lastOffset, ...rest } = range
    const isSame = last && last.lastOffset + 1 === firstOffset && Object.entries(rest).every(([k, v]) => last[k] === v)
    if (isSame) last.lastOffset = lastOffset
    else result.push({ ...range })
  }
  return result
}
const mergedState = ({ results: [topic] }: Plain): Plain => merged(topic.partitions[0].stateBatches)

const summary = (groupId: string, topic: string, version = 1) =>
  twin.same('a', ReadShareGroupStateSummary, version, {
    groupId,
    topics: [{ topicId: `$${topic}`, partitions: [{ partition: 0, leaderEpoch: 0 }] }],
  })

const writeState = (groupId: string, topic: string, fields: object, version = 1) =>
  twin.same('a', WriteShareGroupState, version, {
    groupId,
    topics: [
      {
        topicId: `$${topic}`,
        partitions: [
          { partition: 0, stateEpoch: 0, leaderEpoch: 0, startOffset: -1, stateBatches: [], ...fields } as never,
        ],
      },
    ],
  })

/** Appends batches of so many records each. */
async function produce(topic: string, ...sizes: number[]): Promise<void> {
  for (const size of sizes) {
    const records = Array.from({ length: size }, (_, i) => ({
      key: null,
      value: Buffer.from(`v${i}`),
      timestamp: 1_700_000_000_000,
    }))
    await twin.same('p', Produce, 11, {
      transactionalId: null,
      acks: -1,
      timeoutMs: 10_000,
      topicData: [{ name: topic, partitionData: [{ index: 0, records: encodeBatch(records) }] }],
    })
  }
}

type Acknowledgements = readonly [first: number, last: number, ...types: number[]][]

/** Timestamps and epochs aside, records are told by the first offsets of their batches. */
const withoutBytes = (answer: Plain): Plain => {
  if (!answer?.responses) return answer
  const strip = (row: Plain) => ({ ...row, records: row.records ? basesOf(row.records) : null })
  return {
    ...answer,
    nodeEndpoints: answer.nodeEndpoints.map(({ host, port, ...rest }: Plain) => rest),
    responses: answer.responses.map((topic: Plain) => ({ ...topic, partitions: topic.partitions.map(strip) })),
  }
}
const basesOf = (text: string): number[] => {
  const bytes = Buffer.from(text.replace(/^bytes:/, ''), 'latin1')
  return Array.from(batchPositions(bytes), (at) => baseOffset(bytes, at))
}

class Member {
  private epoch = 0

  constructor(
    readonly name: string,
    private readonly groupId: string,
    private readonly topic: string,
  ) {}

  private topics(acknowledgements: Acknowledgements, mention = true, partitions = [0]) {
    const acknowledgementBatches = acknowledgements.map(([firstOffset, lastOffset, ...acknowledgeTypes]) => ({
      ...{ firstOffset, lastOffset, acknowledgeTypes },
    }))
    if (!mention && acknowledgements.length === 0) return []
    const rows = partitions.map((partitionIndex) => ({ partitionIndex, acknowledgementBatches }))
    return [{ topicId: `$${this.topic}`, partitions: rows }]
  }

  /** A ShareFetch that opens a session. */
  request(options: Plain = {}): RequestInput<typeof ShareFetch> {
    const { version = 2, acknowledgements = [], epoch = 0, partitions, ...fields } = options
    return {
      groupId: this.groupId,
      memberId: this.name.padEnd(22, '_'),
      shareSessionEpoch: epoch,
      ...{ maxWaitMs: 500, minBytes: 1, maxBytes: 1_000_000, maxRecords: 500, batchSize: 500 },
      ...(version >= 2 ? { shareAcquireMode: 0, isRenewAck: false } : {}),
      topics: this.topics(acknowledgements, epoch === 0 || options.mention, partitions),
      forgottenTopicsData: [],
      ...fields,
    }
  }

  async fetch(options: Plain = {}): Promise<Plain> {
    const { version = 2, epoch = this.epoch } = options
    const request = this.request({ ...options, epoch })
    const answer = await twin.same(this.name, ShareFetch, version, request, withoutBytes)
    if (answer.errorCode === 0 && epoch !== FINAL) this.epoch = epoch + 1
    return answer
  }

  async acknowledge(acknowledgements: Acknowledgements, options: Plain = {}): Promise<Plain> {
    const { version = 2, epoch = this.epoch, ...fields } = options
    const answer = await twin.same(
      this.name,
      ShareAcknowledge,
      version,
      {
        groupId: this.groupId,
        memberId: this.name.padEnd(22, '_'),
        shareSessionEpoch: epoch,
        ...(version >= 2 ? { isRenewAck: false } : {}),
        topics: this.topics(acknowledgements),
        ...fields,
      },
      withoutBytes,
    )
    if (answer.errorCode === 0 && epoch !== FINAL) this.epoch = epoch + 1
    return answer
  }

  /** First offset, last offset and delivery count of what was acquired. */
  async take(options: Plain = {}): Promise<number[][]> {
    const { responses } = await this.fetch(options)
    return responses.flatMap(({ partitions }: Plain) =>
      partitions.flatMap(({ acquiredRecords }: Plain) =>
        acquiredRecords.map((one: Plain) => [one.firstOffset, one.lastOffset, one.deliveryCount]),
      ),
    )
  }
}

const set = (group: string, configs: Record<string, string>) =>
  twin.same('a', IncrementalAlterConfigs, 1, {
    resources: [
      {
        resourceType: GROUP_RESOURCE,
        resourceName: group,
        configs: Object.entries(configs).map(([name, value]) => ({ name, configOperation: 0, value })),
      },
    ],
    validateOnly: false,
  })

const GAP = 0
const ACCEPT = 1
const RELEASE = 2
const REJECT = 3
const RENEW = 4

describe.skipIf(missing)('the share coordinator', () => {
  it('is found by the key of a share partition', async () => {
    const blur = ({ coordinators }: Plain) =>
      coordinators.map(({ nodeId, errorCode }: Plain) => ({ nodeId, errorCode }))
    for (const key of [KEY, 'g', 'g:x:0', KEY.slice(1), `a:${KEY}`])
      for (const version of [5, 6])
        await twin.same('a', FindCoordinator, version, { keyType: 2, coordinatorKeys: [key] }, blur)
  })

  it('keeps what leaders tell of share partitions', async () => {
    await readState('g', 't')
    await summary('g', 't')
    await writeState('g', 't', { startOffset: 3 })
    await initialize('g', 't', 5)
    await summary('g', 't')
    await readState('g', 't')
    const batch = (firstOffset: number, lastOffset: number, deliveryState: number, deliveryCount: number) => ({
      ...{ firstOffset, lastOffset, deliveryState, deliveryCount },
    })
    await writeState('g', 't', { startOffset: 5, deliveryCompleteCount: 2, stateBatches: [batch(5, 9, 0, 1)] })
    await readState('g', 't')
    await writeState('g', 't', { startOffset: 5, stateBatches: [batch(7, 8, 2, 2), batch(12, 14, 4, 1)] })
    await readState('g', 't')
    await writeState('g', 't', { startOffset: -1, stateBatches: [batch(3, 20, 0, 1)] }, 0)
    await readState('g', 't', 2)
    await summary('g', 't')
    await summary('g', 't', 0)
    await readState('g', 't', 1)
    await readState('g', 't', -1)
    await writeState('g', 't', { leaderEpoch: 1 })
    await writeState('g', 't', { leaderEpoch: 2, startOffset: 8, stateBatches: [batch(8, 9, 2, 2)] })
    await readState('g', 't', 2)
    await initialize('g', 't', -1, 3)
    await readState('g', 't', 2)
    await writeState('g', 't', { leaderEpoch: 2, stateEpoch: 2 })
    await initialize('g', 't', 0, 2)
    await summary('g', 't')
  })

  it("stays where a group is when a request comes late, which takes Apache's back", async () => {
    const of = (fields: object) => ({
      groupId: 'forward',
      topics: [{ topicId: '$t', partitions: [{ partition: 0, stateEpoch: 0, leaderEpoch: 0, ...fields } as never] }],
    })
    const starts = async () => {
      const { ours, theirs } = await twin.ask('a', ReadShareGroupState, 0, of({}))
      return [ours, theirs].map(({ results }) => results[0].partitions[0].startOffset)
    }
    await initialize('forward', 't', 5)
    await writeState('forward', 't', { startOffset: 8 })
    await twin.ask('a', WriteShareGroupState, 1, of({ startOffset: 6, stateBatches: [] }))
    expect(await starts()).toEqual([8, 6])
    await twin.ask('a', InitializeShareGroupState, 0, of({ startOffset: -1 }))
    expect(await starts()).toEqual([8, -1])
  })

  it('forgets them, and refuses what cannot be', async () => {
    const forget = (groupId: string, partition = 0) =>
      twin.same('a', DeleteShareGroupState, 0, { groupId, topics: [{ topicId: '$t', partitions: [{ partition }] }] })
    await initialize('h', 't', 5)
    await forget('h')
    await readState('h', 't')
    await forget('h')
    await forget('')
    await forget('h', 7)
    await initialize('h', 't', 5, 0, 7)
    await initialize('h', 't', 5, 0, -1)
    await initialize('', 't', 5)
    await twin.same('a', ReadShareGroupState, 0, { groupId: 'h', topics: [] })
    await twin.same('a', ReadShareGroupState, 0, { groupId: 'h', topics: [{ topicId: '$t', partitions: [] }] })
    const nowhere = { topicId: NOWHERE, partitions: [{ partition: 0, leaderEpoch: 0 }] }
    await twin.same('a', ReadShareGroupState, 0, { groupId: 'h', topics: [nowhere] })
    await twin.same('a', ReadShareGroupStateSummary, 1, { groupId: 'h', topics: [nowhere] })
  })
})

describe.skipIf(missing)('the leader of a partition', () => {
  it('gives each record to one member, and again when it is given back', async () => {
    await produce('t', 5, 5)
    await initialize('work', 't')
    const one = new Member('one', 'work', 't')
    const two = new Member('two', 'work', 't')
    expect(await one.take()).toEqual([[0, 9, 1]])
    expect(await two.take()).toEqual([])
    await one.acknowledge([
      [0, 2, ACCEPT],
      [3, 5, RELEASE, REJECT, RELEASE],
    ])
    await readState('work', 't', -1)
    expect(await two.take()).toEqual([
      [3, 3, 2],
      [5, 5, 2],
    ])
    await two.acknowledge([[3, 3, ACCEPT]])
    await one.fetch({ acknowledgements: [[6, 9, ACCEPT]], maxWaitMs: 100 })
    await summary('work', 't')
    await readState('work', 't', -1)
    await two.acknowledge([[5, 5, GAP]])
    await produce('t', 1)
    expect(await two.take()).toEqual([[10, 10, 1]])
    await two.acknowledge([], { epoch: FINAL })
    expect(await one.take()).toEqual([[10, 10, 2]])
    await readState('work', 't', -1)
    await one.fetch({ epoch: FINAL, acknowledgements: [[10, 10, ACCEPT]] })
    await summary('work', 't')
  })

  it('refuses what a member has no right to say', async () => {
    await produce('bad', 10)
    await initialize('bad', 'bad')
    const one = new Member('one', 'bad', 'bad')
    const two = new Member('two', 'bad', 'bad')
    await one.acknowledge([[0, 0, ACCEPT]])
    await one.fetch({ acknowledgements: [[0, 0, ACCEPT]] })
    await one.fetch()
    await two.fetch({ maxWaitMs: 500 })
    await two.acknowledge([[0, 9, ACCEPT]])
    await two.acknowledge([[0, 3, ACCEPT]])
    await one.acknowledge([[0, 10, ACCEPT]])
    await one.acknowledge([[10, 11, ACCEPT]])
    await one.acknowledge([[3, 2, ACCEPT]])
    await one.acknowledge([[0, 2, ACCEPT, ACCEPT]])
    await one.acknowledge([[0, 2]])
    await one.acknowledge([[0, 2, 5]])
    await one.acknowledge([[0, 2, RENEW]])
    await one.acknowledge([[0, 2, RENEW]], { version: 1 })
    await one.acknowledge([
      [4, 5, ACCEPT],
      [1, 2, ACCEPT],
    ])
    await one.acknowledge([
      [0, 1, ACCEPT],
      [1, 2, ACCEPT],
    ])
    await one.acknowledge([
      [0, 1, ACCEPT],
      [12, 13, ACCEPT],
    ])
    await one.acknowledge([[0, 1, ACCEPT]])
    await one.acknowledge([[0, 1, ACCEPT]])
    await one.acknowledge([[1, 2, ACCEPT]])
    await one.acknowledge([], {
      topics: [{ topicId: NOWHERE, partitions: [{ partitionIndex: 0, acknowledgementBatches: [] }] }],
    })
    await one.acknowledge([[2, 2, ACCEPT]], { epoch: 99 })
    await one.acknowledge([[2, 2, ACCEPT]], { epoch: 0 })
    await one.fetch({ epoch: 99 })
    await one.fetch({ memberId: '' })
    await one.fetch({ memberId: null })
    await one.fetch({ groupId: null })
    await one.fetch({ memberId: 'x'.repeat(37) })
    await one.acknowledge([], { groupId: null })
    await one.acknowledge([], { memberId: '' })
    const nobody = new Member('nobody', 'bad', 'bad')
    await nobody.fetch({ epoch: FINAL })
    await nobody.acknowledge([], { epoch: FINAL })
    await nobody.fetch({ epoch: 3 })
    // What was never initialized cannot be read.
    const stranger = new Member('stranger', 'strange', 'bad')
    await stranger.fetch({ maxWaitMs: 1000 })
    // Of a topic that is not there Apache's broker says that it failed itself.
    const gone = [{ topicId: NOWHERE, partitions: [{ partitionIndex: 0, acknowledgementBatches: [] }] }]
    const opening = { ...stranger.request(), topics: gone }
    const { ours, theirs } = await twin.ask('stranger', ShareFetch, 2, opening)
    expect(theirs.errorCode).toBe(Errors.UNKNOWN_SERVER_ERROR)
    expect(ours.responses[0].partitions[0].errorCode).toBe(Errors.UNKNOWN_TOPIC_ID)
    await stranger.fetch({ epoch: 0, partitions: [7], maxWaitMs: 500 })
  })

  it('delivers a record so often and no more, and ever fewer at once', async () => {
    await produce('limits', 8)
    await initialize('limits', 'limits')
    const one = new Member('one', 'limits', 'limits')
    for (let round = 0; round < 30; round++) {
      const taken = await one.take({ maxWaitMs: 50 })
      if (taken.length === 0) break
      await one.acknowledge(taken.map(([first, last]) => [first as number, last as number, RELEASE]))
    }
    await readState('limits', 'limits', -1)
    await summary('limits', 'limits')
  }, 30_000)

  it('gives no more than was asked for when that is wanted', async () => {
    await produce('strict', 4, 4, 4)
    await initialize('strict', 'strict')
    const one = new Member('one', 'strict', 'strict')
    const two = new Member('two', 'strict', 'strict')
    const strict = { shareAcquireMode: 1 }
    expect(await one.take({ ...strict, maxRecords: 2 })).toEqual([[0, 1, 1]])
    await two.take({ ...strict, maxRecords: 5 })
    await two.take({ ...strict, maxRecords: 5 })
    await one.take({ maxRecords: 3 })
    await one.acknowledge([[0, 1, RELEASE]])
    await two.take({ ...strict, maxRecords: 1 })
    await two.take({ maxRecords: 1 })
    await initialize('lax', 'strict')
    const three = new Member('three', 'lax', 'strict')
    await three.take({ maxRecords: 2 })
    await three.take({ maxRecords: 500, batchSize: 3 })
    await three.take({ maxRecords: 0 })
    await three.take({ maxBytes: 0, minBytes: 0 })
    await initialize('parts', 'strict')
    await new Member('four', 'parts', 'strict').take({ maxRecords: 500, batchSize: 3 })
    await initialize('bytes', 'strict')
    const five = new Member('five', 'bytes', 'strict')
    await five.take({ maxBytes: 1 })
    await five.take({ maxBytes: 1 })
    await five.fetch({ epoch: 1, version: 1 })
  })

  it('takes back what was kept for too long, unless that is renewed', async () => {
    await produce('locks', 4)
    await set('locks', { 'share.record.lock.duration.ms': '1000' })
    await initialize('locks', 'locks')
    const one = new Member('one', 'locks', 'locks')
    const two = new Member('two', 'locks', 'locks')
    await one.take()
    await one.acknowledge([[0, 0, ACCEPT]])
    await two.take({ maxWaitMs: 500 })
    // At Apache's broker the locks of one batch end one after the other.
    await new Promise((resolve) => setTimeout(resolve, 1200))
    expect(await two.take()).toEqual([[1, 3, 2]])
    await one.acknowledge([[1, 1, ACCEPT]])
    for (let i = 0; i < 3; i++) {
      await new Promise((resolve) => setTimeout(resolve, 500))
      await two.acknowledge([[1, 3, RENEW]], { isRenewAck: true })
    }
    await two.acknowledge([[1, 3, ACCEPT]])
    await readState('locks', 'locks', -1)
    await two.fetch({ isRenewAck: true })
    await set('locks', { 'share.renew.acknowledge.enable': 'false' })
    await produce('locks', 1)
    await two.take()
    await two.acknowledge([[4, 4, RENEW]], { isRenewAck: true })
    await two.fetch({
      isRenewAck: true,
      acknowledgements: [[4, 4, ACCEPT]],
      maxBytes: 0,
      minBytes: 0,
      maxRecords: 0,
      maxWaitMs: 0,
    })
  }, 30_000)

  it('gives to others what a member had whose connection is gone', async () => {
    await produce('lost', 3, 3)
    await initialize('lost', 'lost')
    const one = new Member('loser', 'lost', 'lost')
    const two = new Member('finder', 'lost', 'lost')
    await one.take()
    await one.acknowledge([[1, 1, ACCEPT]])
    await two.fetch({ maxWaitMs: 500 })
    twin.drop('loser')
    expect(await two.take({ maxWaitMs: 5000 })).toEqual([
      [0, 0, 2],
      [2, 5, 2],
    ])
    await two.acknowledge([[4, 4, ACCEPT]])
    twin.drop('finder')
    // Everybody is gone: whoever comes next begins with what was written down.
    await new Promise((resolve) => setTimeout(resolve, 300))
    const three = new Member('three', 'lost', 'lost')
    const { ours, theirs } = await twin.ask('three', ShareFetch, 2, three.request())
    const acquired = ({ responses }: Plain) => merged(responses[0].partitions[0].acquiredRecords)
    expect(acquired(ours)).toEqual(acquired(theirs))
    expect(acquired(ours)[0]).toEqual({ firstOffset: 0, lastOffset: 0, deliveryCount: 3 })
    await readState('lost', 'lost', -1, mergedState)
  }, 30_000)

  it('begins where the log begins', async () => {
    await produce('cut', 5, 5)
    await initialize('cut', 'cut')
    await initialize('late', 'cut')
    const one = new Member('one', 'cut', 'cut')
    await one.take()
    await one.acknowledge([[2, 2, RELEASE]])
    await twin.same('a', DeleteRecords, 2, {
      topics: [{ name: 'cut', partitions: [{ partitionIndex: 0, offset: 7 }] }],
      timeoutMs: 5000,
    })
    const late = new Member('late', 'late', 'cut')
    await late.fetch({ maxWaitMs: 500 })
    await late.take()
    await one.fetch({ maxWaitMs: 500 })
    await one.acknowledge([[0, 9, ACCEPT]])
    await readState('cut', 'cut', -1)
    await summary('cut', 'cut')
  })

  it('begins where the group says', async () => {
    await produce('latest', 3)
    for (const [group, reset] of [
      ['latest', 'latest'],
      ['earliest', 'earliest'],
      ['recent', 'by_duration:PT1H'],
    ] as const) {
      await set(group, { 'share.auto.offset.reset': reset })
      await initialize(group, 'latest', -1)
      await new Member(`m-${group}`, group, 'latest').fetch({ maxWaitMs: 500 })
    }
    await produce('latest', 1)
    for (const group of ['latest', 'recent']) {
      const member = new Member(`n-${group}`, group, 'latest')
      await member.fetch({ maxWaitMs: 500 })
    }
    await summary('latest', 'latest')
  })

  it('waits for records', async () => {
    await initialize('wait', 'many')
    const one = new Member('one', 'wait', 'many')
    await one.fetch({ maxWaitMs: 500 })
    const waiting = one.take({ maxWaitMs: 10_000 })
    await produce('many', 2)
    expect(await waiting).toEqual([[0, 1, 1]])
    const more = one.take({ maxWaitMs: 10_000, minBytes: 300 })
    await produce('many', 2, 2, 2, 2)
    await more
    await initialize('both', 'two')
    await initialize('both', 'two', 0, 0, 1)
    const both = new Member('both', 'both', 'two')
    await both.fetch({ partitions: [0, 1], maxWaitMs: 500 })
    await produce('two', 2)
    await both.take()
  })
})

/** One heartbeat of a member; what it does not say is left out. */
const heartbeat = (
  name: string,
  groupId: string,
  memberEpoch: number,
  fields: Plain = {},
  blur?: (answer: Plain) => Plain,
) =>
  twin.same(
    name,
    ShareGroupHeartbeat,
    1,
    {
      ...{ groupId, memberId: name.padEnd(22, '_'), memberEpoch, rackId: null },
      ...{ subscribedTopicNames: memberEpoch === 0 ? ['t'] : null, ...fields },
    },
    blur,
  )
/** Ours has a member come back soon for its first partitions, Apache's when it would in any case. */
const someTime = ({ heartbeatIntervalMs, ...rest }: Plain): Plain => ({ ...rest, comesBack: heartbeatIntervalMs > 0 })

const describeGroup = (...groupIds: string[]) =>
  twin.same('a', ShareGroupDescribe, 1, { groupIds, includeAuthorizedOperations: true })

const offsetsOf = (groupId: string, topicNames: string[] | null, version = 1, partitions = [0]) =>
  twin.same('a', DescribeShareGroupOffsets, version, {
    groups: [{ groupId, topics: topicNames?.map((topicName) => ({ topicName, partitions })) ?? null }],
  })

const alter = (groupId: string, topicName: string, startOffset: number, ...partitions: number[]) =>
  twin.same('a', AlterShareGroupOffsets, 0, {
    groupId,
    topics: [{ topicName, partitions: partitions.map((partitionIndex) => ({ partitionIndex, startOffset })) }],
  })

const forget = (groupId: string, ...topicNames: string[]) =>
  twin.same('a', DeleteShareGroupOffsets, 0, { groupId, topics: topicNames.map((topicName) => ({ topicName })) })

/** Waits until the share coordinators keep the group's state of so many topics. */
async function initialized(groupId: string, count: number): Promise<void> {
  for (;;) {
    const { ours, theirs } = await twin.ask('a', DescribeShareGroupOffsets, 1, { groups: [{ groupId, topics: null }] })
    if (ours.groups[0].topics.length === count && theirs.groups[0].topics.length === count) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

describe.skipIf(missing)('a share group', () => {
  it('gives its members partitions, and each of them epochs', async () => {
    await heartbeat('m1', 'team', 0, {}, someTime)
    await initialized('team', 1)
    await describeGroup('team')
    const { memberEpoch, assignment } = await heartbeat('m1', 'team', 2)
    expect([memberEpoch, assignment.topicPartitions]).toEqual([3, [{ topicId: '$t', partitions: [0] }]])
    await heartbeat('m1', 'team', 3)
    await heartbeat('m1', 'team', 2)
    await heartbeat('m1', 'team', 3, { subscribedTopicNames: ['t'] })
    await heartbeat('m1', 'team', 3, { rackId: 'here' })
    await heartbeat('m2', 'team', 0, { subscribedTopicNames: ['t', 'two', 'nowhere'] })
    await initialized('team', 2)
    await heartbeat('m1', 'team', 3)
    await heartbeat('m2', 'team', 4)
    await heartbeat('m1', 'team', 5)
    await heartbeat('m2', 'team', 5)
    await describeGroup('team', 'nobody', '')
    await heartbeat('m2', 'team', -1)
    await heartbeat('m2', 'team', 5)
    await heartbeat('m1', 'team', 5)
    await heartbeat('m1', 'team', 6)
    await heartbeat('m1', 'team', 6, { subscribedTopicNames: ['two'] })
    await describeGroup('team')
  })

  it('refuses what members cannot say', async () => {
    await heartbeat('m1', 'strict', 1)
    await heartbeat('m1', 'strict', 0, { subscribedTopicNames: [] })
    await heartbeat('m1', 'strict', 0, { subscribedTopicNames: null })
    await heartbeat('m1', 'strict', -2)
    await heartbeat('m1', 'strict', -1)
    await heartbeat('m1', 'strict', 0, { memberId: '' })
    await heartbeat('m1', 'strict', 0, { memberId: 'x'.repeat(37) })
    await heartbeat('m1', '', 0)
    await heartbeat('m1', 'strict', 0, { rackId: '' })
    await heartbeat('m1', 'team', 99)
    await heartbeat('stranger', 'team', 1)
    await heartbeat('stranger', 'team', -1)
  })

  it('is no group of another kind', async () => {
    const topics = [{ name: 't', partitions: [{ partitionIndex: 0, committedOffset: 3, committedMetadata: '' }] }]
    const committed = { groupId: 'classic', generationIdOrMemberEpoch: -1, memberId: '', topics }
    await twin.same('a', OffsetCommit, 8, committed)
    await heartbeat('m1', 'classic', 0)
    await describeGroup('classic')
    await alter('classic', 't', 0, 0)
    await forget('classic', 't')
    await twin.same('a', OffsetCommit, 8, { ...committed, groupId: 'team' })
    const fetched = {
      groups: [{ groupId: 'team', memberId: null, memberEpoch: -1, topics: null }],
      requireStable: false,
    }
    await twin.same('a', OffsetFetch, 9, fetched)
    const partitions = [{ partitionIndex: 0 }]
    await twin.same('a', OffsetDelete, 0, { groupId: 'team', topics: [{ name: 't', partitions }] })
    await twin.same('a', DescribeGroups, 6, { groups: ['team'], includeAuthorizedOperations: false })
    await twin.same('joiner', JoinGroup, 9, {
      ...{ groupId: 'team', memberId: '', groupInstanceId: null, sessionTimeoutMs: 30_000, rebalanceTimeoutMs: 30_000 },
      ...{ protocolType: 'consumer', protocols: [{ name: 'range', metadata: Buffer.alloc(0) }] },
    })
    for (const typesFilter of [['share'], ['classic', 'share'], []])
      await twin.same('a', ListGroups, 5, { statesFilter: [], typesFilter }, ({ groups }) =>
        groups.filter(({ groupId }: Plain) => ['team', 'classic'].includes(groupId)),
      )
    await twin.same('a', ListGroups, 5, { statesFilter: ['stable'], typesFilter: [] })
  })

  it('is set where administrators want it, when it has no members', async () => {
    await produce('many', 3)
    await offsetsOf('team', null)
    await offsetsOf('team', ['t', 'two', 'nowhere'], 0)
    await offsetsOf('nobody', null)
    await offsetsOf('nobody', ['t'])
    await alter('team', 't', 1, 0)
    await forget('team', 't')
    await twin.same('a', DeleteGroups, 2, { groupsNames: ['team', 'nobody'] })
    await alter('placed', 'many', 1, 0, 7)
    await alter('placed', 'nowhere', 1, 0)
    await initialized('placed', 1)
    await offsetsOf('placed', null)
    await describeGroup('placed')
    const one = new Member('placed', 'placed', 'many')
    await one.take()
    await one.acknowledge([], { epoch: FINAL })
    await offsetsOf('placed', null)
    await alter('placed', 'many', 2, 0)
    await offsetsOf('placed', null)
    await forget('placed', 'many', 'nowhere', 't')
    await offsetsOf('placed', null)
    await offsetsOf('placed', ['many'])
    await forget('placed', 'many')
    await alter('placed', 'many', 0, 0)
    await twin.same('a', DeleteGroups, 2, { groupsNames: ['placed'] })
    await describeGroup('placed')
    await readState('placed', 'many')
    await alter('', 't', 0, 0)
    await forget('', 't')
    await offsetsOf('', null)
  })

  it('forgets topics that are gone', async () => {
    await alter('gone', 'lost', 1, 0)
    await alter('gone', 'locks', 1, 0)
    await initialized('gone', 2)
    await twin.same('a', DeleteTopics, 6, { topics: [{ name: 'lost' }], timeoutMs: 10_000 })
    // Whoever asks before Apache's coordinators know that the topic is gone gets no answer.
    const partitions = [{ partition: 0, leaderEpoch: 0 }]
    const asked = { groupId: 'gone', topics: [{ topicId: '$lost', partitions }] }
    const known = async () => {
      const { ours, theirs } = await twin.ask('a', ReadShareGroupStateSummary, 1, asked)
      return [ours, theirs].map(({ results: [topic] }) => topic.partitions[0].errorCode)
    }
    await expect.poll(known).toEqual([Errors.UNKNOWN_TOPIC_OR_PARTITION, Errors.UNKNOWN_TOPIC_OR_PARTITION])
    await initialized('gone', 1)
    await offsetsOf('gone', null)
    await forget('gone', 'lost')
  })

  it('sees no record of a transaction that was aborted, when it reads committed ones', async () => {
    await set('committed', { 'share.isolation.level': 'read_committed' })
    await initialize('committed', 'aborted')
    await initialize('all', 'aborted')
    const member = new Member('reader', 'committed', 'aborted')
    await member.fetch()
    await twin.ask('p', FindCoordinator, 2, { key: 'tx0', keyType: 1 })
    const begin = (transactionalId: string) =>
      twin.ask('p', InitProducerId, 5, { transactionalId, transactionTimeoutMs: 60_000 })
    const isLoading = async (id: string) => (await begin(id)).theirs.errorCode !== Errors.NONE
    for (const id of ['warm0', 'warm1', 'warm2', 'tx0', 'tx1', 'tx2'])
      while (await isLoading(id)) await new Promise((resolve) => setTimeout(resolve, 100))
    const taken: number[][] = []
    for (const [at, commits] of [true, false, true].entries()) {
      const transactionalId = `tx${at}`
      const { theirs } = await begin(transactionalId)
      const { producerId, producerEpoch } = theirs
      const records = [1, 2].map((i) => ({ key: null, value: Buffer.from(`v${i}`), timestamp: 1_700_000_000_000 }))
      const bytes = encodeBatch(records, { producerId, producerEpoch, baseSequence: 0, transactional: true })
      const topicData = [{ name: 'aborted', partitionData: [{ index: 0, records: bytes }] }]
      await twin.same('p', Produce, 12, { transactionalId, acks: -1, timeoutMs: 10_000, topicData })
      taken.push(...(await member.take({ maxWaitMs: 100 })))
      await twin.ask('p', EndTxn, 4, { transactionalId, producerId, producerEpoch, committed: commits })
      const partitions = [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp: -1 }]
      const latest = { replicaId: -1, isolationLevel: 1, topics: [{ name: 'aborted', partitions }] }
      const ends = async () => {
        const { ours, theirs } = await twin.ask('p', ListOffsets, 7, latest)
        return [ours, theirs].map(({ topics: [topic] }) => topic.partitions[0].offset)
      }
      await expect.poll(ends, { timeout: 10_000 }).toEqual([3 * at + 3, 3 * at + 3])
    }
    await new Member('all', 'all', 'aborted').take()
    taken.push(...(await member.take()))
    // Those of the second transaction are 3 and 4.
    const offsets = taken.flatMap(([first = 0, last = 0]) =>
      Array.from({ length: last - first + 1 }, (_, at) => first + at),
    )
    expect(offsets).toEqual([0, 1, 2, 5, 6, 7, 8])
    await member.acknowledge(taken.map(([first, last]) => [first as number, last as number, ACCEPT]))
    await readState('committed', 'aborted', -1, mergedState)
    await summary('committed', 'aborted')
  })
})
