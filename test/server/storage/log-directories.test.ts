import { describe, expect, it, vi } from 'vitest'
import { UNASSIGNED } from '../../../src/protocol/directory-ids.ts'
import { defaultLogConfig, type LogConfig } from '../../../src/server/storage/log-config.ts'
import type { DirectoryFailure } from '../../../src/server/storage/log-directories.ts'
import { LogManager, type LogManagerOptions } from '../../../src/server/storage/log-manager.ts'
import type { DiskOperation } from '../../support/disk-faults.ts'
import { memoryRuntime } from '../../support/memory-runtime.ts'
import { asClient, batchOf, TOPIC_ID, valuesFrom } from './batches.ts'

const OTHER_ID = 'nOgH1fHBTOmfgnVjn0s3XA'
const [A, B, C] = ['AAAAAAAAAAAAAAAAAAAA_w', 'AAAAAAAAAAAAAAAAAAAB_w', 'AAAAAAAAAAAAAAAAAAAC_w'] as const
const ids = new Map([
  ['/logs/a', A],
  ['/logs/b', B],
])

function setUp(options: Partial<LogManagerOptions> = {}, config: Partial<LogConfig> = {}) {
  const runtime = memoryRuntime()
  const failures: DirectoryFailure[] = []
  const lines: string[] = []
  const make = (more: Partial<LogManagerOptions> = {}) =>
    new LogManager({
      ...{ runtime, dirs: ['/logs/a', '/logs/b'], directoryIds: ids, nodeId: 1, clusterId: 'c' },
      configFor: () => ({ ...defaultLogConfig, segmentBytes: 1000, flushMs: 10, ...config }),
      onDirFailure: (failure) => failures.push(failure),
      log: (line) => lines.push(line),
      ...{ highWatermarkCheckpointMs: 100, retentionCheckMs: 100, flushCheckMs: 100, flushCheckpointMs: 100 },
      ...{ initialDelayMs: 0, ...options, ...more },
    })
  const fault = (operation: DiskOperation, path: string, code = 'EIO', times = 1) =>
    runtime.disk.faults.add({ operation, path, code, times })
  return { runtime, failures, lines, make, fault }
}

/** Two logs in the first directory, and one in the second. */
function opened(...args: Parameters<typeof setUp>) {
  const all = setUp(...args)
  const manager = all.make()
  manager.load()
  const [x, y, z] = [
    manager.getOrCreate('x', 0, TOPIC_ID, A),
    manager.getOrCreate('y', 0, TOPIC_ID, A),
    manager.getOrCreate('z', 0, TOPIC_ID, B),
  ]
  for (const log of [x, y, z]) for (const value of ['1', '2']) log.append(batchOf({ values: [value] }), asClient)
  return { ...all, manager, x, y, z }
}

const storageError = expect.objectContaining({ error: 'KAFKA_STORAGE_ERROR' })
const errorOf = (action: () => unknown): unknown => {
  try {
    return action()
  } catch (error) {
    return error
  }
}

