import { describe, expect, it } from 'vitest'
import { KafkaError } from '../../src/client/index.ts'
import { keyValueStore, StreamsBuilder, StreamsError, type StreamsState, serdes } from '../../src/streams/index.ts'
import { streamsAtNode } from './at-node.ts'
import { type StreamsHarness, spell } from './harness.ts'

let harness: StreamsHarness

streamsAtNode((given) => {
  harness = given
})

async function committed(id: string): Promise<number | undefined> {
  const offsets = (await harness.admin.listConsumerGroupOffsets([id])).get(id)
  const [first] = offsets && !(offsets instanceof KafkaError) ? offsets.values() : []
  return first && !(first instanceof KafkaError) ? first.offset : undefined
}

describe('an application whose function fails', () => {
  it('ends, tells why, and commits nothing of it; the next one reads the record again', async () => {
    await harness.topics({ risky: 1, done: 1 })
    await harness.produce(...['1', '2', 'bad', '4'].map((value) => ({ topic: 'risky', value })))
    const program = (isFixed: boolean) => {
      const builder = new StreamsBuilder()
      builder
        .stream<string, string>('risky')
        .mapValues((value) => {
          if (value === 'bad' && !isFixed) throw new Error('that is bad')
          return `${value}!`
        })
        .to('done')
      return builder.build()
    }
    const states: StreamsState[] = []
    const errors: Error[] = []
    const app = harness.application(
      'fails',
      program(false),
      {},
      {
        onStateChange: (state) => states.push(state),
        onError: (error) => errors.push(error),
      },
    )
    await app.start().catch(() => {})
    await expect(app.untilEnd()).rejects.toThrow(
      'Task 0_0 failed in KSTREAM-MAPVALUES-0000000001 at offset 2 of risky-0: that is bad',
    )
    expect(errors[0]).toBeInstanceOf(StreamsError)
    expect(states.filter((state) => state !== 'REBALANCING' && state !== 'RUNNING')).toEqual(['PENDING_ERROR', 'ERROR'])
    expect((await committed('fails')) ?? 0).toBeLessThanOrEqual(2)
    const fixed = harness.application('fails', program(true))
    await fixed.start()
    const records = await harness.read('done', (found) => found.some(({ value }) => `${value}` === '4!'))
    expect(records.map(({ value }) => `${value}`).slice(-2)).toEqual(['bad!', '4!'])
    await fixed.close()
  })
})

describe('an application whose processors cannot even be closed', () => {
  it('leaves its group all the same', async () => {
    await harness.topics({ stubborn: 1 })
    await harness.produce({ topic: 'stubborn', value: 'x' })
    const builder = new StreamsBuilder()
    const refuse = () => {
      throw new Error('no')
    }
    builder.stream('stubborn').process(() => ({ process: refuse, close: refuse }))
    const app = harness.application('stubborn-app', builder.build())
    await app.start().catch(() => {})
    await expect(app.untilEnd()).rejects.toThrow('at offset 0 of stubborn-0: no')
    const group = (await harness.admin.describeConsumerGroups(['stubborn-app'])).get('stubborn-app')
    expect(group).toMatchObject({ state: 'Empty', members: [] })
  })
})

