import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { CLUSTER_NAME } from '../../src/protocol/acl.ts'
import {
  ConsumerGroupDescribe,
  ConsumerGroupHeartbeat,
  CreateAcls,
  CreateDelegationToken,
  CreateTopics,
  DeleteAcls,
  DeleteGroups,
  DeleteTopics,
  DescribeAcls,
  DescribeDelegationToken,
  ListGroups,
  Metadata,
  OffsetCommit,
  OffsetDelete,
  OffsetFetch,
  StreamsGroupHeartbeat,
} from '../../src/protocol/apis/index.ts'
import { Errors } from '../../src/protocol/errors.ts'
import type { RequestInput } from '../../src/protocol/schema/index.ts'
import { apacheMissing } from '../support/apache.ts'
import type { Plain, Twin } from '../support/twin.ts'
import { startAuthorized } from './authorizer/cluster.ts'
import { joiningStreams, topology } from './authorizer/group-questions.ts'
import { questions, without } from './authorizer/requests.ts'
import { acl, type Creation, Rights } from './authorizer/rights.ts'

/** What users with rights change, and how ACLs are changed themselves, at Apache's broker and at ours. */
const missing = apacheMissing()
if (missing) console.warn(`the comparison of changes with an authorizer is skipped: ${missing}`)

const PATIENCE = { timeout: 20_000, interval: 20 }
const prefixed = { pattern: 'PREFIXED' } as const

/** Users with one right on what has a name that begins with their own. */
const owners = {
  creator: ['CREATE', 'TOPIC'],
  describer: ['DESCRIBE', 'TOPIC'],
  deleter: ['DELETE', 'TOPIC'],
  reader: ['READ', 'TOPIC'],
  'group-deleter': ['DELETE', 'GROUP'],
  'group-reader': ['READ', 'GROUP'],
} as const
const users = [...Object.keys(owners), 'stranger', 'cluster', 'member', 'requester', 'token-reader', 'token-owner']

let twin: Twin
let rights: Rights
beforeAll(async () => {
  if (missing) return
  twin = await startAuthorized(27_440, users, { 'auto.create.topics.enable': 'true' })
  rights = new Rights(twin)
  await rights.give(
    ...Object.entries(owners).map(([user, [operation, type]]) => acl(user, operation, type, user, prefixed)),
    acl('cluster', 'CREATE', 'CLUSTER', CLUSTER_NAME),
    acl('cluster', 'DESCRIBE', 'TOPIC', '*'),
    acl('creator', 'DESCRIBE_CONFIGS', 'TOPIC', 'creator-open', prefixed),
    acl('creator', 'DESCRIBE', 'TOPIC', 'creator-seen', prefixed),
    acl('group-deleter', 'READ', 'TOPIC', 'reader', prefixed),
    acl('member', 'READ', 'GROUP', '*'),
    acl('member', 'DESCRIBE', 'TOPIC', 'member', prefixed),
  )
}, 120_000)
afterAll(() => twin?.close())

const send = async (user: string, [question]: ReturnType<typeof questions>): Promise<Plain> =>
  question?.send(twin, user)

