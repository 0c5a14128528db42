import { beforeAll, beforeEach, expect, test } from 'vitest'
import { Consumer } from '../../../src/client/consumer/consumer.ts'
import { loadModern } from '../../../src/client/consumer/group.ts'
import type { ClientProperties, RebalanceListener, TopicPartition } from '../../../src/client/types.ts'
import {
  ConsumerGroupHeartbeat,
  Fetch,
  FindCoordinator,
  ListOffsets,
  OffsetCommit,
  OffsetFetch,
} from '../../../src/protocol/apis/index.ts'
import { type ErrorName, Errors } from '../../../src/protocol/errors.ts'
import type { RequestOf, ResponseInput } from '../../../src/protocol/schema/index.ts'
import { FakeCluster, topicId } from '../../support/fake-cluster.ts'
import { staticallyReached } from '../../support/static-imports.ts'

/** A member with `group.protocol=consumer` and a coordinator that says what the test has it say; the clock is moved by hand. */
type Beat = RequestOf<typeof ConsumerGroupHeartbeat>
type Answer = Partial<ResponseInput<typeof ConsumerGroupHeartbeat>> | ErrorName | 'close' | undefined

let cluster: FakeCluster
let beats: Beat[]
/** The coordinator's answers; when they are used up it has nothing new to say. */
let answers: Answer[]
let commits: RequestOf<typeof OffsetCommit>[]
let commitErrors: ErrorName[]
let offsetErrors: ErrorName[]
let offsetFetches: RequestOf<typeof OffsetFetch>[]
/** What the listener was told, and what happened beside it. */
let told: string[]
const INTERVAL = 5000

// That takes real time, and the clock of these tests stands still.
beforeAll(async () => void (await loadModern()))
beforeEach(() => {
  cluster = new FakeCluster(1)
  cluster.topics.set('t', 4)
  beats = []
  answers = []
  commits = []
  commitErrors = []
  offsetErrors = []
  offsetFetches = []
  told = []
  const { broker } = cluster
  broker.on(FindCoordinator, (request) => ({
    coordinators: request.coordinatorKeys.map((key) => ({ key, nodeId: 1, host: 'broker', port: 9092, errorCode: 0 })),
  }))
  broker.on(ConsumerGroupHeartbeat, (request) => {
    beats.push(request)
    const answer = answers.shift() ?? {}
    if (answer === 'close') return 'close'
    const base = { throttleTimeMs: 0, heartbeatIntervalMs: INTERVAL, memberEpoch: 0 }
    if (typeof answer === 'string')
      return { ...base, errorCode: Errors[answer], errorMessage: `a sentence about ${answer}` }
    return { ...base, errorCode: 0, memberEpoch: Math.max(1, request.memberEpoch), ...answer }
  })
  broker.on(Fetch, async (request) => {
    await cluster.clock.sleep(request.maxWaitMs)
    return { errorCode: 0, sessionId: 0, responses: [] }
  })
  broker.on(ListOffsets, ({ topics }) => ({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: 0, offset: 0, timestamp: -1 })),
    })),
  }))
  broker.on(OffsetFetch, (request) => {
    offsetFetches.push(request)
    const errorCode = Errors[offsetErrors.shift() ?? 'NONE']
    if (errorCode !== 0) return { groups: [{ groupId: 'g', topics: [], errorCode }] }
    const topics = (request.groups[0]?.topics ?? []).map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partitionIndex) => ({
        partitionIndex,
        committedOffset: 7,
        metadata: '',
        errorCode: 0,
      })),
    }))
    return { groups: [{ groupId: 'g', topics, errorCode: 0 }] }
  })
  broker.on(OffsetCommit, (request) => {
    commits.push(request)
    told.push(`commit at ${request.generationIdOrMemberEpoch}`)
    const errorCode = Errors[commitErrors.shift() ?? 'NONE']
    return {
      topics: request.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
      })),
    }
  })
})

const assigned = (...partitions: number[]) => ({
  assignment: { topicPartitions: partitions.length > 0 ? [{ topicId: topicId('t'), partitions }] : [] },
})
const words = (partitions: readonly TopicPartition[]) => partitions.map(({ partition }) => partition).join()
const listener: RebalanceListener = {
  onPartitionsAssigned: (partitions) => void told.push(`assigned ${words(partitions)}`),
  onPartitionsRevoked: (partitions) => void told.push(`revoked ${words(partitions)}`),
  onPartitionsLost: (partitions) => void told.push(`lost ${words(partitions)}`),
}

