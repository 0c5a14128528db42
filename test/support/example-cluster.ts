import { Admin, KafkaError, Producer, type ProducerRecord, resourceKey } from '../../src/client/index.ts'
import { StreamsGroupHeartbeat } from '../../src/protocol/apis/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { RawClient } from './raw-client.ts'
import type { TestServer } from './server.ts'

/** Made by the streams group, which counts on its being there. */
const CHANGELOG = 'counts-store-changelog'

interface WantedTopic {
  readonly partitions: number
  readonly records: readonly Omit<ProducerRecord, 'topic'>[]
}
const topic = (partitions: number, records: WantedTopic['records'] = []): WantedTopic => ({ partitions, records })
const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i))

/** The topics, groups and subscriptions that examples in help texts speak of, at a node: made, and mended after an example changed them. */
export class ExampleCluster {
  private readonly properties: { readonly 'bootstrap.servers': string }
  private readonly admin: Admin
  private readonly topics: Readonly<Record<string, WantedTopic>>
  /** What it has open begins at offset 15 of orders-0. */
  private transaction: Producer | undefined
  private streamsEpoch = -1

  /** `sale` is a record of a registry's schema. */
  constructor(
    private readonly server: TestServer,
    sale: Buffer,
  ) {
    this.properties = { 'bootstrap.servers': server.bootstrap }
    this.admin = new Admin(this.properties, nodeRuntime)
    const eight = Buffer.from('0000000000000007', 'hex')
    this.topics = {
      orders: topic(
        3,
        times(45, (i) => ({ partition: i % 3, key: `k${i}`, value: `error ${i}` })),
      ),
      payments: topic(1, [{ value: '7' }]),
      audit: topic(1),
      greetings: topic(1, [{ value: 'hello' }]),
      counts: topic(
        1,
        times(10, () => ({ value: eight })),
      ),
      load: topic(
        1,
        times(20_000, () => ({ value: 'x' })),
      ),
      copy: topic(1),
      sales: topic(1, [{ key: 'k', value: sale }]),
      readings: topic(1),
      words: topic(
        2,
        times(20, (i) => ({ partition: i % 2, value: 'word' })),
      ),
      'test-1': topic(1),
      'test-2': topic(1),
    }
  }

  /** Only what an example has changed is made anew: to make all topics takes a broker of Apache's seconds. */
  async setUp(): Promise<void> {
    await this.endTransaction()
    await this.setUpTopics()
    await this.admin.deleteConsumerGroups(['billing', 'audit'])
    for (const group of ['billing', 'audit'])
      await this.admin.alterConsumerGroupOffsets(
        group,
        [0, 1].map((partition) => ({ topic: 'orders', partition, offset: 12 })),
      )
    const ops = [{ name: 'interval.ms', op: 'set' as const, value: '60000' }]
    await this.admin.incrementalAlterConfigs([{ type: 'client-metrics', name: 'producers', ops }])
  }

  private async setUpTopics(): Promise<void> {
    const there = (await this.admin.listTopics()).map(({ name }) => name)
    const intact = await this.intact(there.filter((name) => name in this.topics))
    const others = there.filter((name) => !intact.has(name) && name !== CHANGELOG)
    if (others.length > 0) await this.admin.deleteTopics(others)
    const wanted = Object.entries(this.topics).filter(([name]) => !intact.has(name))
    if (wanted.length === 0) return
    const made = await this.admin.createTopics(wanted.map(([name, { partitions }]) => ({ name, partitions })))
    const ids = [...made.values()].map((created) => {
      if (created instanceof KafkaError) throw created
      return created.topicId
    })
    // A broker hears of what its controller has made a moment later.
    while (!(await this.hasTopics(ids))) await nodeRuntime.clock.sleep(10)
    const producer = new Producer(this.properties, nodeRuntime)
    const sent = wanted.flatMap(([name, { records }]) => records.map((r) => producer.send({ ...r, topic: name })))
    await Promise.all(sent)
    await producer.close()
  }

  private async hasTopics(ids: readonly string[]): Promise<boolean> {
    const there = new Set<string>((await this.admin.listTopics()).map(({ topicId }) => topicId))
    return ids.every((id) => there.has(id))
  }

  /** Those that are as they were made. */
  private async intact(names: readonly string[]): Promise<Set<string>> {
    const described = await this.admin.describeTopics(names)
    const configs = await this.admin.describeConfigs(names.map((name) => ({ type: 'topic', name })))
    const ends = await this.offsets(names, 'latest')
    const starts = await this.offsets(names, 'earliest')
    return new Set(
      names.filter((name) => {
        const { partitions, records } = this.topics[name] as WantedTopic
        const found = described.get(name)
        const config = configs.get(resourceKey({ type: 'topic', name }))
        if (!found || !config || found instanceof KafkaError || config instanceof KafkaError) return false
        const isDefault = config.entries.every(({ source }) => source !== 'DYNAMIC_TOPIC_CONFIG')
        const hasRecords = starts.get(name) === 0 && ends.get(name) === records.length
        return found.partitions.length === partitions && isDefault && hasRecords
      }),
    )
  }