describe.skipIf(missing)('what users with rights change', () => {
  const creatable = (name: string) => ({
    ...{ name, numPartitions: 1, replicationFactor: 1, assignments: [] },
    configs: [{ name: 'retention.ms', value: '1000' }],
  })
  /** Defaults of brokers are not the same. */
  const created = (answer: Plain) => ({
    ...answer,
    topics: answer.topics.map(({ configs, ...one }: Plain) => ({ ...one, configs: configs?.length > 0 })),
  })

  it('makes topics', async () => {
    for (const user of ['creator', 'cluster', 'describer', 'stranger'])
      for (const [at, version] of [2, 5, 7].entries()) {
        const names = [`${user}-${at}`, `${user}-open-${at}`, `alien-${user}-${at}`]
        const request = { topics: names.map(creatable), timeoutMs: 5000 }
        await send(user, questions(CreateTopics, [version], request, created))
      }
  })

  it('makes topics that are asked for', async () => {
    for (const user of ['creator', 'cluster', 'describer', 'stranger', 'admin']) {
      const names = [`${user}-seen-auto`, `${user}-auto`, `alien-auto-${user}`]
      const all = { topics: names.map((name) => ({ name })), allowAutoTopicCreation: false }
      await send(user, questions(Metadata, [8], all))
      // Apache's broker tells of what it is about to make later on.
      const made = (answer: Plain) =>
        Object.fromEntries(answer.topics.map(({ name, errorCode }: Plain) => [name, errorCode === 3 ? 0 : errorCode]))
      await twin.same(user, Metadata, 8, { ...all, allowAutoTopicCreation: true }, made)
      // Whether they are there is asked of the administrator, when both had the time to make them.
      await twin.makeTopics({ [`fence-${user}`]: 1 })
      await vi.waitFor(async () => {
        const { ours, theirs } = await twin.ask('admin', Metadata, 8, all)
        expect(ours.topics).toEqual(theirs.topics)
      }, PATIENCE)
      await twin.same('admin', Metadata, 8, all, without('clusterId'))
    }
  }, 60_000)

  it('deletes topics', async () => {
    for (const user of ['deleter', 'describer', 'reader', 'stranger']) {
      const mine = [1, 2, 3, 4].map((at) => `${user}-gone-${at}`)
      await twin.makeTopics(Object.fromEntries([...mine, `alien-gone-${user}`].map((name) => [name, 1])))
      const [first = '', second = '', third = '', fourth = ''] = mine
      const timeoutMs = 5000
      for (const [version, name] of [
        [1, first],
        [5, second],
      ] as const) {
        const topicNames = [name, `alien-gone-${user}`, `${user}-missing`, 'missing']
        await send(user, questions(DeleteTopics, [version], { topicNames, timeoutMs }))
      }
      const byName = [third, `alien-gone-${user}`, `${user}-missing`, 'missing'].map((name) => ({ name }))
      const byId = [`$${fourth}`, `$alien-gone-${user}`, 'AAAAAAAAAAAAAAAAAAAAAg'].map((topicId) => ({ topicId }))
      await send(user, questions(DeleteTopics, [6], { topics: byName, timeoutMs }))
      await send(user, questions(DeleteTopics, [6], { topics: byId, timeoutMs }))
      await send(user, questions(DeleteTopics, [6], { topics: [...byName, ...byName.slice(0, 2)], timeoutMs }))
    }
  })

  it('deletes groups, and what they have committed', async () => {
    await twin.makeTopics({ 'reader-offsets': 1, 'alien-offsets': 1 })
    const topics = ['reader-offsets', 'alien-offsets']
    const partitions = [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }]
    for (const user of ['group-deleter', 'group-reader', 'stranger']) {
      const groups = [`${user}-1`, `${user}-2`, `alien-${user}`]
      for (const groupId of groups)
        await twin.ask('admin', OffsetCommit, 9, { groupId, topics: topics.map((name) => ({ name, partitions })) })
      for (const groupId of groups) {
        const offsets = topics.map((name) => ({ name, partitions: [{ partitionIndex: 0 }] }))
        await send(user, questions(OffsetDelete, [0], { groupId, topics: offsets }))
        await send('admin', questions(OffsetFetch, [7], { groupId, topics: null }))
      }
      const [first = '', second = '', third = ''] = groups
      await send(user, questions(DeleteGroups, [0], { groupsNames: [first, third, `${user}-missing`, 'missing'] }))
      await send(user, questions(DeleteGroups, [2], { groupsNames: [second, third, `${user}-missing`, 'missing'] }))
      await send('admin', questions(ListGroups, [5], {}))
    }
  })

  it('gives members no topics that they may not see', async () => {
    await twin.makeTopics({ 'member-1': 2, 'alien-1': 2 })
    const joining = { memberId: 'm', memberEpoch: 0, rebalanceTimeoutMs: 60_000, topicPartitions: [] }
    await send(
      'member',
      questions(ConsumerGroupHeartbeat, [1], {
        groupId: 'by-name',
        ...joining,
        subscribedTopicNames: ['member-1', 'alien-1'],
      }),
    )
    const byPattern = { groupId: 'by-pattern', ...joining, subscribedTopicRegex: '(member|alien)-1' }
    const groupIds = ['by-pattern']
    await twin.ask('member', ConsumerGroupHeartbeat, 1, byPattern)
    // Patterns are looked at some time after the answer.
    await vi.waitFor(async () => {
      const { ours, theirs } = await twin.ask('member', ConsumerGroupHeartbeat, 1, byPattern)
      for (const { assignment } of [ours, theirs]) expect(assignment.topicPartitions).not.toEqual([])
    }, PATIENCE)
    await send(
      'admin',
      questions(
        ConsumerGroupDescribe,
        [1],
        { groupIds, includeAuthorizedOperations: false },
        without('groupEpoch', 'assignmentEpoch', 'memberEpoch'),
      ),
    )
    await send(
      'member',
      questions(
        ConsumerGroupDescribe,
        [1],
        { groupIds, includeAuthorizedOperations: false },
        without('groupEpoch', 'assignmentEpoch', 'memberEpoch'),
      ),
    )
    for (const [groupId, source, internal] of [
      ['streams-1', 'member-1', []],
      ['streams-2', 'alien-1', []],
      ['streams-3', 'member-1', ['store']],
    ] as const)
      await send(
        'member',
        questions(StreamsGroupHeartbeat, [0], {
          ...{ groupId, memberId: 'm', ...joiningStreams, topology: topology([source], [...internal]) },
        }),
      )
  }, 60_000)
})