function member(properties: ClientProperties = {}): Consumer {
  const consumer = new Consumer(
    {
      'bootstrap.servers': 'broker:9092',
      'group.id': 'g',
      'group.protocol': 'consumer',
      'auto.offset.reset': 'earliest',
      'enable.auto.commit': false,
      ...properties,
    },
    cluster.runtime,
  )
  consumer.subscribe(['t'], listener)
  return consumer
}

const poll = (consumer: Consumer, ms = 100) => cluster.drive(consumer.poll(ms))

async function until(consumer: Consumer, condition: () => boolean): Promise<void> {
  for (let polls = 0; polls < 500 && !condition(); polls++) await poll(consumer)
  expect(condition()).toBe(true)
}

const owned = (beat: Beat | undefined) => beat?.topicPartitions?.flatMap(({ partitions }) => partitions)

/** A member with partitions 0 and 1 at epoch 1, whose coordinator has been told so. */
async function joined(properties: ClientProperties = {}): Promise<Consumer> {
  answers = [{ memberEpoch: 1, ...assigned(0, 1) }, {}]
  const consumer = member(properties)
  await until(consumer, () => beats.length >= 2)
  await poll(consumer)
  told.length = 0
  return consumer
}

test('joins with an id of its own and epoch 0, says all, and acknowledges what it took', async () => {
  await joined({ 'client.rack': 'r1', 'group.remote.assignor': 'range', 'max.poll.interval.ms': 60_000 })
  const [join, acknowledgement] = beats as [Beat, Beat]
  expect(join.memberId).toMatch(/^[\w-]{22}$/)
  expect(join).toEqual({
    ...{ groupId: 'g', memberId: join.memberId, memberEpoch: 0, instanceId: null, rackId: 'r1' },
    ...{ rebalanceTimeoutMs: 60_000, subscribedTopicNames: ['t'], subscribedTopicRegex: null },
    ...{ serverAssignor: 'range', topicPartitions: [] },
  })
  const nothing = { rackId: null, rebalanceTimeoutMs: -1, subscribedTopicNames: null, serverAssignor: null }
  expect(acknowledgement).toEqual({
    ...{ groupId: 'g', memberId: join.memberId, memberEpoch: 1, instanceId: null, subscribedTopicRegex: null },
    ...nothing,
    topicPartitions: [{ topicId: topicId('t'), partitions: [0, 1] }],
  })
})

test('heartbeats come at the interval that the coordinator names, and say nothing more', async () => {
  const consumer = await joined()
  const before = cluster.clock.monotonic()
  await until(consumer, () => beats.length >= 5)
  expect(cluster.clock.monotonic() - before).toBeGreaterThan(2.8 * INTERVAL)
  expect(cluster.clock.monotonic() - before).toBeLessThan(3.1 * INTERVAL)
  for (const { rebalanceTimeoutMs, subscribedTopicNames, topicPartitions } of beats.slice(2))
    expect([rebalanceTimeoutMs, subscribedTopicNames, topicPartitions]).toEqual([-1, null, null])
})

test('offsets are asked for and committed as by the member', async () => {
  const consumer = await joined()
  const { memberId } = beats[0] as Beat
  expect(offsetFetches[0]?.groups[0]).toMatchObject({ groupId: 'g', memberId, memberEpoch: 1 })
  await cluster.drive(consumer.commit())
  expect(commits[0]).toMatchObject({ memberId, generationIdOrMemberEpoch: 1 })
  expect(consumer.groupMetadata()).toMatchObject({ memberId, generationId: 1 })
})

test('gives up before it takes, commits what it gives up, and tells the coordinator when both are done', async () => {
  const consumer = await joined({ 'enable.auto.commit': true })
  answers = [{ memberEpoch: 2, ...assigned(1, 2) }]
  await until(consumer, () => beats.length >= 4)
  expect(told).toEqual(['commit at 2', 'revoked 0', 'assigned 2'])
  expect(owned(beats[3])).toEqual([1, 2])
  expect(words(consumer.assignment())).toBe('1,2')
})

test('a change of the subscription is said at once', async () => {
  const consumer = await joined()
  cluster.topics.set('u', 1)
  consumer.subscribe(['t', 'u'], listener)
  await poll(consumer)
  expect(beats[2]).toMatchObject({ memberEpoch: 1, subscribedTopicNames: ['t', 'u'], topicPartitions: null })
})

