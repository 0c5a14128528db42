import { describe, expect, it } from 'vitest'
import {
  BufferConfig,
  JoinWindows,
  SessionWindows,
  StreamsBuilder,
  Suppressed,
  serdes,
  TimeWindows,
} from '../../src/streams/index.ts'
import { ByteStore } from '../../src/streams/state/byte-store.ts'
import { CacheBudget, RecordCache } from '../../src/streams/state/record-cache.ts'
import { WindowIndex } from '../../src/streams/state/window-index.ts'
import { WindowedStore } from '../../src/streams/state/windowed-store.ts'
import { storedTimeWindowed } from '../../src/streams/windowed.ts'
import { TaskDriver } from './task-driver.ts'

const MINUTE = 60_000
const grouped = () => new StreamsBuilder().stream<string, string>('in').groupByKey()

/** A store of windows of a minute that keeps them for ten; `log` has what reached the changelog. */
function windowed(isCached: boolean) {
  const log: string[] = []
  const cache = isCached ? new RecordCache(new CacheBudget(10_000)) : undefined
  const index = new WindowIndex({ kind: 'time', retentionMs: 10 * MINUTE })
  const bytes = new ByteStore('s', (key, value) => log.push(`${key.toString('hex')}=${value}`), cache, index)
  const context = { timestamp: 5, headers: [], metadata: { topic: 't', partition: 0, offset: 0 } }
  const store = new WindowedStore(bytes, storedTimeWindowed(serdes.string, MINUTE), serdes.string, () => context)
  return { bytes, store, log }
}

const window = (start: number) => ({ start: start * MINUTE, end: (start + 1) * MINUTE })
const put = ({ store }: ReturnType<typeof windowed>, key: string, start: number) =>
  store.put({ key, window: window(start) }, `${key}${start}`)

describe('a store of windows', () => {
  it.each([false, true])('finds the windows of a key in their order; with a cache: %s', (isCached) => {
    const one = windowed(isCached)
    for (const start of [3, 1, 2, 7]) for (const key of ['a', 'ab']) put(one, key, start)
    const found = (key: string, from: number, to: number) =>
      one.store.fetch(key, from * MINUTE, to * MINUTE).map(({ value }) => value)
    expect(found('a', 1, 3)).toEqual(['a1', 'a2', 'a3'])
    expect(found('ab', 2, 100)).toEqual(['ab2', 'ab3', 'ab7'])
    one.store.delete({ key: 'a', window: window(2) })
    expect(found('a', 1, 3)).toEqual(['a1', 'a3'])
  })

  it('forgets windows that are older than it keeps', () => {
    const one = windowed(false)
    put(one, 'a', 0)
    put(one, 'a', 9)
    expect(one.store.get({ key: 'a', window: window(0) })).toBe('a0')
    put(one, 'b', 10)
    expect(one.store.get({ key: 'a', window: window(0) })).toBeUndefined()
    expect([...one.store.all()].map(({ value }) => value)).toEqual(['a9', 'b10'])
    put(one, 'b', 100)
    expect(one.bytes.size).toBe(1)
  })

  it('numbers equal entries on from those of an earlier life', () => {
    const first = windowed(false)
    first.store.append('a', 'x', 7)
    first.store.append('a', 'y', 7)
    expect(first.log).toEqual(['61000000000000000700000001=x', '61000000000000000700000002=y'])
    const second = windowed(false)
    second.bytes.restore(Buffer.from('61000000000000000700000002', 'hex'), Buffer.from('y'), 5)
    second.store.append('a', 'z', 7)
    expect(second.store.fetch('a', 0, 9).map(({ value }) => value)).toEqual(['y', 'z'])
  })
})

describe('what makes no sense', () => {
  it('is refused in one sentence', () => {
    expect(() => TimeWindows.ofSizeWithNoGrace(0)).toThrow('The size of windows must be a whole number')
    expect(() => TimeWindows.ofSizeWithNoGrace(10).advanceBy(11)).toThrow('must not be larger than their size 10')
    expect(() => JoinWindows.ofTimeDifferenceWithNoGrace(5).after(-6)).toThrow('must not end before it begins')
    expect(() => SessionWindows.ofInactivityGapAndGrace(5, -1)).toThrow('The grace of windows must be a whole number')
    const windows = TimeWindows.ofSizeAndGrace(10, 5)
    expect(() => grouped().windowedBy(windows).count({ store: 's', retentionMs: 14 })).toThrow(
      'The retention of the store s must be 15 ms or more',
    )
    expect(() => Suppressed.untilWindowCloses(BufferConfig.maxRecords(5))).toThrow('must be unbounded, or shut down')
    expect(() => grouped().count().suppress(Suppressed.untilWindowCloses(BufferConfig.unbounded()))).toThrow(
      'Window close time is only defined for windowed computations',
    )
  })

  it('is refused to read what is held back', () => {
    const builder = new StreamsBuilder()
    builder.table('in').suppress(Suppressed.untilTimeLimit(5, BufferConfig.unbounded()), { name: 'held' })
    const process = () => builder.stream('other').process(() => ({ process: () => {} }), { stores: ['held-store'] })
    expect(process).toThrow('The store held-store holds changes back, and is not for processors.')
  })

  it('ends the application when a buffer that must not is full', () => {
    const builder = new StreamsBuilder()
    builder
      .table('in')
      .suppress(Suppressed.untilTimeLimit(1000, BufferConfig.maxRecords(1).shutDownWhenFull()), { name: 'held' })
      .toStream()
      .to('out')
    const driver = new TaskDriver(builder.build(), new Map())
    const send = (key: string) =>
      driver.pipe({ topic: 'in', key: Buffer.from(key), value: Buffer.from('x'), timestamp: 1 })
    send('a')
    // Java's text, and its estimate of the bytes.
    expect(() => send('b')).toThrow(
      'held buffer exceeded its max capacity. Currently [2/1] records and [64/9223372036854775807] bytes.',
    )
  })
})
