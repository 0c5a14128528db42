import { describe, expect, it } from 'vitest'
import type { Log } from '../../../src/server/storage/log.ts'
import { memoryRuntime } from '../../support/memory-runtime.ts'
import { asClient, batchOf, openLog, valuesFrom } from './batches.ts'

const SEGMENT = 4000
const FIRST = '/logs/t-0/00000000000000000000.log'
const config = { preallocate: true, segmentBytes: SEGMENT }

type World = ReturnType<typeof memoryRuntime>

const bytesOf = (runtime: World, path: string): Buffer => runtime.disk.readFile(path) as Buffer

/** Lengths of the log files, from the oldest segment on. */
const lengthsOf = (runtime: World): number[] =>
  (runtime.disk.list('/logs/t-0') ?? [])
    .filter((name) => name.endsWith('.log'))
    .map((name) => bytesOf(runtime, `/logs/t-0/${name}`).length)

/** Appends batches of about 160 bytes. */
function append(log: Log, count: number): string[] {
  const values = Array.from({ length: count }, (_, i) => `v${log.logEndOffset + i}`)
  for (const value of values) log.append(batchOf({ values: [value], padding: 90 }), asClient)
  log.advanceHighWatermark(log.logEndOffset)
  return values
}

describe('preallocate', () => {
  it('gives each new segment its length, and one that is rolled the length of its records', () => {
    const runtime = memoryRuntime()
    const log = openLog(runtime, { config })
    expect(lengthsOf(runtime)).toEqual([SEGMENT])
    expect(log.size).toBe(0)
    const values = append(log, 40)
    const [first, second] = lengthsOf(runtime)
    expect(first).toBeLessThan(SEGMENT)
    expect(second).toBe(SEGMENT)
    expect(log.size).toBeGreaterThan(first as number)
    expect(log.size).toBeLessThan(2 * SEGMENT)
    expect(valuesFrom(log, 0)).toEqual(values)
  })

  it('leaves nothing behind a truncation and a clean stop', async () => {
    const runtime = memoryRuntime()
    const log = openLog(runtime, { config })
    append(log, 20)
    log.truncateTo(10)
    expect(lengthsOf(runtime)).toEqual([log.size])
    append(log, 30)
    await log.close()
    expect(lengthsOf(runtime).reduce((a, b) => a + b)).toBe(log.size)
    const reopened = openLog(runtime, { config, clean: true, recoveryPoint: log.logEndOffset })
    expect([reopened.truncatedBytes, reopened.logEndOffset]).toEqual([0, 40])
  })

  it('is no damage after a kill', () => {
    const runtime = memoryRuntime()
    const values = append(openLog(runtime, { config }), 40)
    runtime.disk.killProcess()
    expect(lengthsOf(runtime).at(-1)).toBe(SEGMENT)
    const log = openLog(runtime, { config })
    expect(log.truncatedBytes).toBe(0)
    expect(lengthsOf(runtime).reduce((a, b) => a + b)).toBe(log.size)
    expect(valuesFrom(log, 0)).toEqual(values)
  })
})

describe('zeros at the end of a segment that is not the last', () => {
  it('cost no record of the next one when its cut did not reach the device', () => {
    const runtime = memoryRuntime()
    const values = append(openLog(runtime, { config }), 40)
    runtime.disk.killProcess()
    runtime.disk.writeFile(FIRST, Buffer.concat([bytesOf(runtime, FIRST), Buffer.alloc(500)]))
    const log = openLog(runtime, { config })
    expect(log.truncatedBytes).toBe(0)
    expect(valuesFrom(log, 0)).toEqual(values)
  })

  it('are a cut when they stand in the place of records, and what is behind them goes', () => {
    const runtime = memoryRuntime()
    append(openLog(runtime, { config }), 40)
    runtime.disk.killProcess()
    const file = bytesOf(runtime, FIRST)
    const last = file.lastIndexOf('v') - 64
    runtime.disk.writeFile(FIRST, Buffer.concat([file.subarray(0, last), Buffer.alloc(file.length - last)]))
    // Of a compacted log it is not known which offsets there were.
    const log = openLog(runtime, { config: { segmentBytes: SEGMENT, cleanupPolicy: ['compact'] } })
    expect(lengthsOf(runtime)).toEqual([log.size])
    expect(log.truncatedBytes).toBeGreaterThan(0)
    expect(log.logEndOffset).toBeGreaterThan(0)
    expect(valuesFrom(log, 0)).toEqual(Array.from({ length: log.logEndOffset }, (_, i) => `v${i}`))
  })
})