test.each(['FENCED_MEMBER_EPOCH', 'UNKNOWN_MEMBER_ID', 'GROUP_ID_NOT_FOUND'] as const)(
  '%s loses all, and joins anew',
  async (error) => {
    const consumer = await joined()
    answers = [error, { memberEpoch: 5, ...assigned(3) }]
    await until(consumer, () => beats.length >= 5)
    expect(beats[3]).toMatchObject({ memberId: beats[0]?.memberId, memberEpoch: 0, topicPartitions: [] })
    expect(beats[3]?.subscribedTopicNames).toEqual(['t'])
    expect(told).toEqual(['lost 0,1', 'assigned 3'])
  },
)

test('an answer that never came leaves all open: everything is said again', async () => {
  const consumer = await joined()
  answers = ['close']
  await until(consumer, () => beats.length >= 4)
  expect(beats[3]).toMatchObject({ memberEpoch: 1, rebalanceTimeoutMs: 300_000, subscribedTopicNames: ['t'] })
  expect(owned(beats[3])).toEqual([0, 1])
  expect(told).toEqual([])
})

test('a coordinator that has moved is looked up anew', async () => {
  const consumer = await joined()
  answers = ['NOT_COORDINATOR', 'COORDINATOR_LOAD_IN_PROGRESS']
  const before = cluster.broker.count('FindCoordinator')
  await until(consumer, () => beats.length >= 5)
  expect(cluster.broker.count('FindCoordinator')).toBe(before + 1)
  expect(beats[4]).toMatchObject({ memberEpoch: 1, subscribedTopicNames: ['t'] })
  expect(told).toEqual([])
})

test.each([
  'UNRELEASED_INSTANCE_ID',
  'UNSUPPORTED_ASSIGNOR',
  'INVALID_REGULAR_EXPRESSION',
  'GROUP_MAX_SIZE_REACHED',
  'GROUP_AUTHORIZATION_FAILED',
  'FENCED_INSTANCE_ID',
  'INVALID_REQUEST',
] as const)('%s ends the membership', async (error) => {
  answers = [error]
  const consumer = member()
  const message =
    error === 'GROUP_AUTHORIZATION_FAILED' ? 'Not authorized to access group: g' : `a sentence about ${error}`
  await expect(poll(consumer, 1000)).rejects.toMatchObject({ error, message })
  await poll(consumer, 20_000)
  expect(beats).toHaveLength(1)
  await cluster.drive(consumer.unsubscribe())
  consumer.subscribe(['t'], listener)
  await poll(consumer)
  expect(beats[1]?.memberEpoch).toBe(0)
})

test('topics that the member may not read are told of, and it stays', async () => {
  const consumer = await joined()
  answers = ['TOPIC_AUTHORIZATION_FAILED']
  await expect(poll(consumer, 20_000)).rejects.toMatchObject({ error: 'TOPIC_AUTHORIZATION_FAILED' })
  await until(consumer, () => beats.length >= 4)
  expect(beats[3]?.memberEpoch).toBe(1)
  expect(told).toEqual([])
})

test('a broker without the protocol, or with it switched off, is told of in a sentence', async () => {
  answers = ['UNSUPPORTED_VERSION']
  const sentence = /^The cluster does not support the new CONSUMER group protocol\. Set group\.protocol=classic/
  await expect(poll(member(), 1000)).rejects.toThrow(sentence)
})

test.each([
  [{}, -1],
  [{ 'group.instance.id': 'i' }, -2],
])('leaves when it is closed: %o', async (properties, epoch) => {
  const consumer = await joined(properties)
  await cluster.drive(consumer.close())
  expect(told).toEqual(['revoked 0,1'])
  expect(beats[2]).toMatchObject({ memberEpoch: epoch, instanceId: epoch === -2 ? 'i' : null, topicPartitions: null })
})

test('leaves even when it is told that it is in only while it is being closed', async () => {
  const consumer = member()
  const first = consumer.poll(1)
  await cluster.clock.advance(1)
  for (let ms = 0; beats.length < 1 && ms < 1000; ms++) await cluster.clock.advance(1)
  await cluster.drive(Promise.all([first, consumer.close()]))
  expect(beats.map(({ memberEpoch }) => memberEpoch)).toEqual([0, -1])
})

test('a member that is not polled leaves, and joins anew with the next poll', async () => {
  const consumer = await joined({ 'max.poll.interval.ms': 12_000 })
  await cluster.clock.advance(30_000)
  expect(beats.slice(2).map(({ memberEpoch }) => memberEpoch)).toEqual([1, 1, -1])
  expect(told).toEqual([])
  answers = [{ memberEpoch: 4, ...assigned(2) }]
  await until(consumer, () => beats.length >= 7)
  expect(beats[5]).toMatchObject({ memberEpoch: 0, topicPartitions: [] })
  expect(told).toEqual(['lost 0,1', 'assigned 2'])
})