describe('a log directory that fails while its node runs', () => {
  type Opened = ReturnType<typeof opened>
  it.each<[string, DiskOperation, (all: Opened) => unknown]>([
    ['an append', 'write', ({ x }) => x.append(batchOf(), asClient)],
    ['a flush', 'sync', ({ x }) => x.flush()],
    ['a read', 'read', ({ x }) => valuesFrom(x, 0)],
    ['a new segment', 'open', ({ x }) => x.append(batchOf({ padding: 900 }), asClient)],
    ['the end of a segment', 'open', ({ x }) => x.append(batchOf({ padding: 900 }), asClient)],
    ['a truncation', 'truncate', ({ x }) => x.truncateTo(1)],
    ['a checkpoint', 'write', ({ manager }) => manager.checkpoint()],
    ['the rename of a deleted log', 'rename', ({ manager }) => manager.delete('x', 0)],
  ])('at %s takes all of its logs out of use, and no other', async (what, operation, action) => {
    const all = opened()
    const { runtime, failures, manager, x, y, z, fault } = all
    if (what === 'a read') for (const log of [x, y]) log.tidy(Number.POSITIVE_INFINITY)
    fault(operation, what === 'a checkpoint' ? '/logs/a/recovery' : '/logs/a/x-0')
    const check = vi.spyOn(runtime.disk.faults, 'check')
    await Promise.resolve(errorOf(() => action(all))).catch(() => {})
    expect(failures.map(({ path, id, error }) => [path, id, (error as NodeJS.ErrnoException).code])).toEqual([
      ['/logs/a', A, 'EIO'],
    ])
    check.mockClear()
    for (const log of what.startsWith('the rename') ? [y] : [x, y]) {
      expect(errorOf(() => log.append(batchOf(), asClient))).toEqual(storageError)
      expect(errorOf(() => log.read(0, 1000, 2, true))).toEqual(storageError)
      expect(errorOf(() => log.writeOut())).toEqual(storageError)
      expect(errorOf(() => [...log.readBatches(0)])).toEqual(storageError)
      await expect(log.flush()).rejects.toEqual(storageError)
    }
    expect([manager.get('x', 0), manager.get('y', 0)]).toEqual([undefined, undefined])
    expect(valuesFrom(z, 0)).toEqual(['1', '2'])
    manager.start()
    z.append(batchOf(), asClient)
    await runtime.clock.advance(1000)
    expect(z.recoveryPoint).toBe(3)
    await manager.shutdown()
    // Nothing was tried again there, by nobody.
    expect(check.mock.calls.filter(([, path]) => path.startsWith('/logs/a'))).toEqual([])
    expect(runtime.disk.stat('/logs/a/.kafka_cleanshutdown')).toBeUndefined()
    expect(runtime.disk.stat('/logs/b/.kafka_cleanshutdown')).toBeDefined()
    check.mockRestore()
    const again = all.make()
    again.load()
    if (again.get('x', 0)) expect(valuesFrom(again.get('x', 0)!, 0).slice(0, 1)).toEqual(['1'])
    expect(valuesFrom(again.get('y', 0)!, 0)).toEqual(['1', '2'])
  })

  it('keeps what its checkpoints say when retention meets the failure', async () => {
    const rarely = { highWatermarkCheckpointMs: 1e9, flushCheckMs: 1e9, flushCheckpointMs: 1e9 }
    const { runtime, manager, make, x, y, fault } = opened({ ...rarely, retentionCheckMs: 100 }, { retentionMs: 1000 })
    for (const log of [x, y]) {
      for (let i = 0; i < 10; i++) log.append(batchOf(), asClient)
      log.advanceHighWatermark(log.logEndOffset)
      log.deleteRecordsBefore(3)
    }
    const saved = () => runtime.disk.readFile('/logs/a/log-start-offset-checkpoint')?.toString()
    const before = saved()
    expect(before).toBe('0\n2\nx 0 3\ny 0 3\n')
    // All of x has expired; the new segment of y cannot be made.
    fault('open', '/logs/a/y-0')
    manager.start()
    await runtime.clock.advance(500)
    expect(manager.dirInfo()[0]?.failed).toBe(true)
    await manager.shutdown()
    expect(saved()).toBe(before)
    const again = make()
    again.load()
    for (const name of ['x', 'y']) expect(again.get(name, 0)).toMatchObject({ logStartOffset: 3, logEndOffset: 12 })
  })

  it('writes nothing of what was gathered for it', async () => {
    const { runtime, manager, x, y, fault } = opened()
    const file = () => runtime.disk.readFile('/logs/a/y-0/00000000000000000000.log')?.length
    const before = file()
    y.append(batchOf({ values: ['gathered'] }), { ...asClient, gather: true })
    fault('write', '/logs/a/x-0')
    expect(errorOf(() => x.append(batchOf(), asClient))).toEqual(storageError)
    expect(errorOf(() => y.writeOut())).toEqual(storageError)
    expect(file()).toBe(before)
    expect(manager.dirInfo()).toMatchObject([{ failed: true, logs: [] }, { failed: false }])
  })

  it('has no flush believed that was under way', async () => {
    const { x, y, fault } = opened()
    const flushed = y.flush()
    fault('write', '/logs/a/x-0')
    expect(errorOf(() => x.append(batchOf(), asClient))).toEqual(storageError)
    await expect(flushed).rejects.toEqual(storageError)
  })

  it('is left by the cleaner', async () => {
    const settings = {
      enabled: true,
      bufferBytes: 1e6,
      loadFactor: 0.9,
      ioBytes: 1000,
      bytesPerSecond: 1e9,
      backoffMs: 10,
    }
    const all = opened({ cleaner: () => settings }, { minCleanableDirtyRatio: 0 })
    const { runtime, manager, x, failures, fault } = all
    for (let i = 0; i < 30; i++) x.append(batchOf({ padding: 100 }), asClient)
    x.advanceHighWatermark(x.logEndOffset)
    x.config = { ...x.config, cleanupPolicy: ['compact'] }
    fault('write', '.cleaned')
    manager.start()
    await runtime.clock.advance(1000)
    expect(failures.map(({ path }) => path)).toEqual(['/logs/a'])
    await manager.shutdown()
  })
})

