import { beforeEach, describe, expect, test } from 'vitest'
import { Admin } from '../../src/client/admin/admin.ts'
import type { ClientProperties } from '../../src/client/types.ts'
import * as apis from '../../src/protocol/apis/index.ts'
import { KafkaError } from '../../src/protocol/errors.ts'
import { FakeCluster, topicId } from '../support/fake-cluster.ts'

let cluster: FakeCluster
let warnings: string[]

beforeEach(() => {
  cluster = new FakeCluster(2)
  cluster.topics.set('t', 2)
  warnings = []
})

const admin = (properties: ClientProperties = {}): Admin =>
  new Admin({ 'bootstrap.servers': 'broker:9092', ...properties }, cluster.runtime, {
    warn: (sentence) => warnings.push(sentence),
  })

const names = (target: Admin, limitMs?: number) =>
  cluster.drive(
    target.listTopics().then((topics) => topics.map(({ name }) => name)),
    limitMs,
  )

describe('connections', () => {
  test('are made to the bootstrap server, once, with a client id', async () => {
    const ids: string[] = []
    cluster.broker.on(apis.DescribeCluster, (_, { clientId }) => {
      ids.push(clientId)
      return { throttleTimeMs: 0, errorCode: 0, clusterId: 'c', brokers: [] }
    })
    const target = admin()
    expect(await names(target)).toEqual(['t'])
    expect((await cluster.drive(target.describeCluster())).clusterId).toBe('c')
    expect(ids).toEqual(['adminclient-1'])
    expect(cluster.broker.sockets.size).toBe(1)
  })

  test('that are refused are tried again until time is up; the reason is told', async () => {
    cluster.broker.refuse = true
    const target = admin({ 'default.api.timeout.ms': 1000 })
    const failure = names(target).catch((error: Error) => error)
    expect(await failure).toMatchObject({
      message: 'Timed out waiting for a node assignment. Call: listTopics',
      cause: { failure: 'refused', message: 'Connection to broker:9092 was refused: no broker listens there.' },
    })
    expect(warnings[0]).toBe('Connection to broker:9092 was refused: no broker listens there.')
  })

  test('are silent for as long as the broker does not read, and requests do not time out meanwhile (KIP-219)', async () => {
    const node = { nodeId: 1, host: 'broker', port: 9092, rack: null }
    const times: number[] = []
    let silence = 60_000
    cluster.broker.on(apis.DescribeCluster, () => {
      times.push(cluster.clock.monotonic())
      const answer = { throttleTimeMs: silence, errorCode: 0, clusterId: 'c', controllerId: 1 }
      silence = 0
      return { ...answer, brokers: [{ ...node, brokerId: 1 }] }
    })
    const target = admin({ 'request.timeout.ms': 30_000, 'default.api.timeout.ms': 90_000 })
    await cluster.drive(target.describeCluster())
    await cluster.drive(Promise.all([target.describeCluster(), target.describeCluster()]))
    const [first = 0, ...later] = times
    expect(later.map((time) => time - first >= 60_000)).toEqual([true, true])
    expect(warnings).toEqual([])
    await target.close()
  })

  test('that are silent for longer than a call may take end the call in time', async () => {
    cluster.broker.on(apis.DescribeCluster, () => {
      return { throttleTimeMs: 3_600_000, errorCode: 0, clusterId: 'c', controllerId: 1, brokers: [] }
    })
    const target = admin({ 'default.api.timeout.ms': 60_000 })
    await cluster.drive(target.describeCluster())
    const failed = target.describeCluster().catch((error: Error) => error)
    expect(await cluster.drive(failed, 61_000)).toMatchObject({ name: 'TimeoutError' })
    // The connection is still good, and what was given up is not sent when the silence is over.
    expect(cluster.broker.sockets.size).toBe(1)
    await cluster.clock.advance(3_600_000)
    expect(cluster.broker.count('DescribeCluster')).toBe(1)
    await target.close()
  })

  test('that are silent end with the client', async () => {
    cluster.broker.on(apis.DescribeCluster, () => {
      return { throttleTimeMs: 60_000, errorCode: 0, clusterId: 'c', controllerId: 1, brokers: [] }
    })
    const target = admin()
    await cluster.drive(target.describeCluster())
    const waiting = target.describeCluster().catch((error: Error) => error)
    await cluster.drive(target.close(), 1000)
    expect(await cluster.drive(waiting, 1000)).toBeInstanceOf(Error)
  })

  test('that are not agreed upon yet end with the client', async () => {
    cluster.broker.on(apis.ApiVersions, () => 'silence')
    const target = admin()
    const waiting = target.listTopics().catch((error: Error) => error)
    await cluster.clock.advance(100)
    expect(cluster.broker.sockets.size).toBe(1)
    await cluster.drive(target.close(), 1000)
    expect(await cluster.drive(waiting, 1000)).toBeInstanceOf(Error)
    expect(cluster.broker.sockets.size).toBe(0)
  })

  test('that nobody accepts end with the client', async () => {
    let tried = 0
    let given = 0
    const connect = (_host: string, _port: number, signal?: AbortSignal): Promise<never> => {
      tried++
      return new Promise((_, reject) => {
        signal?.addEventListener('abort', () => {
          given++
          reject(signal.reason)
        })
      })
    }
    const runtime = { ...cluster.runtime, network: { ...cluster.runtime.network, connect } }
    const target = new Admin({ 'bootstrap.servers': 'broker:9092' }, runtime)
    const waiting = target.listTopics().catch((error: Error) => error)
    await cluster.clock.advance(100)
    await cluster.drive(target.close(), 1000)
    expect(await cluster.drive(waiting, 1000)).toBeInstanceOf(Error)
    expect([tried, given]).toEqual([1, 1])
  })

  test('that come late are used', async () => {
    cluster.broker.refuse = true
    cluster.clock.timer(700, () => {
      cluster.broker.refuse = false
    })
    expect(await names(admin())).toEqual(['t'])
  })

  test('to a name that does not exist fail at once', async () => {
    const target = admin({ 'bootstrap.servers': 'nowhere:1' })
    await expect(names(target, 500)).rejects.toThrow()
  })

  test('closed in the handshake point at a TLS port', async () => {
    cluster.broker.on(apis.ApiVersions, () => 'close')
    const failure = await names(admin({ 'default.api.timeout.ms': 500 })).catch((error: Error) => error.cause as Error)
    expect((failure as Error).message).toContain('it may be a TLS port (security.protocol=SSL), no Kafka broker')
  })

  test('that break are made again', async () => {
    const target = admin()
    await names(target)
    cluster.broker.dropConnections()
    expect(await names(target)).toEqual(['t'])
  })

  test('on which nothing is answered end after request.timeout.ms', async () => {
    let silent = true
    const { broker } = cluster
    broker.on(apis.DescribeCluster, () => {
      if (silent) return 'silence'
      return { throttleTimeMs: 0, errorCode: 0, clusterId: 'c', brokers: [] }
    })
    cluster.brokers[1]?.on(apis.DescribeCluster, () => 'silence')
    cluster.clock.timer(2500, () => {
      silent = false
    })
    const target = admin({ 'request.timeout.ms': 1000 })
    expect((await cluster.drive(target.describeCluster())).clusterId).toBe('c')
    expect(warnings[0]).toBe('broker:9092 did not answer DescribeCluster within 1000 ms.')
  })
})

