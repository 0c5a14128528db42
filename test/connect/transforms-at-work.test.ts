import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Admin, Consumer, Producer } from '../../src/client/index.ts'
import {
  type ConnectRecord,
  Predicate,
  Schema,
  SinkConnector,
  type SinkRecord,
  SinkTask,
  SourceConnector,
  SourceTask,
  type StandaloneWorker,
  Transformation,
} from '../../src/connect/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { Rig, until } from './rig.ts'

let server: TestServer
let rig: Rig
let worker: StandaloneWorker

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())
beforeEach(() => {
  rig = new Rig(server.bootstrap)
})
afterEach(async () => {
  await worker.close()
  rig.remove()
})

/** Counts up to five, a record each. */
class CountSource extends SourceConnector {
  taskConfigs() {
    return [{}]
  }

  createTask() {
    return new (class extends SourceTask {
      private next = 0

      override start(): void {
        this.next = Number(this.context.offset({})?.['next'] ?? 0)
      }

      async poll(signal: AbortSignal) {
        if (this.next === 5) {
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
          return null
        }
        const value = this.next++
        const place = { sourcePartition: {}, sourceOffset: { next: this.next } }
        return [{ topic: this.context.config['topic'] ?? '', ...place, valueSchema: Schema.int32(), value }]
      }
    })()
  }
}

const got: SinkRecord[] = []
class KeepSink extends SinkConnector {
  taskConfigs() {
    return [{}]
  }

  createTask() {
    return new (class extends SinkTask {
      put(records: readonly SinkRecord[]): void {
        got.push(...records)
      }
    })()
  }
}

/** Fails for two, and takes away what is told. */
class MinusTransformation extends Transformation {
  private less = 0

  override config() {
    const check = (value: string) => (/^\d+$/.test(value) ? undefined : 'Not a number')
    return [{ name: 'less', type: 'STRING', importance: 'HIGH', documentation: 'How much less.', check } as const]
  }

  override configure(config: Readonly<Record<string, string>>): void {
    this.less = Number(config['less'])
  }

  apply(record: ConnectRecord) {
    if (record.value === 2) throw new Error('two is too much')
    return { value: (record.value as number) - this.less }
  }
}

class IsOdd extends Predicate {
  test({ value }: ConnectRecord): boolean {
    return (value as number) % 2 === 1
  }
}

const modules = { CountSource, KeepSink, MinusTransformation, IsOdd }

async function consume(topic: string, count: number): Promise<string[]> {
  const settings = { 'bootstrap.servers': server.bootstrap, 'group.id': `g-${topic}`, 'auto.offset.reset': 'earliest' }
  const consumer = new Consumer(settings, nodeRuntime)
  consumer.subscribe([topic])
  const found: string[] = []
  while (found.length < count) for (const { value } of await consumer.poll(500)) found.push(String(value))
  await consumer.close()
  return found
}

const payloads = (texts: readonly string[]): unknown[] =>
  texts.map((text) => (JSON.parse(text) as { payload: unknown }).payload)

