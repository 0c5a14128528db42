import { Admin, Consumer, type ConsumerRecord, Producer, type ProducerRecord } from '../../src/client/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { KafkaStreams, type StreamsHooks, type Topology } from '../../src/streams/index.ts'

const STRING_SERDE = 'org.apache.kafka.common.serialization.Serdes$StringSerde'

/** What tests of applications ask of a cluster. */
export class StreamsHarness {
  readonly admin: Admin
  private readonly open: { close(): Promise<void> }[] = []

  constructor(readonly bootstrap: string) {
    this.admin = new Admin({ 'bootstrap.servers': bootstrap }, nodeRuntime)
  }

  async topics(counts: Readonly<Record<string, number>>): Promise<void> {
    await this.admin.createTopics(Object.entries(counts).map(([name, partitions]) => ({ name, partitions })))
  }

  async produce(...records: ProducerRecord[]): Promise<void> {
    const producer = new Producer({ 'bootstrap.servers': this.bootstrap }, nodeRuntime)
    for (const record of records) void producer.send(record)
    await producer.flush()
    await producer.close()
  }

  application(
    id: string,
    topology: Topology,
    properties: Readonly<Record<string, string | number>> = {},
    hooks: StreamsHooks = {},
  ): KafkaStreams {
    const streams = new KafkaStreams(
      topology,
      {
        'bootstrap.servers': this.bootstrap,
        'application.id': id,
        'default.key.serde': STRING_SERDE,
        'default.value.serde': STRING_SERDE,
        'producer.linger.ms': 5,
        'commit.interval.ms': 100,
        ...properties,
      },
      nodeRuntime,
      hooks,
    )
    this.open.push(streams)
    return streams
  }

  /** Records of a topic, until they satisfy; fails after 20 seconds. */
  async read(
    topic: string,
    isEnough: (records: readonly ConsumerRecord[]) => boolean,
    isolation: 'read_committed' | 'read_uncommitted' = 'read_committed',
  ): Promise<ConsumerRecord[]> {
    const consumer = new Consumer({ 'bootstrap.servers': this.bootstrap, 'isolation.level': isolation }, nodeRuntime)
    try {
      const infos = await consumer.partitionsFor(topic)
      consumer.assign(infos)
      consumer.seekToBeginning(infos)
      const found: ConsumerRecord[] = []
      const end = nodeRuntime.clock.monotonic() + 20_000
      while (!isEnough(found)) {
        if (nodeRuntime.clock.monotonic() > end) throw new Error(`${topic} has ${found.map(spell).join(' ')}`)
        found.push(...(await consumer.poll(200)))
      }
      return found
    } finally {
      await consumer.close()
    }
  }

  async close(): Promise<void> {
    for (const streams of this.open) await streams.close()
    this.admin.close()
  }
}

/** `key=value`, with longs as numbers where they have 8 bytes. */
export const spell = ({ key, value }: ConsumerRecord): string =>
  `${key}=${value?.length === 8 ? value.readBigInt64BE() : value}`

/** The newest value of each key. */
export const latest = (records: readonly ConsumerRecord[]): Record<string, string> =>
  Object.fromEntries(records.map((record) => spell(record).split('=') as [string, string]))
