import { afterAll, beforeAll, describe, it } from 'vitest'
import { CLUSTER_NAME } from '../../src/protocol/acl.ts'
import {
  DescribeCluster,
  DescribeConfigs,
  DescribeGroups,
  DescribeTopicPartitions,
  Fetch,
  FindCoordinator,
  IncrementalAlterConfigs,
  InitProducerId,
  ListGroups,
  ListOffsets,
  Metadata,
  OffsetCommit,
} from '../../src/protocol/apis/index.ts'
import { apacheMissing } from '../support/apache.ts'
import type { Twin } from '../support/twin.ts'
import { adminQuestions } from './authorizer/admin-questions.ts'
import { furnish, startAuthorized } from './authorizer/cluster.ts'
import { dataQuestions } from './authorizer/data-questions.ts'
import { groupQuestions } from './authorizer/group-questions.ts'
import { blurred, type Question, questions } from './authorizer/requests.ts'
import { acl, type Creation, Rights } from './authorizer/rights.ts'

/** How entries of ACLs work together, at Apache's broker and at ours: patterns, denials, hosts, and what may be done where there are none. */
const missing = apacheMissing()
if (missing) console.warn(`the comparison of rules of ACLs with Apache's broker is skipped: ${missing}`)

const prefixed = { pattern: 'PREFIXED' } as const
const denied = { permission: 'DENY' } as const
const prefixDenied = { ...prefixed, ...denied }

type Entry = Parameters<typeof acl> extends [string, ...infer Rest] ? Rest : never

/** Users of topics `team-a`, `team-b`, `public` and `private`, and of groups of the same names. */
const users: Record<string, readonly Entry[]> = {
  stranger: [],
  star: [['READ', 'TOPIC', '*']],
  'star-group': [['READ', 'GROUP', '*']],
  'prefixed-star': [['READ', 'TOPIC', '*', prefixed]],
  prefix: [
    ['READ', 'TOPIC', 'team-', prefixed],
    ['DESCRIBE', 'GROUP', 'team-', prefixed],
  ],
  'prefix-that-is-a-name': [['WRITE', 'TOPIC', 'team-a', prefixed]],
  'literal-that-is-a-prefix': [['WRITE', 'TOPIC', 'team-']],
  'not-read': [
    ['ALL', 'TOPIC', 'team-a'],
    ['READ', 'TOPIC', 'team-a', denied],
  ],
  'not-describe': [
    ['READ', 'TOPIC', 'team-', prefixed],
    ['DESCRIBE', 'TOPIC', 'team-a', denied],
  ],
  'not-all': [
    ['ALL', 'TOPIC', '*'],
    ['ALL', 'TOPIC', 'team-', prefixDenied],
  ],
  'not-star': [
    ['ALL', 'TOPIC', 'team-', prefixed],
    ['WRITE', 'TOPIC', '*', denied],
  ],
  'not-describe-configs': [
    ['ALTER_CONFIGS', 'TOPIC', 'team-', prefixed],
    ['DESCRIBE_CONFIGS', 'TOPIC', 'team-a', denied],
    ['ALL', 'CLUSTER', CLUSTER_NAME],
    ['DESCRIBE_CONFIGS', 'CLUSTER', CLUSTER_NAME, denied],
  ],
  'not-cluster': [
    ['ALL', 'CLUSTER', CLUSTER_NAME],
    ['DESCRIBE', 'CLUSTER', CLUSTER_NAME, denied],
  ],
  'star-cluster': [['ALL', 'CLUSTER', CLUSTER_NAME, prefixed]],
  here: [
    ['ALL', 'TOPIC', 'team-a', { host: '127.0.0.1' }],
    ['ALL', 'GROUP', 'team-', { ...prefixed, host: '127.0.0.1' }],
  ],
  elsewhere: [['ALL', 'TOPIC', 'team-a', { host: '10.1.2.3' }]],
  'not-here': [
    ['ALL', 'TOPIC', 'team-a'],
    ['ALL', 'TOPIC', 'team-a', { ...denied, host: '127.0.0.1' }],
  ],
  'not-elsewhere': [
    ['ALL', 'TOPIC', 'team-a'],
    ['ALL', 'TOPIC', 'team-a', { ...denied, host: '10.1.2.3' }],
  ],
  'not-public': [['DESCRIBE', 'TOPIC', 'public', denied]],
}