test('a commit by an epoch that is no longer the newest is made again by the newest', async () => {
  const consumer = await joined()
  commitErrors = ['STALE_MEMBER_EPOCH', 'STALE_MEMBER_EPOCH']
  answers = [{ memberEpoch: 3 }]
  await cluster.drive(consumer.commit())
  expect(told[0]).toBe('commit at 1')
  expect(told.at(-1)).toBe('commit at 3')
})

test.each(['STALE_MEMBER_EPOCH', 'UNKNOWN_MEMBER_ID'] as const)(
  'offsets are asked for again after %s',
  async (error) => {
    offsetErrors = [error, error]
    const consumer = await joined()
    await until(consumer, () => offsetFetches.length === 3)
    expect(await cluster.drive(consumer.position({ topic: 't', partition: 0 }))).toBe(7)
  },
)

test('nothing is sent any more by a consumer that was closed before its coordinator answered', async () => {
  const consumer = await joined()
  cluster.broker.on(ConsumerGroupHeartbeat, (request) => {
    beats.push(request)
    return 'silence'
  })
  await until(consumer, () => beats.length === 3)
  await cluster.drive(consumer.close({ timeoutMs: 1000 }))
  await cluster.clock.advance(100_000)
  expect(beats).toHaveLength(3)
})

test('a commit of what the member no longer has is not made again', async () => {
  const consumer = await joined()
  commitErrors = ['STALE_MEMBER_EPOCH']
  const commit = consumer.commit([{ topic: 't', partition: 3, offset: 1 }])
  await expect(cluster.drive(commit)).rejects.toMatchObject({ error: 'STALE_MEMBER_EPOCH' })
  commitErrors = ['UNKNOWN_MEMBER_ID']
  await expect(cluster.drive(consumer.commit())).rejects.toMatchObject({ error: 'UNKNOWN_MEMBER_ID' })
  expect(commits).toHaveLength(2)
})

test('fenced while it gives up partitions, it loses all and takes nothing', async () => {
  const consumer = await joined({ 'enable.auto.commit': true })
  answers = [{ memberEpoch: 2, ...assigned(2) }, 'FENCED_MEMBER_EPOCH']
  commitErrors = Array<ErrorName>(200).fill('COORDINATOR_LOAD_IN_PROGRESS')
  const fenced = async () => {
    while (beats.length < 4) await cluster.clock.sleep(1)
    commitErrors = []
    answers = [{ memberEpoch: 9, ...assigned(3) }]
  }
  void fenced()
  await until(consumer, () => told.includes('assigned 3'))
  expect(told.filter((line) => !line.startsWith('commit'))).toEqual(['lost 0,1', 'assigned 3'])
})

test('a topic whose name is not known yet is taken when it is', async () => {
  answers = [
    {
      memberEpoch: 1,
      assignment: {
        topicPartitions: [...assigned(0).assignment.topicPartitions, { topicId: topicId('late'), partitions: [0] }],
      },
    },
  ]
  const consumer = member()
  consumer.subscribe(['t', 'late'], listener)
  await until(consumer, () => told.length >= 1)
  expect(told).toEqual(['assigned 0'])
  cluster.topics.set('late', 1)
  await until(consumer, () => told.length >= 2)
  expect(consumer.assignment()).toEqual([
    { topic: 't', partition: 0 },
    { topic: 'late', partition: 0 },
  ])
  expect(owned(beats.at(-1))).toEqual([0, 0])
})

test('a listener that throws ends the poll, and not the membership', async () => {
  answers = [{ memberEpoch: 1, ...assigned(0, 1) }]
  const consumer = member()
  consumer.subscribe(['t'], {
    onPartitionsAssigned: () => {
      throw new Error('not today')
    },
  })
  await expect(poll(consumer, 1000)).rejects.toThrow('not today')
  await poll(consumer)
  expect(words(consumer.assignment())).toBe('0,1')
  expect(owned(beats[1])).toEqual([0, 1])
})

test('nothing of it is loaded for the classic protocol', async () => {
  const reached = await staticallyReached('src/commands/console-consumer.ts')
  expect(reached).toContain('src/client/consumer/group.ts')
  expect(reached.filter((file) => file.startsWith('src/client/consumer/modern/'))).toEqual([])
})
