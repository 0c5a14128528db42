import { describe, expect, it } from 'vitest'
import type { CleanerSettings } from '../../../../src/server/storage/cleaner/log-cleaner.ts'
import type { Log } from '../../../../src/server/storage/log.ts'
import type { LogConfig } from '../../../../src/server/storage/log-config.ts'
import { memoryRuntime } from '../../../support/memory-runtime.ts'
import { TOPIC_ID } from '../batches.ts'
import { Author, allIn, check, committedIn, managerOn, pass } from './compacted-life.ts'

const checkpoint = '/logs/cleaner-offset-checkpoint'

function worldOf(config: Partial<LogConfig> = {}, cleaner: Partial<CleanerSettings> = {}) {
  const runtime = memoryRuntime()
  const lines: string[] = []
  const manager = managerOn(runtime, config, cleaner, (line) => lines.push(line))
  manager.load()
  const log = manager.getOrCreate('t', 0, TOPIC_ID)
  const author = new Author(log, () => runtime.clock.now())
  const text = (path: string) => String(runtime.disk.readFile(path))
  return { runtime, clock: runtime.clock, lines, manager, log, author, text }
}

function fill({ author }: { author: Author }, rounds: number): void {
  for (let i = 0; i < rounds * 4; i++) author.append([[`k${i % 4}`, `${i}`.padEnd(60, '.')]])
}

const logFiles = (runtime: ReturnType<typeof memoryRuntime>) =>
  [...runtime.disk.files()].filter(([path]) => /\/t-0\/.*(log|index)$/.test(path))

const keysOf = (log: Log) => allIn(log).map(({ key }) => key)