describe('versions', () => {
  test('an old broker is asked in its own version', async () => {
    cluster.broker.on(apis.ApiVersions, (_, { version }) =>
      version > 2
        ? // Brokers answer error 35 in version 0, whatever was asked.
          'close'
        : { errorCode: 0, apiKeys: [{ apiKey: 3, minVersion: 0, maxVersion: 4 }] },
    )
    cluster.broker.on(apis.ApiVersions, () => ({
      errorCode: 0,
      apiKeys: [{ apiKey: 3, minVersion: 0, maxVersion: 4 }],
    }))
    await names(admin())
    expect(cluster.broker.seen.find(({ name }) => name === 'Metadata')?.version).toBe(4)
  })

  test('an API that the broker lacks is an error of its own', async () => {
    cluster.broker.on(apis.ApiVersions, () => ({
      errorCode: 0,
      apiKeys: [{ apiKey: 3, minVersion: 0, maxVersion: 12 }],
    }))
    await expect(cluster.drive(admin().listConfigResources())).rejects.toThrow(
      'The node does not support LIST_CONFIG_RESOURCES',
    )
  })
})

describe('calls for many items', () => {
  const listOffsets =
    (offset: number) =>
    (request: { topics: readonly { name: string; partitions: readonly { partitionIndex: number }[] }[] }) => ({
      topics: request.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: 0, timestamp: -1, offset })),
      })),
    })

  test('go to the leaders, one call to each', async () => {
    for (const broker of cluster.brokers) broker.on(apis.ListOffsets, listOffsets(broker.id * 100))
    const found = await cluster.drive(
      admin().listOffsets([0, 1].map((partition) => ({ topic: 't', partition, spec: 'latest' as const }))),
    )
    expect([...found]).toMatchObject([
      ['t-0', { offset: 100 }],
      ['t-1', { offset: 200 }],
    ])
    expect(cluster.brokers.map((broker) => broker.count('ListOffsets'))).toEqual([1, 1])
  })

  test('follow a leader that moves', async () => {
    cluster.broker.on(apis.ListOffsets, () => {
      cluster.leaders.set('t-0', 2)
      cluster.leaderEpoch++
      return { topics: [{ name: 't', partitions: [{ partitionIndex: 0, errorCode: 6, timestamp: -1, offset: -1 }] }] }
    })
    cluster.brokers[1]?.on(apis.ListOffsets, listOffsets(42))
    const found = await cluster.drive(admin().listOffsets([{ topic: 't', partition: 0, spec: 'earliest' }]))
    expect(found.get('t-0')).toMatchObject({ offset: 42 })
  })

  test('give each item its own error', async () => {
    cluster.broker.on(apis.ListOffsets, () => ({
      topics: [{ name: 't', partitions: [{ partitionIndex: 0, errorCode: 29, timestamp: -1, offset: -1 }] }],
    }))
    cluster.brokers[1]?.on(apis.ListOffsets, listOffsets(7))
    const found = await cluster.drive(
      admin().listOffsets([0, 1].map((partition) => ({ topic: 't', partition, spec: 'latest' as const }))),
    )
    expect((found.get('t-0') as KafkaError).error).toBe('TOPIC_AUTHORIZATION_FAILED')
    expect(found.get('t-1')).toMatchObject({ offset: 7 })
  })

  test('topics are described page by page', async () => {
    const all = ['a', 'b', 'c'].flatMap((name) => [0, 1, 2].map((partition) => ({ name, partition })))
    cluster.broker.on(apis.DescribeTopicPartitions, ({ topics, responsePartitionLimit, cursor }) => {
      const start = cursor
        ? all.findIndex(({ name, partition }) => name === cursor.topicName && partition === cursor.partitionIndex)
        : 0
      const page = all.slice(start, start + responsePartitionLimit)
      expect(topics.map(({ name }) => name)).toContain(page[0]?.name)
      const next = all[start + responsePartitionLimit]
      return {
        topics: [...new Set(page.map(({ name }) => name))].map((name) => ({
          errorCode: 0,
          name,
          topicId: topicId(name),
          partitions: page
            .filter((row) => row.name === name)
            .map(({ partition }) => ({
              errorCode: 0,
              partitionIndex: partition,
              leaderId: 1,
              replicaNodes: [1, 9],
              isrNodes: [1],
              offlineReplicas: [],
            })),
        })),
        nextCursor: next ? { topicName: next.name, partitionIndex: next.partition } : null,
      }
    })
    const found = await cluster.drive(admin().describeTopics(['c', 'a', 'b'], { partitionSizeLimitPerResponse: 2 }))
    expect([...found.keys()]).toEqual(['c', 'a', 'b'])
    for (const topic of found.values()) {
      if (topic instanceof KafkaError) throw topic
      expect(topic.partitions.map(({ partition }) => partition)).toEqual([0, 1, 2])
      expect(topic.partitions[0]?.replicas).toMatchObject([
        { id: 1, port: 9092 },
        { id: 9, port: -1 },
      ])
    }
    expect(
      cluster.broker.count('DescribeTopicPartitions') + (cluster.brokers[1]?.count('DescribeTopicPartitions') ?? 0),
    ).toBe(5)
  })
})