describe('a log directory that cannot be used when its node starts', () => {
  it.each<[string, DiskOperation, string]>([
    ['cannot be made', 'mkdir', '/logs/a'],
    ['cannot be locked', 'lock', '/logs/a'],
    ['cannot be listed', 'list', '/logs/a'],
    ['has a log that cannot be read', 'read', '/logs/a/x-0'],
    ['has a checkpoint that cannot be read', 'read', '/logs/a/recovery-point-offset-checkpoint'],
  ])('for it %s is left out', async (_, operation, path) => {
    const { manager, make, fault, failures } = opened()
    await manager.shutdown()
    fault(operation, path)
    const again = make()
    again.load()
    expect(failures.map((failure) => failure.path)).toEqual(['/logs/a'])
    expect([...again.all()].map(({ name }) => name)).toEqual(['z-0'])
    expect(again.directories.onlineIds).toEqual([B])
    expect(again.cleanStop.clean).toBe(false)
    await again.shutdown()
  })

  it('for another process has it keeps the node from starting', async () => {
    const { runtime, make } = setUp()
    runtime.disk.mkdir('/logs/a')
    runtime.disk.lock('/logs/a/.lock')
    expect(() => make().load()).toThrow('Failed to acquire lock on file .lock in /logs/a.')
  })

  it('is one too many when there is no other', () => {
    const { make, fault } = setUp()
    fault('list', '/logs', 'EIO', 2)
    expect(() => make().load()).toThrow('No log directory can be used')
  })
})

describe('a new log', () => {
  it('goes where the metadata says, or else to the directory with the fewest', () => {
    const { manager } = opened()
    const place = (name: string, id?: string) => manager.dirOf(manager.getOrCreate(name, 0, TOPIC_ID, id))
    expect([place('a', A), place('b', UNASSIGNED), place('c', C), place('d')]).toEqual([
      ...['/logs/a', '/logs/b', '/logs/b', '/logs/a'],
    ])
    expect(manager.directoryIdOf('a', 0)).toBe(A)
  })

  it('goes to no directory that is cordoned, unless it is named, or all are', () => {
    const { manager } = opened()
    const place = (name: string, id?: string) => manager.dirOf(manager.getOrCreate(name, 0, TOPIC_ID, id))
    expect(manager.directories.cordon(['/logs/b'])).toBe(true)
    expect(manager.directories.cordon(['/logs/b'])).toBe(false)
    expect(manager.directories.cordonedIds).toEqual([B])
    expect(manager.dirInfo().map(({ cordoned }) => cordoned)).toEqual([false, true])
    expect([place('a', UNASSIGNED), place('b', B)]).toEqual(['/logs/a', '/logs/b'])
    manager.directories.cordon(['/logs/b', '/logs/a'])
    expect([place('c'), place('d')]).toEqual(['/logs/a', '/logs/a'])
    manager.directories.cordon([])
    expect(place('e')).toBe('/logs/b')
  })

  it('is not begun where it may lie in a directory that is out of use', () => {
    const { manager, x, fault } = opened()
    fault('write', '/logs/a/x-0')
    errorOf(() => x.append(batchOf(), asClient))
    for (const id of [A, C, undefined])
      expect(errorOf(() => manager.getOrCreate('new', 0, TOPIC_ID, id))).toEqual(storageError)
    for (const id of [UNASSIGNED, B])
      expect(manager.dirOf(manager.getOrCreate(`new-${id}`, 0, TOPIC_ID, id))).toBe('/logs/b')
  })

  it('goes elsewhere where there is no room for its folder', () => {
    const { manager, failures, fault } = opened()
    manager.getOrCreate('more', 0, TOPIC_ID, B)
    manager.getOrCreate('more', 1, TOPIC_ID, B)
    fault('mkdir', '/logs/a', 'ENOSPC')
    expect(manager.dirOf(manager.getOrCreate('new', 0, TOPIC_ID, UNASSIGNED))).toBe('/logs/b')
    expect(failures).toHaveLength(1)
    fault('mkdir', '/logs/b', 'ENOSPC')
    expect(errorOf(() => manager.getOrCreate('newer', 0, TOPIC_ID, UNASSIGNED))).toEqual(storageError)
  })
})

