import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { ReadAhead } from '../../src/server/storage/read-ahead.ts'
import { programOf } from '../support/programs.ts'
import { CompactionHistory, checkReading, TOMBSTONE_MS } from './compaction.ts'
import { isFilled } from './filling.ts'
import { check, type FinalLogs, History } from './history.ts'
import { simulate } from './scenario.ts'
import { checkShares, ShareHistory } from './shares.ts'
import { checkTransfers, TransferHistory } from './transfers.ts'
import { checkTrimmed, TrimHistory } from './trimming.ts'

describe('a simulated node', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('keeps its promises from seed %i', async (seed) => {
    const takes = vi.spyOn(ReadAhead.prototype, 'take')
    const { complaints, acknowledged, cleanings } = await simulate(seed)
    const isAhead = takes.mock.results.some(({ value }) => value !== undefined)
    takes.mockRestore()
    expect(complaints).toEqual([])
    expect(cleanings).toBeGreaterThan(0)
    expect(isAhead).toBe(isFilled(seed))
    expect(acknowledged).toBeGreaterThan(0)
  })

  it.each([
    [1, 1, false],
    [2, 3, false],
    [3, 3, false],
    // Heartbeats of a new share group come while too few replicas are in sync.
    [11, 3, true],
  ])(
    'keeps them as a cluster of three from seed %i, with %i controllers (apart: %s)',
    async (seed, voters, apart) => {
      const { complaints, acknowledged } = await simulate(seed, { brokers: 3, voters, apart })
      expect(complaints).toEqual([])
      expect(acknowledged).toBeGreaterThan(0)
    },
    60_000,
  )

  it.each([
    // A leader that has removed itself is lost, and nobody else has that record.
    [6, false],
    // Controllers lose their disks as well.
    [3, true],
  ])(
    'keeps them while controllers lose their votes and get them back, from seed %i (apart: %s)',
    async (seed, apart) => {
      const run = await simulate(seed, { brokers: 3, voters: 3, apart, changing: true })
      expect(run.complaints).toEqual([])
      expect(run.votesGiven).toBeGreaterThan(0)
    },
    60_000,
  )

  it('gives one trace for one seed, byte for byte, in two processes', () => {
    const run = () =>
      spawnSync(process.execPath, [programOf(join(import.meta.dirname, 'main.ts')), '--seed', '11'], {
        maxBuffer: 1 << 28,
      })
    const [first, second] = [run(), run()]
    expect(first.status).toBe(0)
    expect(first.stdout.length).toBeGreaterThan(10_000)
    expect(first.stdout.equals(second.stdout)).toBe(true)
  })
})

/** A run in which all is well, to be spoilt. */
function goodRun(): {
  history: History
  logs: Map<string, { offset: number; value: string }[]>
  topics: Map<string, number>
} {
  const history = new History()
  const logs = new Map<string, { offset: number; value: string }[]>([['t-0', []]])
  for (let offset = 0; offset < 10; offset++) {
    const value = `v${offset}`
    history.sent.set(value, { partition: 't-0', offset })
    history.seen.push({ partition: 't-0', offset, value, by: 'reader' })
    logs.get('t-0')?.push({ offset, value })
  }
  history.commits.push({ partition: 't-0', offset: 4, acknowledged: 1 })
  history.committedReads.push({ partition: 't-0', offset: 4 }, { partition: 't-0', offset: 10 })
  history.topicsCreated.set('t', 1)
  return { history, logs, topics: new Map([['t', 1]]) }
}

describe('the checker', () => {
  it('has nothing to say of a good run', () => {
    const { history, logs, topics } = goodRun()
    expect(check(history, logs, topics)).toEqual([])
  })

  type Spoil = (run: ReturnType<typeof goodRun>) => void
  const records = (run: ReturnType<typeof goodRun>) => run.logs.get('t-0') as { offset: number; value: string }[]
  const defects: [string, Spoil, RegExp][] = [
    ['a lost tail', (run) => records(run).pop(), /lost: v9/],
    ['a lost record in the middle', (run) => records(run).splice(3, 1), /not contiguous/],
    ['a record twice', (run) => records(run).push({ offset: 10, value: 'v3' }), /twice: v3/],
    ['an invented record', (run) => records(run).push({ offset: 10, value: 'who?' }), /invented/],
    [
      'two records swapped',
      (run) =>
        ([records(run)[1], records(run)[2]] = [
          { offset: 1, value: 'v2' },
          { offset: 2, value: 'v1' },
        ]),
      /unstable|lost/,
    ],
    [
      'a committed offset that goes back',
      (run) => run.history.committedReads.push({ partition: 't-0', offset: 2 }),
      /went back/,
    ],
    ['a lost commit', (run) => run.history.commits.push({ partition: 't-0', offset: 12, acknowledged: 2 }), /is lost/],
    ['a lost topic', (run) => run.topics.clear(), /topic t was created/],
    ['a record that nobody was given', (run) => run.history.seen.pop(), /not read: .* v9/],
    ['a topic that came back', (run) => run.history.topicsDeleted.add('t'), /was deleted and is there/],
  ]
  it.each(defects)('finds %s', (_name, spoil, complaint) => {
    const run = goodRun()
    spoil(run)
    expect(check(run.history, run.logs as FinalLogs, run.topics).join('\n')).toMatch(complaint)
  })
})

