import { appendFileSync, writeFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Consumer, Producer } from '../../src/client/index.ts'
import {
  RetriableError,
  Schema,
  SinkConnector,
  type SinkRecord,
  SinkTask,
  SourceConnector,
  SourceTask,
  type StandaloneWorker,
} from '../../src/connect/index.ts'
import { connectorInfo, taskInfos } from '../../src/connect/rest/answers.ts'
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

async function produce(topic: string, values: readonly string[]): Promise<void> {
  const producer = new Producer({ 'bootstrap.servers': server.bootstrap }, nodeRuntime)
  for (const value of values) await producer.send({ topic, value, headers: [{ key: 'h', value: 'v' }] })
  await producer.close()
}

async function consume(topic: string, count: number) {
  const consumer = new Consumer(
    { 'bootstrap.servers': server.bootstrap, 'group.id': `g-${topic}`, 'auto.offset.reset': 'earliest' },
    nodeRuntime,
  )
  consumer.subscribe([topic])
  const found: { value: string; headers: Record<string, string> }[] = []
  while (found.length < count)
    for (const { value, headers } of await consumer.poll(500))
      found.push({
        value: String(value),
        headers: Object.fromEntries(headers.map((header) => [header.key, String(header.value)])),
      })
  await consumer.close()
  return found
}

const files = (topic: string) => ({
  source: { 'connector.class': 'FileStreamSource', topic, file: rig.path('in.txt') },
  sink: {
    'connector.class': 'org.apache.kafka.connect.file.FileStreamSinkConnector',
    topics: topic,
    file: rig.path('out.txt'),
  },
})

describe('from a file to a file', () => {
  it('lines go through, and goes on where it was', async () => {
    worker = await rig.worker()
    const { source, sink } = files('lines')
    writeFileSync(rig.path('in.txt'), 'foo\nbar\n')
    await worker.put('source', source)
    await worker.put('sink', sink)
    await until('both lines are there', () => rig.read('out.txt') === 'foo\nbar\n')
    appendFileSync(rig.path('in.txt'), 'Another line\n')
    await until('the third is', () => rig.read('out.txt').endsWith('Another line\n'))
    await worker.close()

    worker = await rig.worker()
    appendFileSync(rig.path('in.txt'), 'last\n')
    await worker.put('source', source)
    await worker.put('sink', sink)
    await until('the last is', () => rig.read('out.txt').endsWith('last\n'))
    expect(rig.read('out.txt')).toBe('foo\nbar\nAnother line\nlast\n')
    const position = { partition: { filename: rig.path('in.txt') }, offset: { position: 26 } }
    await until('the source has committed', async () =>
      isDeepStrictEqual(await worker.listOffsets('source'), [position]),
    )
    await until('the sink has committed', async () => {
      const [first] = await worker.listOffsets('sink')
      return first?.offset?.['kafka_offset'] === 4
    })
    expect((await consume('lines', 4)).map(({ value }) => value)).toEqual(
      ['foo', 'bar', 'Another line', 'last'].map(
        (line) => `{"schema":{"type":"string","optional":false},"payload":"${line}"}`,
      ),
    )
  })

  it('loses none of the changes that come at the same time', async () => {
    worker = await rig.worker()
    await worker.put('source', files('changing').source)
    await Promise.all([worker.patch('source', { 'batch.size': '7' }), worker.patch('source', { topic: 'changed' })])
    expect(worker.get('source').config).toMatchObject({ 'batch.size': '7', topic: 'changed' })
  })

  it('rests while it is paused or stopped, and forgets offsets', async () => {
    worker = await rig.worker()
    const { source, sink } = files('resting')
    writeFileSync(rig.path('in.txt'), 'one\n')
    const { runner } = await worker.put('source', source)
    await worker.put('sink', sink)
    await until('one line is there', () => rig.read('out.txt') === 'one\n')
    await worker.setTarget('source', 'PAUSED')
    await until('the task is paused', () => runner.tasks[0]?.state === 'PAUSED')
    await expect(worker.alterOffsets('source', [])).rejects.toThrow('must be in the STOPPED state')
    appendFileSync(rig.path('in.txt'), 'two\n')
    await worker.setTarget('source', 'RUNNING')
    await until('the second is', () => rig.read('out.txt') === 'one\ntwo\n')
    await worker.setTarget('source', 'STOPPED')
    expect(runner.tasks).toEqual([])
    const partition = { filename: rig.path('in.txt') }
    await worker.alterOffsets('source', [{ partition, offset: { position: 4 } }])
    await worker.setTarget('source', 'RUNNING')
    await until('the second is again', () => rig.read('out.txt') === 'one\ntwo\ntwo\n')
    await worker.setTarget('sink', 'STOPPED')
    expect(await worker.resetOffsets('sink')).toBe('The offsets for this connector have been reset successfully')
    expect(await worker.listOffsets('sink')).toEqual([])
  })
})

/** Sinks and sources that tests have do something. */
const made = {
  put: (_records: readonly SinkRecord[], _task: SinkTask): void | Promise<void> => {},
  told: [] as string[],
}

