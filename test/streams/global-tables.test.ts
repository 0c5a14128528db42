import { describe, expect, it } from 'vitest'
import { keyValueStore, type ProcessorContext, StreamsBuilder, serdes, Topology } from '../../src/streams/index.ts'
import { streamsAtNode } from './at-node.ts'
import { type StreamsHarness, spell } from './harness.ts'

let harness: StreamsHarness

streamsAtNode((given) => {
  harness = given
})

/** Orders, each with the name of who made it, which all instances know. */
function named(prefix: string): Topology {
  const builder = new StreamsBuilder()
  const names = builder.globalTable<string, string>(`${prefix}-names`, { store: 'names' })
  builder
    .stream<string, string>(`${prefix}-orders`)
    .leftJoin(
      names,
      (_, order) => order.split(' ')[1],
      (order, name) => `${order}:${name}`,
    )
    .to(`${prefix}-out`)
  return builder.build()
}

const KEYS = Array.from({ length: 30 }, (_, at) => `u${at}`)

describe('a global table', () => {
  it.each(['at_least_once', 'exactly_once_v2'])(
    'is read before the application runs, at each instance, and followed, %s',
    async (guarantee) => {
      const prefix = `orders-${guarantee}`
      const [names, orders, out] = [`${prefix}-names`, `${prefix}-orders`, `${prefix}-out`]
      await harness.topics({ [names]: 3, [orders]: 2, [out]: 1 })
      await harness.produce(...KEYS.map((key) => ({ topic: names, key, value: `name of ${key}` })))
      await harness.produce({ topic: names, key: null, value: 'nobody' })
      await harness.produce(...KEYS.map((key) => ({ topic: orders, key, value: `tea ${key}` })))
      const properties = { 'processing.guarantee': guarantee, 'auto.offset.reset': 'latest' }
      const begin = { ...properties, 'main.consumer.auto.offset.reset': 'earliest' }
      const one = harness.application(prefix, named(prefix), begin)
      await one.start()
      const found = await harness.read(out, ({ length }) => length >= KEYS.length)
      expect(found.map(spell).sort()).toEqual(KEYS.map((key) => `${key}=tea ${key}:name of ${key}`).sort())
      const two = harness.application(prefix, named(prefix), begin)
      await two.start()
      await harness.produce({ topic: names, key: 'u1', value: 'another' }, { topic: names, key: 'u2', value: null })
      for (const app of [one, two]) {
        const value = (key: string) => (app.state === 'RUNNING' ? app.store('names').get(key) : 'not running')
        await expect.poll(() => [value('u1'), value('u2')], { timeout: 20_000 }).toEqual(['another', undefined])
        expect(app.store('names').approximateNumEntries()).toBe(29)
        expect([...app.store<string, string>('names').all()]).toHaveLength(29)
      }
      await one.close()
      await harness.produce({ topic: orders, key: 'x', value: 'jam u1' }, { topic: orders, key: 'x', value: 'jam u2' })
      const later = await harness.read(out, ({ length }) => length >= KEYS.length + 2)
      expect(later.map(spell).slice(-2)).toEqual(['x=jam u1:another', 'x=jam u2:null'])
      await two.close()
      const made = (await harness.admin.listTopics()).map(({ name }) => name).filter((name) => name.startsWith(prefix))
      expect(made.sort()).toEqual([names, orders, out])
    },
    60_000,
  )

  it('has what transactions have committed', async () => {
    await harness.topics({ drafts: 1, facts: 1, questions: 1, answers: 1 })
    await harness.produce(...['a', 'b', 'c'].map((key) => ({ topic: 'drafts', key, value: `fact ${key}` })))
    const exactly = { 'processing.guarantee': 'exactly_once_v2' }
    const builder = new StreamsBuilder()
    builder.stream('drafts').to('facts')
    const writer = harness.application('writer', builder.build(), exactly)
    await writer.start()
    await harness.read('facts', ({ length }) => length === 3)
    await writer.close()
    for (const guarantee of ['at_least_once', 'exactly_once_v2']) {
      const asking = new StreamsBuilder()
      const facts = asking.globalTable<string, string>('facts')
      asking
        .stream<string, string>('questions')
        .join(
          facts,
          (key) => key,
          (_, fact) => `${fact}, ${guarantee}`,
        )
        .to('answers')
      // What comes last in the topic is the mark of a transaction, which is no record.
      const app = harness.application(`asking-${guarantee}`, asking.build(), { 'processing.guarantee': guarantee })
      await app.start()
      await harness.produce({ topic: 'questions', key: 'b', value: '?' })
      const isThere = (found: readonly Parameters<typeof spell>[0][]) =>
        found.some((record) => spell(record) === `b=fact b, ${guarantee}`)
      await harness.read('answers', isThere)
      await app.close()
    }
  }, 30_000)

  it('needs no streams beside it', async () => {
    await harness.topics({ alone: 2 })
    await harness.produce({ topic: 'alone', key: 'a', value: '1' })
    const builder = new StreamsBuilder()
    builder.globalTable('alone', { store: 'alone' })
    const app = harness.application('lonely', builder.build())
    await app.start()
    expect(app.store('alone').get('a')).toBe('1')
    await harness.produce({ topic: 'alone', key: 'a', value: '2' })
    await expect.poll(() => app.store('alone').get('a'), { timeout: 10_000 }).toBe('2')
    await app.close()
    expect(app.state).toBe('NOT_RUNNING')
  })

  it('ends the application where its topic is missing, or has what cannot be read', async () => {
    const missing = new StreamsBuilder()
    missing.globalTable('nowhere')
    await expect(harness.application('missing', missing.build()).start()).rejects.toThrow(
      'Source topics are missing: nowhere.',
    )
    await harness.topics({ odd: 1 })
    await harness.produce({ topic: 'odd', key: 'a', value: 'text' })
    const program = () => {
      const builder = new StreamsBuilder()
      builder.globalTable('odd', { store: 'odd', value: serdes.long })
      return builder.build()
    }
    await expect(harness.application('odd-app', program()).start()).rejects.toThrow(
      'The record at offset 0 of odd-0 cannot be read: The bytes of a long are 8, these are 4.',
    )
    const handler = 'org.apache.kafka.streams.errors.LogAndContinueExceptionHandler'
    const lenient = harness.application('odd-app', program(), { 'deserialization.exception.handler': handler })
    await lenient.start()
    expect(lenient.store('odd').get('a')).toBeUndefined()
    await harness.produce({ topic: 'odd', key: 'b', value: Buffer.alloc(8, 0) })
    await expect.poll(() => lenient.store('odd').get('b'), { timeout: 10_000 }).toBe(0)
    await lenient.close()
  })

  it('ends the application when its processor fails later', async () => {
    await harness.topics({ fragile: 1 })
    const topology = new Topology().addGlobalStore(
      keyValueStore('kept', { key: serdes.string, value: serdes.string }),
      'source',
      'fragile',
      'keeping',
      () => ({
        process: ({ value }) => {
          throw new Error(`no ${value}`)
        },
      }),
      { key: serdes.string, value: serdes.string },
    )
    const app = harness.application('fragile-app', topology)
    await app.start()
    await harness.produce({ topic: 'fragile', key: 'a', value: 'thanks' })
    await expect(app.untilEnd()).rejects.toThrow('failed in keeping at offset 0 of fragile-0: no thanks')
    expect(app.state).toBe('ERROR')
  })

  it('is for reading alone', async () => {
    await harness.topics({ truths: 1, asks: 1 })
    await harness.produce({ topic: 'asks', key: 'a', value: 'x' })
    const builder = new StreamsBuilder()
    builder.globalTable<string, string>('truths', { store: 'facts' })
    builder.stream<string, string>('asks').process(() => {
      let context: ProcessorContext<never, never>
      return {
        init: (given) => {
          context = given
        },
        process: ({ key, value }) => context.stateStore('facts').put(key, value),
      }
    })
    const app = harness.application('writes', builder.build())
    await app.start().catch(() => {})
    await expect(app.untilEnd()).rejects.toThrow('The store facts is a global one: only its topic changes it.')
  })
})

describe('a topology with a global store', () => {
  it('has each topic and each store once, and connects nobody with them', () => {
    const build = () => {
      const builder = new StreamsBuilder()
      builder.globalTable('facts', { store: 'facts' })
      return builder
    }
    expect(() => build().stream('facts')).toThrow('Topic facts has already been registered by another source.')
    expect(() => build().globalTable('facts')).toThrow('Topic facts has already been registered by another source.')
    expect(() => build().globalTable('others', { store: 'facts' })).toThrow('StateStore facts is already added.')
    const passing = () => ({ process: () => {} })
    expect(() =>
      build()
        .stream('in')
        .process(passing, { stores: ['facts'] }),
    ).toThrow('Global StateStore facts can be used by a processor without being connected with it.')
  })
})