/** Whether they may write to any topic decides on whether producers get ids. */
const producers: Record<string, readonly Entry[]> = {
  'w-literal': [['WRITE', 'TOPIC', 'x']],
  'w-star': [['WRITE', 'TOPIC', '*']],
  'w-all': [['ALL', 'TOPIC', 'ab', prefixed]],
  'w-read': [['READ', 'TOPIC', 'x']],
  'w-literal-denied': [
    ['WRITE', 'TOPIC', 'x'],
    ['WRITE', 'TOPIC', 'x', denied],
  ],
  'w-literal-all-denied': [
    ['WRITE', 'TOPIC', 'x'],
    ['ALL', 'TOPIC', 'x', denied],
  ],
  'w-literal-read-denied': [
    ['WRITE', 'TOPIC', 'x'],
    ['READ', 'TOPIC', '*', denied],
  ],
  'w-literal-other-denied': [
    ['WRITE', 'TOPIC', 'x'],
    ['WRITE', 'TOPIC', 'y', denied],
  ],
  'w-literal-prefix-denied': [
    ['WRITE', 'TOPIC', 'abc'],
    ['WRITE', 'TOPIC', 'ab', prefixDenied],
  ],
  'w-prefix-literal-denied': [
    ['WRITE', 'TOPIC', 'ab', prefixed],
    ['WRITE', 'TOPIC', 'ab', denied],
  ],
  'w-prefix-shorter-denied': [
    ['WRITE', 'TOPIC', 'ab', prefixed],
    ['WRITE', 'TOPIC', 'a', prefixDenied],
  ],
  'w-prefix-same-denied': [
    ['WRITE', 'TOPIC', 'ab', prefixed],
    ['WRITE', 'TOPIC', 'ab', prefixDenied],
  ],
  'w-prefix-longer-denied': [
    ['WRITE', 'TOPIC', 'a', prefixed],
    ['WRITE', 'TOPIC', 'ab', prefixDenied],
  ],
  'w-star-denied': [
    ['WRITE', 'TOPIC', 'a', prefixed],
    ['WRITE', 'TOPIC', '*', denied],
  ],
  'w-star-prefix-denied': [
    ['WRITE', 'TOPIC', '*'],
    ['WRITE', 'TOPIC', 'a', prefixDenied],
  ],
  'w-star-hardcode-denied': [
    ['WRITE', 'TOPIC', '*'],
    ['WRITE', 'TOPIC', 'hard', prefixDenied],
  ],
  'w-elsewhere': [['WRITE', 'TOPIC', 'x', { host: '10.1.2.3' }]],
  'w-denied-elsewhere': [
    ['WRITE', 'TOPIC', 'x'],
    ['WRITE', 'TOPIC', 'x', { ...denied, host: '10.1.2.3' }],
  ],
  'w-cluster-denied': [
    ['WRITE', 'TOPIC', 'x'],
    ['IDEMPOTENT_WRITE', 'CLUSTER', CLUSTER_NAME, denied],
  ],
  'w-group': [['ALL', 'GROUP', '*']],
}

const entriesOf = (rights: Readonly<Record<string, readonly Entry[]>>): Creation[] =>
  Object.entries(rights).flatMap(([user, entries]) => entries.map((entry) => acl(user, ...entry)))