class TestSink extends SinkConnector {
  taskConfigs() {
    return [{}]
  }

  createTask() {
    return new (class extends SinkTask {
      put(records: readonly SinkRecord[]) {
        return made.put(records, this)
      }
    })()
  }
}

class TestSource extends SourceConnector {
  taskConfigs(most: number) {
    return Array.from({ length: most }, () => ({}))
  }

  createTask() {
    return new (class extends SourceTask {
      private next = 0

      override commitRecord(): void {
        made.told.push('acknowledged')
      }

      override commit(): void {
        made.told.push('committed')
      }

      override stop(): void {
        made.told.push('stopped')
      }

      override start(): void {
        made.told = []
        this.next = Number(this.context.offset({})?.['next'] ?? 0)
      }

      async poll(signal: AbortSignal) {
        if (this.next === 3) {
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
          return null
        }
        const value = this.next === 1 ? 'not a number' : this.next
        this.next++
        return [
          {
            topic: this.context.config['topic'] ?? '',
            sourcePartition: {},
            sourceOffset: { next: this.next },
            valueSchema: Schema.int32(),
            value,
          },
        ]
      }
    })()
  }
}

describe('what cannot be worked with', () => {
  const modules = { TestSink, TestSource }

  it('ends the task, whose trace says why, and is read again', async () => {
    worker = await rig.worker({}, modules)
    await produce('broken', ['{"schema":null,"payload":1}', 'no json'])
    const got: unknown[] = []
    made.put = (records) => void got.push(...records.map(({ value }) => value))
    const { runner } = await worker.put('broken', { 'connector.class': 'TestSink', topics: 'broken' })
    await until('the task has failed', () => runner.tasks[0]?.state === 'FAILED')
    expect(runner.tasks[0]?.trace).toContain('Tolerance exceeded in error handler')
    expect(runner.tasks[0]?.trace).toContain('Caused by: DataException: Converting byte[]')
    expect(runner.state).toBe('RUNNING')
    expect(await worker.listOffsets('broken')).toEqual([])
  })

  it('is left out where that is wanted, and goes to the dead letter queue', async () => {
    worker = await rig.worker({}, modules)
    await produce('letters', [
      '{"schema":null,"payload":1}',
      'no json',
      '{"schema":null,"payload":"bad"}',
      '{"schema":null,"payload":3}',
    ])
    const got: unknown[] = []
    made.put = async (records, task) => {
      for (const record of records)
        if (record.value === 'bad') await task.context.reportErrant(record, new Error('not this one'))
        else got.push(record.value)
    }
    await worker.put('letters', {
      'connector.class': 'TestSink',
      topics: 'letters',
      'errors.tolerance': 'all',
      'errors.deadletterqueue.topic.name': 'dead',
      'errors.deadletterqueue.topic.replication.factor': '1',
      'errors.deadletterqueue.context.headers.enable': 'true',
    })
    await until('all has come', () => got.length === 2)
    expect(got).toEqual([1, 3])
    const dead = await consume('dead', 2)
    expect(dead.map(({ value }) => value)).toEqual(['no json', '{"schema":null,"payload":"bad"}'])
    expect(dead[0]?.headers).toMatchObject({
      h: 'v',
      '__connect.errors.topic': 'letters',
      '__connect.errors.offset': '1',
      '__connect.errors.connector.name': 'letters',
      '__connect.errors.stage': 'VALUE_CONVERTER',
    })
    expect(dead[1]?.headers['__connect.errors.exception.message']).toBe('not this one')
    await until(
      'offsets stand behind all',
      async () => (await worker.listOffsets('letters'))[0]?.offset?.['kafka_offset'] === 4,
    )
  })

  it('is left out of a source, whose offset goes on', async () => {
    worker = await rig.worker({}, modules)
    await worker.put('numbers', { 'connector.class': 'TestSource', topic: 'numbers', 'errors.tolerance': 'all' })
    expect((await consume('numbers', 2)).map(({ value }) => value)).toEqual(
      [0, 2].map((value) => `{"schema":{"type":"int32","optional":false},"payload":${value}}`),
    )
    await until('offsets are there', async () => (await worker.listOffsets('numbers'))[0]?.offset?.['next'] === 3)
  })

  it('tells a source what was acknowledged and committed before it ends it', async () => {
    worker = await rig.worker({ properties: { 'offset.flush.interval.ms': '60000' } }, modules)
    await worker.put('told', { 'connector.class': 'TestSource', topic: 'told', 'errors.tolerance': 'all' })
    await until('three are acknowledged', () => made.told.length === 3)
    await worker.setTarget('told', 'STOPPED')
    expect(made.told).toEqual(['acknowledged', 'acknowledged', 'acknowledged', 'committed', 'stopped'])
  })

  it('ends a source without it, behind what was acknowledged', async () => {
    worker = await rig.worker({}, modules)
    const { runner } = await worker.put('fails', { 'connector.class': 'TestSource', topic: 'fails' })
    await until('the task has failed', () => runner.tasks[0]?.state === 'FAILED')
    const behind = [{ partition: {}, offset: { next: 1 } }]
    await until('the first is committed', async () => isDeepStrictEqual(await worker.listOffsets('fails'), behind))
    await worker.restart('fails', { includeTasks: true, onlyFailed: true })
    await until('it has failed again', () => runner.tasks[0]?.state === 'FAILED')
  })

  it('is put again when the task asks for that, and nothing else comes between', async () => {
    worker = await rig.worker({}, modules)
    await produce(
      'again',
      ['1', '2', '3'].map((value) => `{"schema":null,"payload":${value}}`),
    )
    const puts: unknown[][] = []
    const done: unknown[] = []
    made.put = (records, task) => {
      if (records.length === 0) return
      puts.push(records.map(({ value }) => value))
      if (puts.length < 3) {
        task.context.timeout(10)
        throw new RetriableError('not yet')
      }
      done.push(...records.map(({ value }) => value))
    }
    await worker.put('again', {
      'connector.class': 'TestSink',
      topics: 'again',
      'consumer.override.max.poll.records': '2',
    })
    await until('all is put', () => done.length === 3)
    expect(done).toEqual([1, 2, 3])
    expect(puts.slice(0, 3)).toEqual([puts[0], puts[0], puts[0]])
  })

  it('is refused before it runs', async () => {
    worker = await rig.worker({ properties: { 'connector.client.config.override.policy': 'None' } }, modules)
    const put = (config: Record<string, string>) => worker.put('x', config)
    await expect(put({ 'connector.class': 'TestSink', topics: 'a', transforms: 'mask' })).rejects.toThrow(
      'Missing required configuration "transforms.mask.type" which has no default value.',
    )
    await expect(put({ 'connector.class': 'TestSink' })).rejects.toThrow('Must configure one of topics or topics.regex')
    await expect(put({ 'connector.class': 'Nope' })).rejects.toThrow('which name matches Nope')
    await expect(
      put({ 'connector.class': 'FileStreamSource', topic: 'a', 'topic.creation.default.partitions': '3' }),
    ).rejects.toThrow(
      'Missing required configuration "topic.creation.default.replication.factor" which has no default value.',
    )
    const { runner } = await put({
      'connector.class': 'TestSink',
      topics: 'a',
      'consumer.override.max.poll.records': '2',
    })
    expect(runner.state).toBe('FAILED')
    expect(runner.trace).toContain('policy None does not let connectors set consumer.override.max.poll.records')
  })

  it('makes several tasks', async () => {
    worker = await rig.worker({}, modules)
    const { runner } = await worker.put('many', {
      'connector.class': 'TestSource',
      topic: 'many',
      'tasks.max': '3',
      'errors.tolerance': 'all',
    })
    expect(runner.tasks.map(({ name }) => name)).toEqual(['many-0', 'many-1', 'many-2'])
  })
})