describe.skipIf(missing)('ACLs themselves', () => {
  const entry = (more: Partial<Creation> = {}): Creation => ({ ...acl('x', 'READ', 'TOPIC', 'a'), ...more })
  const create = (version: number, ...creations: Creation[]) =>
    send('admin', questions(CreateAcls, [version], { creations }))

  it('takes entries that are in order', async () => {
    await create(1, entry(), entry({ operation: 4 }))
    await create(3, entry(), entry({ resourceName: 'b' }), entry({ resourceName: 'b' }))
    await create(2, entry({ resourcePatternType: 4 }), entry({ resourceName: '*' }))
    await create(3, entry({ permissionType: 2, host: '10.0.0.1' }), entry({ principal: 'Group:staff' }))
    await create(3, acl('x', 'ALTER', 'CLUSTER', CLUSTER_NAME), acl('x', 'READ', 'GROUP', 'a'))
    await create(3, acl('x', 'CREATE_TOKENS', 'USER', 'User:y'), acl('x', 'DESCRIBE', 'DELEGATION_TOKEN', 't'))
    await create(3, acl('x', 'TWO_PHASE_COMMIT', 'TRANSACTIONAL_ID', 't'), acl('*', 'ALL', 'TOPIC', 'a', prefixed))
  })

  it.each<[string, Partial<Creation>]>([
    ['no name', { resourceName: '' }],
    ['another cluster', { resourceType: 4, resourceName: 'mine' }],
    ['a prefix of the cluster', { resourceType: 4, resourceName: 'kafka-', resourcePatternType: 4 }],
    ['the cluster as a prefix', { resourceType: 4, resourceName: CLUSTER_NAME, resourcePatternType: 4 }],
    ['a principal without a colon', { principal: 'x' }],
    ['a principal that is a type', { principal: 'User:' }],
    ['a principal without a type', { principal: ':x' }],
    ['a principal with two colons', { principal: 'User:a:b' }],
    ['no principal', { principal: '' }],
    ['no host', { host: '' }],
    ['a host that is no address', { host: 'somewhere' }],
    ['an operation that the resource does not have', { resourceType: 3, operation: 4 }],
    ['a user without a colon', { resourceType: 7, resourceName: 'x', operation: 13 }],
    ...[0, 8, -1].map((resourceType): [string, object] => [`type ${resourceType}`, { resourceType }]),
    ...[0, 5].map((resourcePatternType): [string, object] => [
      `pattern ${resourcePatternType}`,
      { resourcePatternType },
    ]),
    ...[0, 16, -1].map((operation): [string, object] => [`operation ${operation}`, { operation }]),
    ...[0, 4].map((permissionType): [string, object] => [`permission ${permissionType}`, { permissionType }]),
  ])('looks at %s', async (_, more) => {
    await create(3, entry(more), entry({ resourceName: 'beside' }))
    await create(1, entry(more))
  })

  it.each<[string, Partial<Creation>, string]>([
    ['any resource', { resourceType: 1 }, 'Invalid resourceType ANY'],
    ['any pattern', { resourcePatternType: 1 }, 'Invalid patternType ANY'],
    ['a match', { resourcePatternType: 2 }, 'Invalid patternType MATCH'],
    ['any operation', { operation: 1 }, 'Invalid operation ANY'],
    ['any permission', { permissionType: 1 }, 'Invalid permissionType ANY'],
  ])('takes no entry for %s; ours says so, and takes the others', async (_, more, errorMessage) => {
    const creations = [entry(more), entry({ resourceName: 'beside' })]
    const { ours, theirs } = await twin.ask('admin', CreateAcls, 3, { creations })
    expect(theirs.results.map(({ errorCode }: Plain) => errorCode)).toEqual([-1, -1])
    expect(ours.results).toContainEqual({ errorCode: Errors.INVALID_REQUEST, errorMessage })
    expect(ours.results).toContainEqual({ errorCode: Errors.NONE, errorMessage: '' })
    // So that both have the same afterwards.
    await create(3, entry({ resourceName: 'beside' }))
  })

  type Filter = RequestInput<typeof DeleteAcls>['filters'][number]
  const any: Filter = {
    ...{ resourceTypeFilter: 1, resourceNameFilter: null, patternTypeFilter: 1 },
    ...{ principalFilter: null, hostFilter: null, operation: 1, permissionType: 1 },
  }
  const filters: readonly Partial<Filter>[] = [
    {},
    ...[0, 2, 3, 4, 5, 6, 7, 8].map((resourceTypeFilter) => ({ resourceTypeFilter })),
    ...[0, 2, 3, 4, 5].flatMap((patternTypeFilter) => [
      { patternTypeFilter },
      ...['a', 'abc', '*', ''].map((resourceNameFilter) => ({ patternTypeFilter, resourceNameFilter })),
    ]),
    { resourceNameFilter: 'a' },
    { resourceTypeFilter: 2, resourceNameFilter: 'a' },
    { resourceTypeFilter: 4, resourceNameFilter: 'x' },
    ...['User:x', 'User:*', 'User:nobody', 'Group:staff', 'x', ''].map((principalFilter) => ({ principalFilter })),
    ...['*', '10.0.0.1', ''].map((hostFilter) => ({ hostFilter })),
    ...[0, 2, 3, 4, 15, 16, -1].map((operation) => ({ operation })),
    ...[0, 2, 3, 4].map((permissionType) => ({ permissionType })),
  ]
  const text = (more: object) => JSON.stringify(more)

  it('finds them', async () => {
    await rights.give()
    for (const more of filters) {
      await send('admin', questions(DescribeAcls, [3], { ...any, ...more }))
      await send('admin', questions(DescribeAcls, [1], { ...any, ...more }))
    }
  })

  it.each(filters.filter((more) => text(more) !== '{}').map((more) => [text(more), more] as const))(
    'takes out %s',
    async (_, more) => {
      // Rights of users stay, and what tells when they have come.
      const principal = more.principalFilter === undefined ? { principalFilter: 'User:x' } : {}
      const entries = [
        ...['a', 'ab', '*'].flatMap((name) => [
          acl('x', 'READ', 'TOPIC', name),
          acl('x', 'READ', 'TOPIC', name, prefixed),
        ]),
        ...[acl('x', 'WRITE', 'GROUP', 'a', { permission: 'DENY' }), acl('x', 'ALTER', 'CLUSTER', CLUSTER_NAME)],
        acl('x', 'ALL', 'TOPIC', 'a', { host: '10.0.0.1' }),
      ]
      await rights.give(...entries)
      const filter = { ...any, ...principal, ...more }
      await send('admin', questions(DeleteAcls, [3], { filters: [filter, { ...any, principalFilter: 'User:nobody' }] }))
      await rights.give()
      await send('admin', questions(DescribeAcls, [3], { ...any, principalFilter: 'User:x' }))
    },
  )

  it('takes them out by more filters than one', async () => {
    await rights.give(acl('x', 'READ', 'TOPIC', 'a'), acl('x', 'WRITE', 'TOPIC', 'a'))
    const mine = { ...any, principalFilter: 'User:x' }
    await send(
      'admin',
      questions(DeleteAcls, [3], { filters: [{ ...mine, operation: 3 }, mine, { ...mine, permissionType: 0 }] }),
    )
    await rights.give()
    await send('admin', questions(DescribeAcls, [3], mine))
    await rights.give(acl('x', 'READ', 'TOPIC', 'a'))
    await send('admin', questions(DeleteAcls, [1], { filters: [{ ...mine, patternTypeFilter: 3 }] }))
  })
})