describe('the checker of transactions', () => {
  const at = (offset: number, value: string) => ({ partition: 't-0', offset, value })
  function goodRun() {
    const history = new TransferHistory()
    history.outcomes.set('a', { outcome: 'committed', parts: 2 })
    history.outcomes.set('b', { outcome: 'aborted', parts: 1 })
    history.outcomes.set('c', { outcome: 'unknown', parts: 1 })
    history.seen.push(at(0, 'a/0'))
    return { history, final: [at(0, 'a/0'), at(1, 'a/1')] }
  }

  it('has nothing to say of a good run, however the unknown one ended', () => {
    const { history, final } = goodRun()
    expect([...checkTransfers(history, final)]).toEqual([])
    expect([...checkTransfers(history, [...final, at(4, 'c/0')])]).toEqual([])
  })

  it.each<[string, (run: ReturnType<typeof goodRun>) => void, RegExp]>([
    ['a lost one', ({ history }) => history.outcomes.set('d', { outcome: 'committed', parts: 1 }), /lost: d/],
    ['a torn one', ({ final }) => final.pop(), /torn: 1 of 2 records of a/],
    ['an aborted one', ({ final }) => final.push(at(4, 'b/0')), /b was aborted, and is seen/],
    ['a record twice', ({ final }) => final.push(at(4, 'a/1')), /twice: a\/1/],
    ['an invented record', ({ final }) => final.push(at(4, 'x/0')), /invented/],
    ['a record that readers saw too early', ({ history }) => history.seen.push(at(3, 'b/0')), /is at no place later/],
  ])('finds %s', (_name, spoil, complaint) => {
    const run = goodRun()
    spoil(run)
    expect([...checkTransfers(run.history, run.final)].join('\n')).toMatch(complaint)
  })
})

describe('the checker of a compacted topic', () => {
  function goodRun() {
    const history = new CompactionHistory()
    const wrote = (key: string, value: string | null, fate: 'acknowledged' | 'aborted' | 'unknown', offset: number) =>
      Object.assign(history.begin(key, value, 0), { fate, offset })
    wrote('a', 'a1', 'acknowledged', 0)
    wrote('a', 'a2', 'acknowledged', 1)
    wrote('b', 'b1', 'acknowledged', 2)
    wrote('b', null, 'acknowledged', 3)
    wrote('c', 'c1', 'acknowledged', 4)
    wrote('c', 'c2', 'aborted', 5)
    wrote('c', 'c3', 'unknown', 6)
    const seen = [
      { offset: 1, key: 'a', value: 'a2' as string | null },
      { offset: 3, key: 'b', value: null },
      { offset: 4, key: 'c', value: 'c1' },
    ]
    return { history, seen, ended: 1000 }
  }
  type GoodRun = ReturnType<typeof goodRun>
  const complaints = ({ history, seen, ended }: GoodRun) => [
    ...checkReading(history, seen, history.certain(), { began: 0, ended }),
  ]

  it('has nothing to say of a good run, nor when a tombstone is old', () => {
    expect(complaints(goodRun())).toEqual([])
    const { history, seen } = goodRun()
    expect(complaints({ history, seen: seen.filter(({ key }) => key !== 'b'), ended: TOMBSTONE_MS })).toEqual([])
    history.begin('a', null, 0)
    expect(complaints({ history, seen: seen.filter(({ key }) => key === 'c'), ended: TOMBSTONE_MS })).toEqual([])
  })

  it.each<[string, (run: GoodRun) => void, RegExp]>([
    ['a lost value', ({ seen }) => seen.splice(0, 1), /lost: a=a2/],
    [
      'an older value in its place',
      ({ seen }) => seen.splice(0, 1, { offset: 0, key: 'a', value: 'a1' }),
      /lost: a=a2/,
    ],
    ['an older value behind it', ({ seen }) => seen.splice(1, 0, { offset: 2, key: 'a', value: 'a1' }), /a=a1 at 2 is/],
    ['a value that moved', ({ seen }) => seen.splice(0, 1, { offset: 0, key: 'a', value: 'a2' }), /a=a2 at 0 is/],
    ['an aborted value', ({ seen }) => seen.push({ offset: 5, key: 'c', value: 'c2' }), /c=c2 at 5 was aborted/],
    ['an invented value', ({ seen }) => seen.push({ offset: 9, key: 'c', value: 'c9' }), /c=c9 at 9 is invented/],
    ['a tombstone that went too early', ({ seen }) => seen.splice(1, 1), /tombstone of b at 3 went too early/],
    [
      'a deleted value that is back',
      ({ seen }) => seen.splice(1, 1, { offset: 2, key: 'b', value: 'b1' }),
      /back again: b was deleted/,
    ],
  ])('finds %s', (_name, spoil, complaint) => {
    const run = goodRun()
    spoil(run)
    expect(complaints(run).join('\n')).toMatch(complaint)
  })
})