describe('values of config providers', () => {
  const file = 'org.apache.kafka.common.config.provider.FileConfigProvider'
  const start = (extra: Record<string, string> = {}) =>
    rig.worker({
      properties: { 'config.providers': 'secrets', 'config.providers.secrets.class': file, ...extra },
    })

  it('are what connectors and their tasks get, and nobody is shown', async () => {
    writeFileSync(rig.path('in.txt'), 'one\n')
    writeFileSync(rig.path('secrets'), `in=${rig.path('in.txt')}\nmost=many\nservers=${server.bootstrap}\n`)
    const variable = (key: string) => `\${secrets:${rig.path('secrets')}:${key}}`
    worker = await start({ 'bootstrap.servers': variable('servers') })
    const config = { 'connector.class': 'FileStreamSource', topic: 'provided', file: variable('in') }
    const { runner } = await worker.put('reads', config)
    expect((await consume('provided', 1)).map(({ value }) => value)).toEqual([expect.stringContaining('one')])
    expect(runner.config).toMatchObject(config)
    expect(runner.tasks.map(({ shown }) => shown)).toEqual([expect.objectContaining({ file: variable('in') })])
    expect(JSON.stringify([connectorInfo(runner), taskInfos(runner)])).not.toContain('in.txt')
    await worker.restartTask('reads', 0)
    expect(runner.tasks[0]?.trace).toBeUndefined()
    const checked = worker.toolbox.validate({ ...config, 'tasks.max': variable('most') })
    expect(checked.find(({ key }) => key.name === 'file')?.value).toBe(variable('in'))
    const [error] = checked.find(({ key }) => key.name === 'tasks.max')?.errors ?? []
    expect(error).toContain(`Invalid value ${variable('most')} for configuration tasks.max`)
  })

  it('that cannot be read leave no connector', async () => {
    worker = await start()
    const config = { 'connector.class': 'FileStreamSource', topic: 'x', file: `\${secrets:/nowhere/at/all:in}` }
    await expect(worker.put('reads', config)).rejects.toThrow('Could not read properties from file /nowhere/at/all')
    expect(worker.names()).toEqual([])
  })
})