describe('the log cleaner', () => {
  it('leaves one record of each key below the active segment, and notes how far it came', async () => {
    const world = worldOf()
    fill(world, 6)
    world.manager.start()
    await pass(world.clock, 3000)
    const active = [...world.runtime.disk.files().keys()].filter((path) => /t-0\/\d+\.log$/.test(path)).at(-1) as string
    const upTo = Number(active.slice(-24, -4))
    expect(allIn(world.log).filter(({ offset }) => offset < upTo).length).toBeLessThanOrEqual(4)
    expect(new Set(keysOf(world.log))).toEqual(new Set(['k0', 'k1', 'k2', 'k3']))
    expect([...check(world.log, world.author.written, 24)]).toEqual([])
    expect(world.text(checkpoint)).toBe(`0\n1\nt 0 ${upTo}\n`)
    expect(world.lines.some((line) => line.startsWith(`Compacted t-0 up to offset ${upTo}: `))).toBe(true)
    expect([...world.runtime.disk.files().keys()].filter((path) => /deleted|cleaned$|swap/.test(path))).toEqual([])
    await world.manager.shutdown()
  })

  it('changes nothing the second time, but that segments which are small by now become one', async () => {
    const world = worldOf({ minCleanableDirtyRatio: 0 })
    fill(world, 6)
    world.author.append([['k1', null]])
    fill(world, 1)
    const results: [string, Buffer][][] = []
    const records: ReturnType<typeof allIn>[] = []
    for (let run = 0; run < 3; run++) {
      world.runtime.disk.remove(checkpoint)
      const manager = run === 0 ? world.manager : managerOn(world.runtime, { minCleanableDirtyRatio: 0 })
      if (run > 0) manager.load()
      const log = manager.get('t', 0) as Log
      log.advanceHighWatermark(log.logEndOffset)
      manager.start()
      await pass(world.clock, 2000)
      expect(world.runtime.disk.readFile(checkpoint)).toBeDefined()
      records.push(allIn(log))
      await manager.shutdown()
      results.push(logFiles(world.runtime))
    }
    expect(records[1]).toEqual(records[0])
    expect(records[2]).toEqual(records[0])
    expect(results[2]).toEqual(results[1])
  })

  it('sets a log aside in which a batch is damaged, and leaves it as it is', async () => {
    const world = worldOf()
    fill(world, 6)
    await world.log.flush()
    const file = world.runtime.disk.open('/logs/t-0/00000000000000000000.log')
    file.write(Buffer.from('X'), 90)
    file.close()
    const other = world.manager.getOrCreate('u', 0, TOPIC_ID)
    const before = logFiles(world.runtime)
    fill({ author: new Author(other, () => world.clock.now()) }, 6)
    world.manager.start()
    await pass(world.clock, 4000)
    expect(world.lines.filter((line) => line.startsWith('Cannot compact t-0, which is left as it is'))).toHaveLength(1)
    expect(logFiles(world.runtime)).toEqual(before)
    expect(world.lines.some((line) => line.startsWith('Compacted u-0'))).toBe(true)
    await world.manager.shutdown()
  })

  it('goes on where the map of offsets was full', async () => {
    const world = worldOf({}, { bufferBytes: 24 * 8 })
    for (let i = 0; i < 40; i++) world.author.append([[`k${i % 20}`, `${i}`.padEnd(60, '.')]])
    world.manager.start()
    await pass(world.clock, 8000)
    expect(world.lines.filter((line) => line.startsWith('Compacted t-0')).length).toBeGreaterThan(3)
    expect([...check(world.log, world.author.written, 40)]).toEqual([])
    expect(keysOf(world.log).filter((key) => key === 'k0')).toHaveLength(1)
    await world.manager.shutdown()
  })

  it('says so when there is no room for a single key, and does not try for ever', async () => {
    const world = worldOf({}, { bufferBytes: 20, ioBytes: 0 })
    fill(world, 6)
    const before = logFiles(world.runtime)
    world.manager.start()
    await pass(world.clock, 4000)
    expect(world.lines.filter((line) => line.includes('no room for a single key'))).toHaveLength(1)
    expect(logFiles(world.runtime).filter(([path]) => path.endsWith('.log'))).toEqual(
      before.filter(([path]) => path.endsWith('.log')),
    )
    await world.manager.shutdown()
  })

  it('reads batches that are larger than its buffer', async () => {
    const world = worldOf({ segmentBytes: 4000 }, { ioBytes: 0 })
    for (let i = 0; i < 8; i++) world.author.append([['k', `${i}`.padEnd(3000, '.')]])
    world.manager.start()
    await pass(world.clock, 3000)
    expect(world.lines.some((line) => line.startsWith('Compacted t-0'))).toBe(true)
    expect([...check(world.log, world.author.written, 8)]).toEqual([])
    await world.manager.shutdown()
  })

  it('rests for as long as its share of the disk asks for', async () => {
    const took = async (bytesPerSecond: number) => {
      const world = worldOf({}, { bytesPerSecond })
      fill(world, 6)
      world.manager.start()
      const started = world.clock.monotonic()
      while (!world.lines.some((line) => line.startsWith('Compacted'))) await pass(world.clock, 20)
      await world.manager.shutdown()
      return world.clock.monotonic() - started
    }
    const quick = await took(Number.MAX_VALUE)
    expect((await took(1000)) - quick).toBeGreaterThan(2000)
  })

  it('stops in the middle when the node does', async () => {
    const world = worldOf({}, { bytesPerSecond: 100 })
    fill(world, 6)
    world.manager.start()
    await pass(world.clock, 2000)
    await world.manager.shutdown()
    expect(world.lines.some((line) => /Compacted|Cannot|ended/.test(line))).toBe(false)
    expect([...world.runtime.disk.files().keys()].filter((path) => /cleaned$|swap/.test(path))).toEqual([])
  })

  it.each([1000, 1200, 1500, 2500])(
    'does not mind a log that is deleted at %i ms, nor the next one of its name',
    async (ms) => {
      const world = worldOf({}, { bytesPerSecond: 1000 })
      fill(world, 6)
      world.manager.start()
      await pass(world.clock, ms)
      world.manager.delete('t', 0)
      const log = world.manager.getOrCreate('t', 0, 'b2pp4yFXQzKvUiVf8Vv6dQ')
      const author = new Author(log, () => world.clock.now())
      fill({ author }, 6)
      await pass(world.clock, 9000)
      expect([...check(log, author.written, 24)]).toEqual([])
      expect(world.lines.some((line) => /Cannot|ended|Stopped/.test(line))).toBe(false)
      expect(world.lines.some((line) => line.startsWith('Compacted t-0'))).toBe(true)
      await world.manager.shutdown()
    },
  )

  it.each([1000, 1200, 1500, 2500])('does not mind records that are deleted at %i ms', async (ms) => {
    const world = worldOf({}, { bytesPerSecond: 1000 })
    fill(world, 6)
    world.manager.start()
    await pass(world.clock, ms)
    world.log.deleteRecordsBefore(9)
    await pass(world.clock, 9000)
    expect([...check(world.log, world.author.written, 24)]).toEqual([])
    expect(world.lines.some((line) => /Cannot|ended|Stopped/.test(line))).toBe(false)
    expect(world.lines.some((line) => line.startsWith('Compacted t-0'))).toBe(true)
    await world.manager.shutdown()
  })

  it('never brings back what was cut off in the middle of a swap', async () => {
    const ends = new Set<number>()
    for (let step = 0; step < 25; step++) {
      const world = worldOf()
      fill(world, 6)
      await world.log.flush()
      const { compaction } = world.log
      const old = compaction.sealed()
      const fresh = compaction.create(0)
      for (const { buffer } of world.log.readBatches(0, 12)) fresh.append(buffer, false)
      fresh.seal()
      await fresh.flush(true)
      const swap = compaction.swap(old, fresh).catch((error: unknown) => error)
      for (let turn = 0; turn < step; turn++) await Promise.resolve()
      world.log.truncateTo(5)
      world.runtime.disk.killProcess()
      await swap
      const manager = managerOn(world.runtime)
      manager.load()
      ends.add(manager.get('t', 0)?.logEndOffset as number)
    }
    expect([...ends]).toEqual([5])
  })

  it('begins anew where a log was cut below what was clean', async () => {
    const world = worldOf()
    fill(world, 6)
    world.manager.start()
    await pass(world.clock, 3000)
    world.log.truncateTo(3)
    world.author.written.length = world.log.logEndOffset
    fill(world, 6)
    await pass(world.clock, 3000)
    expect([...check(world.log, world.author.written, world.author.written.length)]).toEqual([])
    expect(keysOf(world.log).filter((key) => key === 'k0').length).toBeLessThanOrEqual(2)
    await world.manager.shutdown()
  })

  it('shows no aborted record to readers of committed data whose records are still in memory', async () => {
    const world = worldOf({ segmentBytes: 200_000 })
    const big = 'x'.repeat(100_000)
    const append = (value: string) => world.author.append([['k', `${value} ${big}`]])
    for (let i = 0; i < 4; i++) append(`${i}`)
    // A reader that keeps up has the log keep its tail.
    world.log.read(3, 1, 4, true).release()
    for (let i = 0; i < 3; i++) append(`more ${i}`)
    const first = world.author.written.length
    world.author.append([['k', 'aborted']], 8, true)
    world.author.end(8, 'aborted', world.author.written.slice(first))
    world.author.append([['k', 'committed']], 8, true)
    world.author.end(8, 'committed', world.author.written.slice(-1))
    for (let i = 0; i < 5; i++) append(`last ${i}`)
    world.log.read(first, 1, 1000, true).release()
    world.manager.start()
    await pass(world.clock, 3000)
    // The first cleaning takes the records, the second one what the index says of them.
    for (let i = 0; i < 3; i++) append(`behind ${i}`)
    await pass(world.clock, 3000)
    expect(world.lines.filter((line) => line.startsWith('Compacted t-0')).length).toBeGreaterThan(1)
    const read = world.log.read(first, 1000, 1000, true)
    const aborted = world.log.abortedTransactions(first, first + 1)
    expect(aborted).toEqual([])
    const hasIt = read.buffers.some((buffer) => buffer.includes('aborted'))
    expect(hasIt).toBe(false)
    expect(committedIn(world.log).some(({ value }) => value === 'aborted')).toBe(false)
    await world.manager.shutdown()
  })

  it('keeps what a restart needs to go on with sequence numbers', async () => {
    const world = worldOf()
    for (let i = 0; i < 12; i++) world.author.append([['k', `${i}`.padEnd(60, '.')]], 7)
    world.author.append([['other', 'x'.repeat(60)]], 9)
    for (let i = 0; i < 12; i++)
      world.author.append([
        ['k', `${i}`.padEnd(60, '.')],
        ['other', '.'],
      ])
    world.manager.start()
    await pass(world.clock, 3000)
    await world.manager.shutdown()
    for (const path of world.runtime.disk.files().keys())
      if (/snapshot$|recovery-point/.test(path)) world.runtime.disk.remove(path)
    const manager = managerOn(world.runtime)
    manager.load()
    const log = manager.get('t', 0) as Log
    expect(log.producer(7)?.lastSequence).toBe(11)
    expect(log.producer(9)?.lastSequence).toBe(0)
    expect(committedIn(log).some(({ offset }) => offset < 13)).toBe(false)
  })

  it('deletes what is out of time as well, where that is asked for', async () => {
    const world = worldOf({ cleanupPolicy: ['compact', 'delete'], retentionMs: 5000 })
    fill(world, 6)
    world.manager.start()
    await pass(world.clock, 3000)
    expect(world.log.logStartOffset).toBe(0)
    await pass(world.clock, 5000)
    expect(world.log.logStartOffset).toBeGreaterThan(15)
    await world.manager.shutdown()
  })
})

it('has holes where compaction was, though the topic is not compacted any more', async () => {
  const world = worldOf()
  fill(world, 6)
  for (let i = 0; i < 8; i++) world.author.append([['k0', `${i}`.padEnd(60, '.')]])
  world.manager.start()
  await pass(world.clock, 3000)
  const before = allIn(world.log)
  world.runtime.disk.killProcess()
  world.clock.reset()
  world.runtime.disk.remove('/logs/recovery-point-offset-checkpoint')
  const manager = managerOn(world.runtime, { cleanupPolicy: ['delete'] })
  manager.load()
  const log = manager.get('t', 0) as Log
  log.advanceHighWatermark(log.logEndOffset)
  expect(allIn(log)).toEqual(before)
})