describe('transformations at work', () => {
  it('change records of a source, whose offset goes on behind those that are left out', async () => {
    worker = await rig.worker({}, modules)
    const { runner } = await worker.put('count', {
      'connector.class': 'CountSource',
      topic: 'counted',
      transforms: 'drop,minus,route',
      'transforms.drop.type': 'Filter',
      'transforms.drop.predicate': 'odd',
      'transforms.minus.type': 'Minus',
      'transforms.minus.less': '10',
      'transforms.route.type': 'RegexRouter',
      'transforms.route.regex': '(.*)',
      'transforms.route.replacement': '$1-even',
      predicates: 'odd',
      'predicates.odd.type': 'IsOdd',
      'errors.tolerance': 'all',
    })
    expect(payloads(await consume('counted-even', 2))).toEqual([-10, -6])
    await until('all offsets are committed', async () => (await worker.listOffsets('count'))[0]?.offset?.['next'] === 5)
    expect([...runner.topics]).toEqual(['counted-even'])
  })

  it('end the task that does not tolerate their errors', async () => {
    worker = await rig.worker({}, modules)
    const config = {
      'connector.class': 'CountSource',
      topic: 'fails-there',
      transforms: 'minus',
      'transforms.minus.type': 'Minus',
      'transforms.minus.less': '0',
    }
    const { runner } = await worker.put('fails', config)
    await until('the task has failed', () => runner.tasks[0]?.state === 'FAILED')
    expect(runner.tasks[0]?.trace).toContain('Tolerance exceeded in error handler')
    expect(runner.tasks[0]?.trace).toContain('two is too much')
    await until('the two before are', async () => (await worker.listOffsets('fails'))[0]?.offset?.['next'] === 2)
    const bad = { ...config, 'transforms.minus.type': 'SetSchemaMetadata$Value' }
    const { runner: second } = await worker.put('bad', bad)
    await until('the other has failed, too', () => second.tasks[0]?.state === 'FAILED')
    expect(second.state).toBe('RUNNING')
    expect(second.tasks[0]?.trace).toContain('Neither schema name nor version configured')
  })

  it('change records for a sink, and send those that fail to the dead letter queue', async () => {
    worker = await rig.worker({}, modules)
    const producer = new Producer({ 'bootstrap.servers': server.bootstrap }, nodeRuntime)
    for (const value of [1, 2, 3, 4]) await producer.send({ topic: 'in', value: `{"schema":null,"payload":${value}}` })
    await producer.close()
    got.length = 0
    await worker.put('keep', {
      'connector.class': 'KeepSink',
      topics: 'in',
      transforms: 'route,minus,drop',
      'transforms.route.type': 'org.apache.kafka.connect.transforms.RegexRouter',
      'transforms.route.regex': 'in',
      'transforms.route.replacement': 'out',
      'transforms.minus.type': 'MinusTransformation',
      'transforms.minus.less': '1',
      'transforms.drop.type': 'Filter',
      'transforms.drop.predicate': 'odd',
      predicates: 'odd',
      'predicates.odd.type': 'IsOdd',
      'errors.tolerance': 'all',
      'errors.deadletterqueue.topic.name': 'dead-there',
      'errors.deadletterqueue.topic.replication.factor': '1',
      'errors.deadletterqueue.context.headers.enable': 'true',
    })
    await until('two have come', () => got.length === 2)
    expect(got.map(({ topic, value, originalTopic }) => [topic, value, originalTopic])).toEqual([
      ['out', 0, 'in'],
      ['out', 2, 'in'],
    ])
    await until('all four are done with', async () => {
      const [first] = await worker.listOffsets('keep')
      return first?.partition['kafka_topic'] === 'in' && first.offset?.['kafka_offset'] === 4
    })
    const consumer = new Consumer(
      { 'bootstrap.servers': server.bootstrap, 'group.id': 'd', 'auto.offset.reset': 'earliest' },
      nodeRuntime,
    )
    consumer.subscribe(['dead-there'])
    const headers: Record<string, string> = {}
    while (Object.keys(headers).length === 0)
      for (const record of await consumer.poll(500))
        for (const { key, value } of record.headers) headers[key] = String(value)
    await consumer.close()
    expect(headers).toMatchObject({
      '__connect.errors.topic': 'in',
      '__connect.errors.offset': '1',
      '__connect.errors.stage': 'TRANSFORMATION',
      '__connect.errors.class.name': 'MinusTransformation',
      '__connect.errors.exception.message': 'two is too much',
    })
  })
})