  /** The sum over the partitions that a topic should have; undefined where one has none. */
  private async offsets(names: readonly string[], spec: 'earliest' | 'latest') {
    const partitions = names.flatMap((name) =>
      times(this.topics[name]?.partitions ?? 0, (partition) => ({ topic: name, partition, spec })),
    )
    const listed = await this.admin.listOffsets(partitions)
    const sums = new Map<string, number | undefined>(names.map((name) => [name, 0]))
    for (const [key, found] of listed) {
      const name = key.slice(0, key.lastIndexOf('-'))
      const sum = sums.get(name)
      sums.set(name, found instanceof KafkaError || sum === undefined ? undefined : sum + found.offset)
    }
    return sums
  }

  /** `jobs` is at the beginning of its topics, and has no members; a group that is there is not made again. */
  async setUpShareGroups(): Promise<void> {
    // One of the examples takes share groups away.
    await this.admin.updateFeatures([{ feature: 'share.version', level: 1, change: 'upgrade' }])
    await this.admin.deleteConsumerGroups(['jobs', 'checks'])
    const ops = [{ name: 'share.auto.offset.reset', op: 'set' as const, value: 'earliest' }]
    const groups = ['jobs', 'checks'].map((name) => ({ type: 'group' as const, name, ops }))
    await this.admin.incrementalAlterConfigs(groups)
    await this.admin.alterShareGroupOffsets('jobs', [
      { topic: 'orders', partition: 0, offset: 0 },
      { topic: 'payments', partition: 0, offset: 0 },
    ])
  }

  /** The streams group `counts` has read `words` and keeps a store; it has one member where `isLive`, and none where not. */
  async setUpStreamsGroup(isLive: boolean): Promise<void> {
    if (this.streamsEpoch > 0) await this.beat(-1)
    const tasks = { activeTasks: [], standbyTasks: [], warmupTasks: [] }
    const changelog = { name: CHANGELOG, partitions: 0, replicationFactor: 0, topicConfigs: [] }
    const subtopology = {
      ...{ subtopologyId: '0', sourceTopics: ['words'], sourceTopicRegex: [], stateChangelogTopics: [changelog] },
      ...{ repartitionSinkTopics: [], repartitionSourceTopics: [], copartitionGroups: [] },
    }
    const joining = { rebalanceTimeoutMs: 60_000, processId: 'p', topology: { epoch: 0, subtopologies: [subtopology] } }
    await this.beat(0, { ...joining, ...tasks })
    // The group is there only once the broker has made its coordinator's topic; tasks come when it has made the store's.
    while (!(await this.hasTasks())) {
      await nodeRuntime.clock.sleep(20)
      await this.beat(Math.max(0, this.streamsEpoch), this.streamsEpoch > 0 ? tasks : { ...joining, ...tasks })
    }
    if (!isLive) await this.beat(-1)
    const read = [0, 1].map((partition) => ({ topic: 'words', partition, offset: 5 }))
    if (!isLive) await this.admin.alterConsumerGroupOffsets('counts', read)
  }

  private async hasTasks(): Promise<boolean> {
    const group = (await this.admin.describeStreamsGroups(['counts'])).get('counts')
    return group !== undefined && !(group instanceof KafkaError) && (group.members[0]?.tasks.active.length ?? 0) > 0
  }

  private async beat(memberEpoch: number, more: object = {}): Promise<void> {
    const request = { groupId: 'counts', memberId: 'member', memberEpoch, endpointInformationEpoch: 0, ...more }
    const client = await RawClient.connect(this.server.port)
    const answer = await client.call(StreamsGroupHeartbeat, 0, request)
    client.destroy()
    this.streamsEpoch = answer?.errorCode === 0 ? answer.memberEpoch : -1
  }

  /** The transaction of `import-1` is open, and has written to orders-0. */
  async openTransaction(): Promise<void> {
    const settings = { ...this.properties, 'transactional.id': 'import-1', 'transaction.timeout.ms': 600_000 }
    const producer = new Producer(settings, nodeRuntime)
    this.transaction = producer
    await producer.initTransactions()
    producer.beginTransaction()
    await producer.send({ topic: 'orders', partition: 0, value: 'imported' })
  }

  private async endTransaction(): Promise<void> {
    // It may have been ended by an example.
    await this.transaction?.abortTransaction().catch(() => {})
    await this.transaction?.close()
    this.transaction = undefined
  }

  async close(): Promise<void> {
    await this.endTransaction()
    await this.admin.close()
  }
}