describe('a partition in two directories', () => {
  async function twins(topicIdInB: string, known: { topicId: string; directory: string | undefined }) {
    const { runtime, lines, make } = setUp()
    const alone = (path: string) => make({ dirs: [path] })
    for (const [path, topicId] of [['/logs/a', TOPIC_ID] as const, ['/logs/b', topicIdInB] as const]) {
      const manager = alone(path)
      manager.load()
      manager.getOrCreate('x', 0, topicId).append(batchOf({ values: [path] }), asClient)
      await manager.shutdown()
    }
    const load = () => {
      const manager = make({ topicIdOf: () => known.topicId, directoryOf: () => known.directory })
      manager.load()
      return valuesFrom(manager.get('x', 0)!, 0)
    }
    return { runtime, lines, load }
  }

  it.each([
    ['an earlier topic of that name', OTHER_ID, { topicId: TOPIC_ID, directory: UNASSIGNED }, '/logs/a', '/logs/b'],
    ['a later one', OTHER_ID, { topicId: OTHER_ID, directory: UNASSIGNED }, '/logs/b', '/logs/a'],
  ])('is that of the topic that is there, where one is of %s', async (_, inB, known, kept, gone) => {
    const { runtime, load } = await twins(inB, known)
    expect(load()).toEqual([kept])
    expect(runtime.disk.stat(`${gone}/x-0`)).toBeUndefined()
  })

  it.each([
    [A, '/logs/a', '/logs/b'],
    [B, '/logs/b', '/logs/a'],
  ])('is the one that the metadata names', async (directory, kept, other) => {
    const { runtime, lines, load } = await twins(TOPIC_ID, { topicId: TOPIC_ID, directory })
    expect(load()).toEqual([kept])
    expect(runtime.disk.stat(`${other}/x-0/00000000000000000000.log`)?.size).toBeGreaterThan(0)
    expect(lines).toContain(`Left out ${other}/x-0: ${kept}/x-0 has the partition's records`)
  })

  it('is deleted where the other one has all of it', async () => {
    const { runtime, make } = setUp()
    for (const [path, values] of [
      ['/logs/a', ['one', 'two']],
      ['/logs/b', ['one', 'two', 'three']],
    ] as const) {
      const manager = make({ dirs: [path] })
      manager.load()
      const log = manager.getOrCreate('x', 0, TOPIC_ID)
      for (const value of values) log.append(batchOf({ values: [value] }), asClient)
      await manager.shutdown()
    }
    const start = (directory: string) => {
      const manager = make({ topicIdOf: () => TOPIC_ID, directoryOf: () => directory })
      manager.load()
      const values = valuesFrom(manager.get('x', 0)!, 0)
      return { values, end: () => manager.shutdown() }
    }
    const first = start(A)
    expect(first.values).toEqual(['one', 'two'])
    await first.end()
    expect(start(B).values).toEqual(['one', 'two', 'three'])
    expect(runtime.disk.stat('/logs/a/x-0')).toBeUndefined()
  })

  it('keeps the node from starting where nobody knows', async () => {
    const { load } = await twins(TOPIC_ID, { topicId: TOPIC_ID, directory: UNASSIGNED })
    expect(load).toThrow('/logs/b/x-0 and /logs/a/x-0 hold the same partition')
  })
})