describe("a user's own transformation", () => {
  it('is checked by the properties that it says it takes', async () => {
    worker = await rig.worker({}, modules)
    const config = { 'connector.class': 'CountSource', name: 'x', transforms: 'm', 'transforms.m.type': 'Minus' }
    const errors = (more: Record<string, string>) =>
      worker.toolbox
        .validate({ ...config, ...more })
        .flatMap(({ key, errors: of }) => of.map((error) => [key.name, error]))
    const name = 'transforms.m.less'
    expect(errors({})).toEqual([[name, `Missing required configuration "${name}" which has no default value.`]])
    expect(errors({ [name]: 'x' })).toEqual([[name, 'Invalid value x for configuration less: Not a number']])
    expect(errors({ [name]: '1' })).toEqual([])
    expect(worker.toolbox.pluginKeys('IsOdd')).toEqual([])
    expect(worker.toolbox.stages().transformations.all.at(0)?.className).toBe('MinusTransformation')
  })
})

describe('topics of a source', () => {
  const config = {
    'connector.class': 'CountSource',
    'topic.creation.default.replication.factor': '-1',
    'topic.creation.default.partitions': '2',
    'topic.creation.groups': 'small,wide',
    'topic.creation.small.include': 'made-s.*',
    'topic.creation.small.exclude': 'made-special',
    'topic.creation.small.partitions': '1',
    'topic.creation.wide.include': 'other,made-s.*',
    'topic.creation.wide.partitions': '4',
    'topic.creation.wide.retention.ms': '3600000',
  }

  it('are made as the first group has them that matches', async () => {
    worker = await rig.worker({}, modules)
    for (const topic of ['made-small', 'made-special', 'made-else']) {
      await worker.put(topic, { ...config, topic })
      await until('the topic is written', async () => (await worker.listOffsets(topic))[0]?.offset?.['next'] === 5)
    }
    const admin = new Admin({ 'bootstrap.servers': server.bootstrap }, nodeRuntime)
    const topics = await admin.describeTopics(['made-small', 'made-special', 'made-else'])
    expect(Array.from(topics.values(), (topic) => ('partitions' in topic ? topic.partitions.length : topic))).toEqual([
      1, 4, 2,
    ])
    const resource = { type: 'topic', name: 'made-special' } as const
    const [found] = (await admin.describeConfigs([resource])).values()
    expect(JSON.stringify(found)).toContain('"retention.ms","value":"3600000"')
    await admin.close()
  })

  it('end the task where they cannot be made', async () => {
    worker = await rig.worker({}, modules)
    const wide = { ...config, topic: 'too-wide', 'topic.creation.default.replication.factor': '9' }
    const { runner } = await worker.put('wide', wide)
    await until('the task has failed', () => runner.tasks[0]?.state === 'FAILED')
    expect(runner.tasks[0]?.trace).toContain("Error while attempting to create/find topic(s) 'too-wide'")
    expect(await worker.listOffsets('wide')).toEqual([])
  })

  it('are the business of the broker where the worker says so', async () => {
    const said: string[] = []
    const properties = { 'topic.creation.enable': 'false' }
    worker = await rig.worker({ properties, log: (_, line) => said.push(line) }, modules)
    await worker.put('auto', { ...config, topic: 'made-by-broker', 'topic.creation.small.partitions': '-7' })
    expect(await consume('made-by-broker', 5)).toHaveLength(5)
    expect(said.join('\n')).toContain('the worker has topic.creation.enable=false')
  })

  it.each([
    [
      { 'topic.creation.default.partitions': '0' },
      'Invalid value 0 for configuration partitions: Number of partitions must',
    ],
    [{ 'topic.creation.wide.replication.factor': '-2' }, 'Invalid value -2 for configuration replication.factor'],
    [
      { 'topic.creation.wide.partitions': 'x' },
      'Invalid value x for configuration topic.creation.wide.partitions: Not a',
    ],
    [{ 'topic.creation.small.include': 'a(' }, 'Invalid value [a(] for configuration include: Syntax error in regular'],
    [
      { 'topic.creation.groups': 'a,a' },
      'Invalid value [a, a] for configuration topic.creation.groups: Duplicate alias',
    ],
  ])('are not made by %j', async (change, complaint) => {
    worker = await rig.worker({}, modules)
    await expect(worker.put('x', { ...config, topic: 'x', ...change } as Record<string, string>)).rejects.toThrow(
      complaint,
    )
    expect(worker.names()).toEqual([])
  })
})