const names = ['team-a', 'team-b', 'public', 'private', 'team-']
const [TOPIC, BROKER, GROUP] = [2, 4, 32]
const resources = [
  ...names.map((resourceName) => ({ resourceType: TOPIC, resourceName, configName: 'retention.ms' })),
  { resourceType: BROKER, resourceName: '1', configName: 'log.cleaner.threads' },
  { resourceType: GROUP, resourceName: 'team-a', configName: 'consumer.session.timeout.ms' },
]
const rules: readonly Question[] = [
  ...questions(Metadata, [8], {
    topics: null,
    ...{ includeClusterAuthorizedOperations: true, includeTopicAuthorizedOperations: true },
  }),
  ...questions(Metadata, [10], {
    topics: names.map((name) => ({ name })),
    ...{ allowAutoTopicCreation: false, includeTopicAuthorizedOperations: true },
  }),
  ...questions(DescribeTopicPartitions, [0], { topics: [] }),
  ...questions(DescribeCluster, [1], { includeClusterAuthorizedOperations: true }),
  ...questions(DescribeGroups, [5], { groups: names, includeAuthorizedOperations: true }),
  ...questions(ListGroups, [5], {}),
  ...questions(FindCoordinator, [4], { keyType: 0, coordinatorKeys: names }),
  ...questions(ListOffsets, [5], {
    replicaId: -1,
    topics: names.map((name) => ({ name, partitions: [{ partitionIndex: 0, timestamp: -1 }] })),
  }),
  ...questions(Fetch, [12], {
    ...{ maxWaitMs: 0, minBytes: 0, sessionEpoch: -1, forgottenTopicsData: [] },
    topics: names.map((topic) => ({
      ...{ topic, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }] },
    })),
  }),
  ...questions(DescribeConfigs, [4], {
    resources: resources.map(({ configName, ...one }) => ({ ...one, configurationKeys: [configName] })),
  }),
  ...questions(IncrementalAlterConfigs, [1], {
    resources: resources.map(({ configName: name, ...one }) => ({
      ...{ ...one, configs: [{ name, configOperation: 1, value: null }] },
    })),
    validateOnly: true,
  }),
  ...questions(InitProducerId, [5], { transactionalId: null, transactionTimeoutMs: 1000 }, blurred('producerId')),
]

describe.skipIf(missing)('rules of ACLs, as Apache has them', () => {
  let twin: Twin
  beforeAll(async () => {
    if (missing) return
    twin = await startAuthorized(27_420, [...Object.keys(users), ...Object.keys(producers)])
    await twin.makeTopics({ 'team-a': 1, 'team-b': 1, public: 1, private: 1 })
    const partitions = [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }]
    for (const groupId of ['team-a', 'team-b', 'public', 'private'])
      await twin.ask('admin', OffsetCommit, 9, { groupId, topics: [{ name: 'team-a', partitions }] })
    await new Rights(twin).give(
      ...entriesOf(users),
      ...entriesOf(producers),
      acl('*', 'READ', 'TOPIC', 'public'),
      acl('*', 'DESCRIBE', 'GROUP', 'public'),
      acl('*', 'WRITE', 'TOPIC', 'public', denied),
    )
  }, 120_000)
  afterAll(() => twin?.close())

  it.each(Object.keys(users))('%s', async (user) => {
    for (const question of rules) await question.send(twin, user)
  })

  it.each(Object.keys(producers))('producers: %s', async (user) => {
    const request = { transactionalId: null, transactionTimeoutMs: 1000 }
    await twin.same(user, InitProducerId, 5, request, blurred('producerId'))
  })
})

describe.skipIf(missing)('where everybody may do everything with what no ACL speaks of', () => {
  let twin: Twin
  let rights: Rights
  const everybody = ['stranger', 'reader', 'banned', 'banned-all', 'cluster']
  beforeAll(async () => {
    if (missing) return
    twin = await startAuthorized(27_430, everybody, { 'allow.everyone.if.no.acl.found': 'true' })
    await furnish(twin)
    rights = new Rights(twin)
    await rights.give(
      acl('reader', 'READ', 'TOPIC', 'mine', prefixed),
      acl('reader', 'READ', 'GROUP', 'mine'),
      acl('banned', 'READ', 'TOPIC', 'other', denied),
      acl('banned', 'WRITE', 'TRANSACTIONAL_ID', 'other', denied),
    )
  }, 120_000)
  afterAll(() => twin?.close())

  const ask = async (user: string) => {
    for (const question of [...dataQuestions, ...groupQuestions, ...adminQuestions]) await question.send(twin, user)
  }
  it.each(['stranger', 'reader', 'banned'])('%s', ask, 60_000)

  it('all of a kind are spoken of', async () => {
    await rights.give(
      acl('banned-all', 'READ', 'TOPIC', '*', denied),
      acl('cluster', 'DESCRIBE', 'CLUSTER', CLUSTER_NAME),
    )
    for (const user of ['stranger', 'banned-all', 'cluster']) await ask(user)
  }, 60_000)
})
