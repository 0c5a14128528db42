import { describe, expect, it } from 'vitest'
import { FileStreamSinkConnector } from '../../src/connect/connectors/file-stream-sink.ts'
import { FileStreamSourceConnector } from '../../src/connect/connectors/file-stream-source.ts'
import { LineCutter } from '../../src/connect/connectors/lines.ts'
import { Schema } from '../../src/connect/data/schema.ts'
import type { SinkRecord } from '../../src/connect/records.ts'
import { memoryRuntime } from '../support/memory-runtime.ts'

describe('lines', () => {
  const all = (cutter: LineCutter) => {
    const lines: [string, number][] = []
    for (let line = cutter.next(); line; line = cutter.next()) lines.push([line.text, line.end])
    return lines
  }

  it('end with any of the three ends, and only whole ones are given', () => {
    const cutter = new LineCutter()
    cutter.add(Buffer.from('a\nb\r\nc\rd'))
    expect(all(cutter)).toEqual([
      ['a', 2],
      ['b', 5],
      ['c', 7],
    ])
    cutter.add(Buffer.from('e\r'))
    expect(all(cutter)).toEqual([])
    cutter.add(Buffer.from('\n\n'))
    expect(all(cutter)).toEqual([
      ['de', 11],
      ['', 12],
    ])
  })

  it('are the same however the bytes come', () => {
    const bytes = Buffer.from('één\r\ntwee\n\r\rdrie\n')
    for (let size = 1; size <= bytes.length; size++) {
      const cutter = new LineCutter(100)
      const lines: [string, number][] = []
      for (let at = 0; at < bytes.length; at += size) {
        cutter.add(bytes.subarray(at, at + size))
        lines.push(...all(cutter))
      }
      expect(lines).toEqual([
        ['één', 107],
        ['twee', 112],
        ['', 113],
        ['', 114],
        ['drie', 119],
      ])
    }
  })
})

describe('the file source', () => {
  function start(config: Record<string, string> = {}, offset?: { position: number }) {
    const runtime = memoryRuntime()
    const said: string[] = []
    const log = (level: string, line: string) => void said.push(`${level} ${line}`)
    const connector = new FileStreamSourceConnector({ runtime, log })
    const settings = { topic: 't', file: '/logs/in.txt', ...config }
    connector.start(settings)
    const task = connector.createTask()
    task.context = { config: settings, offset: () => offset }
    task.start(settings)
    const poll = async () => {
      const polled = task.poll(new AbortController().signal)
      await runtime.clock.advance(250)
      return ((await polled) ?? []).map(({ value, sourceOffset }) => [value, sourceOffset['position']])
    }
    return { runtime, said, poll, connector }
  }

  it('waits for the file, and takes whole lines', async () => {
    const { runtime, said, poll } = start()
    expect(await poll()).toEqual([])
    expect(await poll()).toEqual([])
    expect(said.filter((line) => line.startsWith('WARN'))).toEqual([
      "WARN Couldn't find file /logs/in.txt for FileStreamSourceTask, sleeping to wait for it to be created",
    ])
    runtime.disk.writeFile('/logs/in.txt', 'one\ntw')
    expect(await poll()).toEqual([['one', 4]])
    expect(await poll()).toEqual([])
    const file = runtime.disk.open('/logs/in.txt')
    file.write(Buffer.from('o\n'), file.size())
    expect(await poll()).toEqual([['two', 8]])
  })

  it('goes on where it was, in batches', async () => {
    const { runtime, poll } = start({ 'batch.size': '2' }, { position: 4 })
    runtime.disk.writeFile('/logs/in.txt', 'one\n2\n3\n4\n')
    expect(await poll()).toEqual([
      ['2', 6],
      ['3', 8],
    ])
    expect(await poll()).toEqual([['4', 10]])
  })

  it('looks at offsets that a user sets', () => {
    const { connector } = start()
    const set = (offset: Record<string, unknown> | null, partition: Record<string, unknown> = { filename: 'f' }) =>
      connector.alterOffsets({ file: 'f' }, [{ partition, offset }])
    expect(set({ position: 3 })).toBe(true)
    expect(set(null)).toBe(true)
    expect(() => set({ position: 'x' })).toThrow('expected to be a Long value')
    expect(() => set({ position: -1 })).toThrow('should be a non-negative value')
    expect(() => set({ position: 1 }, { name: 'f' })).toThrow("should contain the key 'filename'")
    expect(() => connector.alterOffsets({}, [])).toThrow("'file' configuration is unspecified")
  })
})

describe('the file sink', () => {
  it('appends a line a record, also behind what others wrote', async () => {
    const runtime = memoryRuntime()
    const connector = new FileStreamSinkConnector({ runtime, log: () => {} })
    const task = connector.createTask()
    task.start({ file: '/logs/out.txt' })
    const record = (value: unknown, valueSchema: Schema | null = null): SinkRecord => ({
      ...{ topic: 't', partition: 0, offset: 0, keySchema: null, key: null, valueSchema, value },
      ...{
        timestamp: 0,
        timestampType: 'CreateTime',
        headers: [],
        originalTopic: 't',
        originalPartition: 0,
        originalOffset: 0,
      },
    })
    await task.put([record('a'), record({ x: 1, y: [1, 'b'] })])
    const other = runtime.disk.open('/logs/out.txt')
    other.write(Buffer.from('other\n'), other.size())
    await task.put([record(2, Schema.float64()), record(null)])
    await task.flush([])
    expect(runtime.disk.readFile('/logs/out.txt')?.toString()).toBe('a\n{x=1, y=[1, b]}\nother\n2.0\nnull\n')
  })
})
