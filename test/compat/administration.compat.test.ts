import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  AlterClientQuotas,
  AlterPartitionReassignments,
  AlterUserScramCredentials,
  CreateAcls,
  CreateDelegationToken,
  DeleteAcls,
  DescribeAcls,
  DescribeClientQuotas,
  DescribeDelegationToken,
  DescribeProducers,
  DescribeUserScramCredentials,
  ElectLeaders,
  ExpireDelegationToken,
  ListPartitionReassignments,
  ListTransactions,
  RenewDelegationToken,
  UpdateFeatures,
} from '../../src/protocol/apis/index.ts'
import { apacheMissing } from '../support/apache.ts'
import { type Plain, Twin } from '../support/twin.ts'

/** What administrators ask: elections, reassignments, quotas, credentials, features, ACLs and tokens, at Apache's broker and at ours. */
const missing = apacheMissing()
if (missing) console.warn(`the comparison of administration is skipped: ${missing}`)

let twin: Twin
beforeAll(async () => {
  if (missing) return
  twin = await Twin.start(22_200, {})
  await twin.makeTopics({ t: 2 })
}, 120_000)
afterAll(() => twin?.close())

describe.skipIf(missing)('administration', () => {
  it.each([0, 1])('elects leaders by type %s', async (electionType) => {
    const elect = (topicPartitions: { topic: string; partitions: number[] }[] | null) =>
      twin.same('admin', ElectLeaders, 2, { electionType, topicPartitions })
    await elect([{ topic: 't', partitions: [0, 1] }])
    await elect([
      { topic: 't', partitions: [7] },
      { topic: 'zz', partitions: [0] },
    ])
    await elect([])
    await elect(null)
  })

  it('reassigns partitions', async () => {
    const cases = [[1], [], [9], [1, 1], [1, 9], [-1], null]
    for (const version of [0, 1])
      for (const replicas of cases)
        for (const name of ['t', 'zz'])
          await twin.same('admin', AlterPartitionReassignments, version, {
            topics: [{ name, partitions: [{ partitionIndex: 0, replicas }] }],
          })
    const outside = { name: 't', partitions: [{ partitionIndex: 5, replicas: [1] }] }
    await twin.same('admin', AlterPartitionReassignments, 1, { topics: [outside] })
    await twin.same('admin', ListPartitionReassignments, 0, { topics: null })
    await twin.same('admin', ListPartitionReassignments, 0, { topics: [{ name: 'zz', partitionIndexes: [0] }] })
  })

  type Entity = { entityType: string; entityName: string | null }[]
  const user = (entityName: string | null) => ({ entityType: 'user', entityName })
  const client = (entityName: string | null) => ({ entityType: 'client-id', entityName })
  const ip = (entityName: string | null) => ({ entityType: 'ip', entityName })
  const set = (entity: Entity, key: string, value: number) => ({ entity, ops: [{ key, value, remove: false }] })
  const alter = (entries: ReturnType<typeof set>[], validateOnly = false) =>
    twin.same('admin', AlterClientQuotas, 1, { entries, validateOnly })

  it('alters quotas', async () => {
    await alter([set([user('alice')], 'producer_byte_rate', 1024), set([client('c')], 'request_percentage', 0.5)])
    await alter([set([user('alice'), client('c')], 'consumer_byte_rate', 10)])
    await alter([
      set([user(null)], 'controller_mutation_rate', 2.5),
      set([ip('10.0.0.1')], 'connection_creation_rate', 5),
    ])
    await alter([set([ip(null)], 'connection_creation_rate', 7)])
    for (const [entity, key, value] of [
      [[user('bob')], 'nope', 1],
      [[user('bob')], 'producer_byte_rate', 0],
      [[user('bob')], 'producer_byte_rate', -1],
      [[user('bob')], 'producer_byte_rate', 1.5],
      [[user('bob')], 'connection_creation_rate', 1],
      [[ip('10.0.0.2')], 'producer_byte_rate', 1],
      [[ip('10.0.0.2')], 'connection_creation_rate', 3e9],
      [[ip('10.0.0.2'), user('x')], 'connection_creation_rate', 3],
      [[user('')], 'producer_byte_rate', 1],
      [[{ entityType: 'planet', entityName: 'x' }], 'producer_byte_rate', 1],
      [[], 'producer_byte_rate', 1],
    ] as const)
      await alter([set([...entity], key, value)])
    await alter([set([user('carl')], 'producer_byte_rate', 9)], true)
    const removed = { entity: [client('c')], ops: [{ key: 'request_percentage', value: 0, remove: true }] }
    await alter([removed])
    await alter([removed])
  })

  it('describes quotas', async () => {
    const part = (entityType: string, matchType: number, match: string | null = null) => ({
      entityType,
      matchType,
      match,
    })
    for (const strict of [false, true])
      for (const components of [
        [],
        [part('user', 2)],
        [part('user', 0, 'alice')],
        [part('user', 1)],
        [part('user', 2), part('client-id', 2)],
        [part('ip', 2)],
        [part('ip', 0, '10.0.0.1')],
        [part('ip', 2), part('user', 2)],
        [part('user', 0)],
        [part('user', 1, 'x')],
        [part('user', 2, 'x')],
        [part('user', 9)],
        [part('planet', 2)],
        [part('', 2)],
        [part('user', 2), part('user', 1)],
      ])
        await twin.same('admin', DescribeClientQuotas, 1, { components, strict })
  })

  it('keeps credentials', async () => {
    const upsert = (name: string, mechanism = 1, iterations = 4096) => ({
      name,
      mechanism,
      iterations,
      salt: Buffer.from('salt'),
      saltedPassword: Buffer.alloc(32, 7),
    })
    const change = (upsertions: ReturnType<typeof upsert>[], deletions: { name: string; mechanism: number }[] = []) =>
      twin.same('admin', AlterUserScramCredentials, 0, { upsertions, deletions })
    await change([upsert('alice'), upsert('bob', 2, 8192)])
    await change([upsert('alice', 2)])
    await change([upsert('x', 1, 10), upsert('y', 1, 20_000), upsert('z', 9), upsert('')])
    await change([upsert('twice'), upsert('twice', 2)], [{ name: 'nobody', mechanism: 1 }])
    const describe = (users: string[] | null) =>
      twin.same('admin', DescribeUserScramCredentials, 0, { users: users?.map((name) => ({ name })) ?? null })
    await describe(null)
    await describe(['alice', 'nobody'])
    await describe(['alice', 'alice'])
    await describe([])
    await change([], [{ name: 'bob', mechanism: 2 }])
  })

  it('updates features', async () => {
    const update = (feature: string, maxVersionLevel: number, upgradeType = 1) => ({
      feature,
      maxVersionLevel,
      upgradeType,
    })
    for (const version of [1, 2])
      for (const featureUpdates of [
        [update('share.version', 0)],
        [update('share.version', 0, 2)],
        [update('share.version', 1)],
        [update('share.version', 1)],
        [update('share.version', 9)],
        [update('share.version', -1)],
        [update('share.version', 1, 2)],
        [update('share.version', 0, 9)],
        [update('nope', 1)],
        [update('group.version', 0, 3), update('nope', 1)],
        [update('metadata.version', 30)],
        [update('metadata.version', 29)],
        [update('metadata.version', 99)],
      ])
        await twin.same('admin', UpdateFeatures, version, { featureUpdates, validateOnly: false })
  })

  it('has no authorizer', async () => {
    const entry = { resourceType: 2, principal: 'User:a', host: '*', operation: 3, permissionType: 3 }
    const { resourceType, ...rest } = entry
    await twin.same('admin', DescribeAcls, 3, {
      resourceTypeFilter: 1,
      resourceNameFilter: null,
      patternTypeFilter: 1,
      principalFilter: null,
      hostFilter: null,
      operation: 1,
      permissionType: 1,
    })
    await twin.same('admin', CreateAcls, 3, { creations: [{ ...entry, resourceName: 't', resourcePatternType: 3 }] })
    await twin.same('admin', DeleteAcls, 3, {
      filters: [
        {
          resourceTypeFilter: resourceType,
          resourceNameFilter: 't',
          patternTypeFilter: 3,
          principalFilter: rest.principal,
          hostFilter: rest.host,
          operation: rest.operation,
          permissionType: rest.permissionType,
        },
      ],
    })
  })

  it('gives no tokens on a plaintext channel', async () => {
    const code = (response: Plain): number => response.errorCode
    await twin.same('admin', CreateDelegationToken, 3, { renewers: [], maxLifetimeMs: -1 }, code)
    await twin.same('admin', RenewDelegationToken, 2, { hmac: Buffer.from('x'), renewPeriodMs: -1 }, code)
    await twin.same('admin', ExpireDelegationToken, 2, { hmac: Buffer.from('x'), expiryTimePeriodMs: -1 }, code)
    await twin.same('admin', DescribeDelegationToken, 3, { owners: null })
  })

  it('lists transactions and producers', async () => {
    const list = { stateFilters: [], producerIdFilters: [] }
    await twin.same('admin', ListTransactions, 2, list)
    await twin.same('admin', ListTransactions, 2, { ...list, stateFilters: ['Ongoing', 'nope'], durationFilter: 5 })
    await twin.same('admin', ListTransactions, 2, { ...list, transactionalIdPattern: 'x.*' })
    await twin.same('admin', ListTransactions, 2, { ...list, transactionalIdPattern: '[' })
    await twin.same('admin', DescribeProducers, 0, { topics: [{ name: 't', partitionIndexes: [0, 9] }] })
    expect(twin).toBeDefined()
  })
})