describe.skipIf(missing)('delegation tokens', () => {
  const secrets = without(
    'issueTimestampMs',
    'expiryTimestampMs',
    'maxTimestampMs',
    'tokenId',
    'hmac',
    'issueTimestamp',
    'expiryTimestamp',
    'maxTimestamp',
  )
  const make = (user: string, owner: string | null, renewers: string[] = [], version = 3) =>
    send(
      user,
      questions(
        CreateDelegationToken,
        [version],
        {
          ...(version < 3 ? {} : { ownerPrincipalType: owner && 'User', ownerPrincipalName: owner }),
          ...{
            renewers: renewers.map((principalName) => ({ principalType: 'User', principalName })),
            maxLifetimeMs: -1,
          },
        },
        secrets,
      ),
    )
  const show = async (user: string) => {
    for (const owners of [null, [], ['token-owner'], ['stranger', 'requester']]) {
      const named = owners === null ? null : owners.map((principalName) => ({ principalType: 'User', principalName }))
      await send(user, questions(DescribeDelegationToken, [1], { owners: named }, secrets))
      await send(user, questions(DescribeDelegationToken, [3], { owners: named }, secrets))
    }
  }

  it('are made for others by those who may, and shown to those who may', async () => {
    await rights.give(
      acl('requester', 'CREATE_TOKENS', 'USER', 'User:token-owner'),
      acl('token-reader', 'DESCRIBE_TOKENS', 'USER', 'User:token-owner'),
      acl('reader', 'DESCRIBE', 'DELEGATION_TOKEN', '*'),
      acl('creator', 'DESCRIBE_TOKENS', 'USER', '*'),
      acl('describer', 'ALL', 'USER', 'User:', prefixed),
    )
    await make('requester', null)
    await make('requester', 'token-owner', ['deleter'])
    await make('requester', 'stranger')
    await make('requester', 'requester')
    await make('token-owner', null, [], 1)
    await make('stranger', 'token-owner')
    await make('stranger', null)
    await make('describer', 'token-owner')
    await make('admin', 'stranger')
    // Tokens are heard of after the answers.
    await vi.waitFor(async () => {
      const { ours, theirs } = await twin.ask('admin', DescribeDelegationToken, 3, { owners: null })
      expect([ours.tokens.length, theirs.tokens.length]).toEqual([7, 7])
    }, PATIENCE)

    const everybody = [
      'admin',
      'requester',
      'token-owner',
      'token-reader',
      'reader',
      'creator',
      'describer',
      'deleter',
      'stranger',
    ]
    for (const user of everybody) await show(user)
  }, 60_000)
})
