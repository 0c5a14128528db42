import { describe, expect, it } from 'vitest'
import { UNASSIGNED } from '../../../src/protocol/directory-ids.ts'
import { defaultLogConfig, type LogConfig } from '../../../src/server/storage/log-config.ts'
import { LogManager, type LogManagerOptions } from '../../../src/server/storage/log-manager.ts'
import { memoryRuntime } from '../../support/memory-runtime.ts'
import { asClient, batchOf, TOPIC_ID, valuesFrom } from './batches.ts'

const OTHER_ID = 'nOgH1fHBTOmfgnVjn0s3XA'

function setUp(config: Partial<LogConfig> = {}, options: Partial<LogManagerOptions> = {}) {
  const runtime = memoryRuntime()
  const lines: string[] = []
  const failed: string[] = []
  const make = () =>
    new LogManager({
      runtime,
      dirs: ['/logs/a', '/logs/b'],
      nodeId: 1,
      clusterId: 'c',
      configFor: () => ({ ...defaultLogConfig, segmentBytes: 1000, ...config }),
      onDirFailure: ({ path }) => failed.push(path),
      log: (line) => lines.push(line),
      ...options,
    })
  return { runtime, lines, failed, make }
}

describe('a log manager', () => {
  it('finds its logs again after a clean stop', async () => {
    const { runtime, make } = setUp()
    const first = make()
    first.load()
    expect(first.cleanStop).toEqual({ clean: false, brokerEpoch: -1 })
    for (const topic of ['x', 'y', 'z'])
      first.getOrCreate(topic, 0, TOPIC_ID).append(batchOf({ values: [topic] }), asClient)
    const log = first.get('x', 0)!
    log.advanceHighWatermark(1)
    expect(first.dirInfo().map(({ logs }) => logs.length)).toEqual([2, 1])
    await first.shutdown(42)
    expect(runtime.disk.readFile('/logs/a/.kafka_cleanshutdown')?.toString()).toBe('{"version":0,"brokerEpoch":42}')
    expect(runtime.disk.readFile('/logs/a/recovery-point-offset-checkpoint')?.toString()).toBe('0\n2\nx 0 1\nz 0 1\n')
    expect(runtime.disk.readFile('/logs/a/x-0/partition.metadata')?.toString()).toBe(
      `version: 0\ntopic_id: ${TOPIC_ID}`,
    )

    const second = make()
    second.load()
    expect(second.cleanStop).toEqual({ clean: true, brokerEpoch: 42 })
    expect([...second.all()].map(({ name, topicId }) => [name, topicId])).toEqual([
      ['x-0', TOPIC_ID],
      ['z-0', TOPIC_ID],
      ['y-0', TOPIC_ID],
    ])
    expect(second.get('x', 0)?.highWatermark).toBe(1)
    expect(valuesFrom(second.get('z', 0)!, 0)).toEqual(['z'])
    expect(runtime.disk.stat('/logs/a/.kafka_cleanshutdown')).toBeUndefined()
    second.unlock()
    const third = make()
    third.load()
    expect(third.cleanStop.clean).toBe(false)
  })

  it.each([
    ['keeps what a crash left to the operating system, where records are to be durable', 1, ['told', 'untold']],
    ['leaves it to the operating system otherwise', Number.POSITIVE_INFINITY, []],
  ])('%s', async (_what, flushMessages, left) => {
    const { runtime, make } = setUp({ flushMessages })
    runtime.disk.mkdir('/logs')
    runtime.disk.syncDir('/')
    runtime.disk.mkdir('/logs/a')
    runtime.disk.mkdir('/logs/b')
    runtime.disk.syncDir('/logs')
    const first = make()
    first.load()
    const log = first.getOrCreate('x', 0, TOPIC_ID)
    await log.append(batchOf({ values: ['told'] }), asClient).written
    log.append(batchOf({ values: ['untold'] }), asClient).written?.catch(() => {})
    runtime.disk.killProcess()

    const second = make()
    second.load()
    expect(valuesFrom(second.get('x', 0)!, 0)).toEqual(['told', 'untold'])
    await second.flushRecovered()
    runtime.disk.losePower('nothing')
    const third = make()
    third.load()
    const found = third.get('x', 0)
    expect(found ? valuesFrom(found, 0) : []).toEqual(left)
  })

  it('closes an untouched log without a single write', async () => {
    const { runtime, make } = setUp()
    const first = make()
    first.load()
    first.getOrCreate('x', 0, TOPIC_ID).append(batchOf(), asClient)
    await first.shutdown()
    const before = runtime.disk.files()
    const second = make()
    second.load()
    await second.shutdown()
    expect(runtime.disk.files()).toEqual(before)
  })

  it('refuses a directory that is in use', () => {
    const { make } = setUp()
    make().load()
    expect(() => make().load()).toThrow('Failed to acquire lock on file .lock in /logs/a')
  })

  it('refuses another topic id for the same name', () => {
    const { make } = setUp()
    const manager = make()
    manager.load()
    const log = manager.getOrCreate('x', 0, TOPIC_ID)
    expect(manager.getOrCreate('x', 0, TOPIC_ID)).toBe(log)
    expect(() => manager.getOrCreate('x', 0, OTHER_ID)).toThrow('has topic id')
  })

  it('deletes at once, and the files later', async () => {
    const { runtime, make } = setUp()
    const manager = make()
    manager.load()
    manager.getOrCreate('x', 0, TOPIC_ID).append(batchOf(), asClient)
    manager.delete('x', 0)
    expect(manager.get('x', 0)).toBeUndefined()
    expect(runtime.disk.list('/logs/a')?.filter((name) => name.startsWith('x'))).toEqual([
      expect.stringMatching(/^x-0\.[0-9a-f]{32}-delete$/),
    ])
    expect(manager.getOrCreate('x', 0, OTHER_ID).logEndOffset).toBe(0)
    await runtime.clock.advance(defaultLogConfig.fileDeleteDelayMs)
    expect(runtime.disk.list('/logs/a')?.filter((name) => name.endsWith('-delete'))).toEqual([])
  })

  it('finishes a deletion that a crash interrupted', () => {
    const { runtime, make } = setUp()
    const manager = make()
    manager.load()
    manager.getOrCreate('x', 0, TOPIC_ID)
    manager.delete('x', 0)
    runtime.disk.killProcess()
    const again = make()
    again.load()
    expect([...again.all()]).toEqual([])
    expect(runtime.disk.list('/logs/a')?.some((name) => name.includes('x-0'))).toBe(false)
  })

  it('leaves the metadata log and unknown folders alone', () => {
    const { runtime, make } = setUp()
    for (const name of ['__cluster_metadata-0', 'lost+found', 'x-0-stray']) runtime.disk.mkdir(`/logs/a/${name}`)
    const manager = make()
    manager.load()
    expect([...manager.all()].map(({ name }) => name)).toEqual([])
  })

  it.each(['recovery-point-offset-checkpoint', 'log-start-offset-checkpoint', 'replication-offset-checkpoint'])(
    'loses no data when %s is damaged',
    async (name) => {
      for (const damage of [
        '',
        '0\n',
        '1\n1\nx 0 1\n',
        '0\n7\nx 0 1\n',
        '0\n1\nx 0 -4\n',
        '\0\0\0\0\0\0',
        '0\n1\nx 0 5',
      ]) {
        const { runtime, make } = setUp()
        const first = make()
        first.load()
        const log = first.getOrCreate('x', 0, TOPIC_ID)
        for (let i = 0; i < 50; i++) log.append(batchOf({ values: [`${i}`] }), asClient)
        await first.shutdown()
        runtime.disk.writeFile(`/logs/a/${name}`, damage)
        const second = make()
        second.load()
        expect(valuesFrom(second.get('x', 0)!, 0)).toHaveLength(50)
      }
    },
  )

  it('goes on with the other directory when one fails', async () => {
    const { runtime, make, failed } = setUp()
    const manager = make()
    manager.load()
    const [bad, good] = [manager.getOrCreate('x', 0, TOPIC_ID), manager.getOrCreate('y', 0, TOPIC_ID)]
    runtime.disk.faults.add({ operation: 'write', path: '/logs/a', code: 'EIO', times: 1 })
    expect(() => bad.append(batchOf(), asClient)).toThrow('Disk error')
    expect(failed).toEqual(['/logs/a'])
    good.append(batchOf(), asClient)
    expect(manager.dirOf(manager.getOrCreate('z', 0, TOPIC_ID, UNASSIGNED))).toBe('/logs/b')
    await manager.shutdown()
    expect(runtime.disk.stat('/logs/a/.kafka_cleanshutdown')).toBeUndefined()
    expect(runtime.disk.stat('/logs/b/.kafka_cleanshutdown')).toBeDefined()
  })

  it('does its work in time: retention, flush, checkpoints', async () => {
    const { runtime, make, lines } = setUp({ retentionMs: 3600_000, flushMs: 500 })
    const manager = make()
    manager.load()
    manager.start()
    const log = manager.getOrCreate('x', 0, TOPIC_ID)
    for (let i = 0; i < 50; i++) log.append(batchOf({ timestamp: runtime.clock.now() }), asClient)
    log.advanceHighWatermark(40)
    await runtime.clock.advance(6000)
    expect(runtime.disk.readFile('/logs/a/replication-offset-checkpoint')?.toString()).toBe('0\n1\nx 0 40\n')
    await runtime.clock.advance(90_000)
    expect(log.recoveryPoint).toBe(50)
    expect(runtime.disk.readFile('/logs/a/recovery-point-offset-checkpoint')?.toString()).toBe('0\n1\nx 0 50\n')
    expect(log.logStartOffset).toBe(0)
    await runtime.clock.advance(3600_000)
    expect(log.logStartOffset).toBeGreaterThan(10)
    expect(log.logStartOffset).toBeLessThanOrEqual(40)
    expect(runtime.disk.readFile('/logs/a/log-start-offset-checkpoint')?.toString()).toContain(
      `x 0 ${log.logStartOffset}`,
    )
    expect(lines.some((line) => line.startsWith('Deleted'))).toBe(true)
  })

  it('keeps few files open', () => {
    const { make } = setUp({}, { maxOpenFiles: 3 })
    const manager = make()
    manager.load()
    const logs = Array.from({ length: 20 }, (_, i) => manager.getOrCreate('x', i, TOPIC_ID))
    for (let round = 0; round < 3; round++)
      for (const log of logs) log.append(batchOf({ values: [`${round}`] }), asClient)
    for (const log of logs) expect(valuesFrom(log, 0)).toEqual(['0', '1', '2'])
  })
})