describe('records that cannot be read', () => {
  const build = () => {
    const builder = new StreamsBuilder()
    builder.stream<string, number>('longs', { value: serdes.long }).to('longs-out', { value: serdes.long })
    return builder.build()
  }

  it('end the application, or are left out, as Java does it', async () => {
    await harness.topics({ longs: 1, 'longs-out': 1 })
    const seven = Buffer.from([0, 0, 0, 0, 0, 0, 0, 7])
    await harness.produce({ topic: 'longs', value: 'short' }, { topic: 'longs', key: 'k', value: seven })
    const app = harness.application('strict', build())
    await app.start().catch(() => {})
    await expect(app.untilEnd()).rejects.toThrow(
      'The record at offset 0 of longs-0 cannot be read: The bytes of a long are 8, these are 5.',
    )
    const warnings: string[] = []
    const handler = 'org.apache.kafka.streams.errors.LogAndContinueExceptionHandler'
    const tolerant = harness.application(
      'tolerant',
      build(),
      { 'deserialization.exception.handler': handler },
      { onWarning: (sentence) => warnings.push(sentence) },
    )
    await tolerant.start()
    expect((await harness.read('longs-out', ({ length }) => length > 0)).map(spell)).toEqual(['k=7'])
    expect(warnings).toEqual([
      'The record at offset 0 of longs-0 cannot be read: The bytes of a long are 8, these are 5. It is left out.',
    ])
    await tolerant.close()
  })
})

describe('an application with exactly once whose transaction is ended from outside, as when it takes too long', () => {
  it.each([
    ['between two transactions', 100],
    ['within one', 2000],
  ])('begins from its last commit and goes on, %s', async (_, commitMs) => {
    const [id, from, to] = ['fenced', 'fenced-in', 'fenced-out'].map((name) => `${name}-${commitMs}`) as [
      string,
      string,
      string,
    ]
    await harness.topics({ [from]: 1, [to]: 1 })
    const builder = new StreamsBuilder()
    builder.stream<string, string>(from).groupByKey().count().toStream().to(to, { value: serdes.long })
    const properties = { 'processing.guarantee': 'exactly_once_v2', 'commit.interval.ms': commitMs }
    const warnings: string[] = []
    const hooks = { onWarning: (sentence: string) => warnings.push(sentence) }
    const app = harness.application(id, builder.build(), { ...properties, 'statestore.cache.max.bytes': 0 }, hooks)
    await app.start()
    await harness.produce({ topic: from, key: 'k', value: 'x' })
    const transaction = async () =>
      (await harness.admin.listTransactions()).find(({ transactionalId }) => transactionalId.startsWith(`${id}-`))
    const state = commitMs > 100 ? 'Ongoing' : 'CompleteCommit'
    await expect.poll(async () => (await transaction())?.state, { timeout: 10_000 }).toBe(state)
    await harness.admin.fenceProducer((await transaction())?.transactionalId ?? '')
    await harness.produce({ topic: from, key: 'k', value: 'x' })
    const counts = await harness.read(to, (found) => found.length >= 2)
    expect(counts.map(spell)).toEqual(['k=1', 'k=2'])
    expect(warnings).toHaveLength(1)
    expect(app.state).toBe('RUNNING')
    await app.close()
  })
})

describe('what cannot work is said before anything is read', () => {
  const start = async (build: (builder: StreamsBuilder) => void) => {
    const builder = new StreamsBuilder()
    build(builder)
    await harness.application('refused', builder.build()).start()
  }

  it('for topics', async () => {
    await harness.topics({ two: 2, three: 3 })
    await expect(start((b) => b.stream('nowhere').to('x'))).rejects.toThrow('Source topics are missing: nowhere.')
    await expect(
      start((b) =>
        b
          .stream('two')
          .join(b.table('three'), () => '')
          .to('x'),
      ),
    ).rejects.toThrow('Following topics do not have the same number of partitions: two=2, three=3')
    await expect(start((b) => void b.stream('two').merge(b.stream('three')).groupByKey().count())).rejects.toThrow(
      'Topics that are read into the same stores must have the same number of partitions: two=2, three=3',
    )
  })

  it('for topologies', () => {
    const twice = new StreamsBuilder()
    twice.stream('in')
    expect(() => twice.stream('in')).toThrow('Topic in has already been registered by another source.')
    expect(() => keyValueStore('no blanks')).toThrow('is illegal')
    expect(() => new StreamsBuilder().stream('in').process(() => ({ process() {} }), { stores: ['x'] })).toThrow(
      'StateStore x is not added yet.',
    )
  })
})