describe('the checker of a partition whose beginning is deleted', () => {
  function goodRun() {
    const history = new TrimHistory()
    for (let offset = 0; offset < 6; offset++) history.sent.set(`v${offset}`, offset)
    history.sent.set('v6', undefined)
    history.asked = 4
    const seen = [2, 3, 4, 5, 6].map((offset) => ({ offset, value: `v${offset}` }))
    return { history, seen, gone: 2, certain: new Map([['v5', 5]]) }
  }
  type GoodRun = ReturnType<typeof goodRun>
  const complaints = ({ history, seen, ...known }: GoodRun) => [...checkTrimmed(history, seen, known)]

  it('has nothing to say of a good run, nor when records go while it is read', () => {
    expect(complaints(goodRun())).toEqual([])
    expect(complaints({ ...goodRun(), seen: goodRun().seen.filter(({ offset }) => offset !== 3) })).toEqual([])
  })

  it.each<[string, (run: GoodRun) => void, RegExp]>([
    ['a deleted record', ({ seen }) => seen.unshift({ offset: 1, value: 'v1' }), /v1 at 1 was deleted/],
    ['a lost record', ({ seen }) => seen.splice(3), /lost: v5 at 5/],
    ['a gap', ({ seen }) => seen.splice(2, 1), /missing: 4 to 4/],
    ['a record twice', ({ seen }) => seen.push({ offset: 6, value: 'v6' }), /v6 at 6 comes again/],
    [
      'a record that moved',
      ({ seen }) => seen.splice(4, 1, { offset: 6, value: 'v2' }),
      /v2 at 6 was acknowledged at 2/,
    ],
    ['an invented record', ({ seen }) => seen.push({ offset: 7, value: 'v7' }), /invented: v7/],
  ])('finds %s', (_name, spoil, complaint) => {
    const run = goodRun()
    spoil(run)
    expect(complaints(run).join('\n')).toMatch(complaint)
  })
})

describe('the checker of a share group', () => {
  const partition = 't-0'
  const given = (offset: number, value = `v${offset}`) =>
    ({ partition, offset, is: 'delivered', value, by: 'one', count: 1 }) as const
  function goodRun() {
    const history = new ShareHistory()
    const { events } = history
    events.push(given(0), { partition, offset: 0, is: 'told', what: 'accept' })
    events.push({ partition, offset: 0, is: 'confirmed', what: 'accept' })
    events.push(given(1), { partition, offset: 1, is: 'told', what: 'release' })
    events.push({ partition, offset: 1, is: 'confirmed', what: 'release' })
    // What was told and not confirmed comes again.
    events.push(given(1), { partition, offset: 1, is: 'told', what: 'reject' })
    events.push(given(1), { partition, offset: 1, is: 'told', what: 'accept' })
    const records = [0, 1].map((offset) => ({ offset, value: `v${offset}` }))
    return { history, logs: new Map([[partition, records]]) }
  }

  it('has nothing to say of a good run', () => {
    const { history, logs } = goodRun()
    expect([...checkShares(history, logs)]).toEqual([])
  })

  it('lets a leader that is cut off hand out what is over, and not confirm what is said of it', () => {
    const { history, logs } = goodRun()
    history.events.push(given(0))
    expect([...checkShares(history, logs, true)]).toEqual([])
    history.events.push({ partition, offset: 0, is: 'confirmed', what: 'reject' })
    expect([...checkShares(history, logs, true)]).toEqual(['again: reject of t-0@0 was confirmed after accept'])
  })

  it.each<[string, (run: ReturnType<typeof goodRun>) => void, RegExp]>([
    ['a record that was over', ({ history }) => history.events.push(given(0)), /again: t-0@0 came to one/],
    [
      'a record of which nobody was told',
      ({ logs }) => logs.get(partition)?.push({ offset: 2, value: 'v2' }),
      /not shared: .* v2/,
    ],
    ['a record that was only given back', ({ history }) => history.events.splice(5, 5), /not shared: .* v1/],
    ['another record', ({ history }) => history.events.push(given(1, 'who?')), /unstable: one was given who\?/],
  ])('finds %s', (_name, spoil, complaint) => {
    const run = goodRun()
    spoil(run)
    expect([...checkShares(run.history, run.logs)].join('\n')).toMatch(complaint)
  })
})
