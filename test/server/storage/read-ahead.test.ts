import { expect, it, vi } from 'vitest'
import { makeLogResources } from '../../../src/server/storage/log-resources.ts'
import { memoryRuntime } from '../../support/memory-runtime.ts'
import { asClient, batchOf, openLog, valuesFrom } from './batches.ts'

const values = Array.from({ length: 20 }, (_, i) => `v${i}`)
const one = (value: string) => batchOf({ values: [value.padEnd(3, '.')], padding: 1000 })
const perRead = 5 * one('').length

/** A log of twenty batches of one record, of which a read gives five. */
function filled() {
  const runtime = memoryRuntime()
  const log = openLog(runtime)
  const append = (value: string) => log.append(one(value), asClient)
  for (const value of values) append(value)
  const readAt = (offset: number, limit = 20) => log.read(offset, perRead, limit, true)
  const breakReads = () => runtime.disk.faults.add({ operation: 'read', path: '.log', code: 'EIO', times: 1000 })
  return { runtime, log, append, readAt, breakReads }
}

it('has what a reader asks for next, as soon as it was sent what it asked for', () => {
  const { log, readAt, breakReads } = filled()
  const stored = [...log.readBatches(5, 10)].map(({ buffer }) => buffer)
  readAt(0).release()
  breakReads()
  expect(Buffer.concat(readAt(5).buffers)).toEqual(Buffer.concat(stored))
})

it('gives every record once, and in order', () => {
  const { log } = filled()
  expect(valuesFrom(log, 0, perRead)).toEqual(values)
  expect(valuesFrom(log, 3, perRead, 17)).toEqual(values.slice(3, 17))
})

it('gives no record that was cut off in the meantime', () => {
  for (const isSent of [true, false]) {
    const { log, append, readAt } = filled()
    const first = readAt(0)
    if (isSent) first.release()
    log.truncateTo(3)
    for (let i = 3; i < 20; i++) append(`w${i}`)
    first.release()
    expect(valuesFrom(log, 5, perRead)).toEqual(Array.from({ length: 15 }, (_, i) => `w${i + 5}`))
  }
})

it('gives no record that is not committed', () => {
  const { readAt } = filled()
  readAt(0, 7).release()
  expect(readAt(5, 5).size).toBe(0)
  readAt(0, 7).release()
  expect(readAt(5, 7).size).toBe((2 * perRead) / 5)
})

it('asks the file when it is to give more than was read ahead', () => {
  const { log, readAt } = filled()
  readAt(0).release()
  expect(log.read(5, 3 * perRead, 20, true).size).toBe(3 * perRead)
})

it('leaves what is still to be written to the next request, where zeros stand in its place', () => {
  const log = openLog(memoryRuntime(), { config: { preallocate: true } })
  for (const value of values) log.append(one(value), asClient)
  const first = log.read(11, perRead, 20, true)
  for (const value of values) log.append(one(value), { ...asClient, gather: true })
  first.release()
  expect(log.read(16, perRead, 40, true).size).toBe(perRead)
})

it('reads nothing ahead of batches that are larger than what is asked for', () => {
  const { log, breakReads } = filled()
  log.read(0, perRead / 10, 20, true).release()
  breakReads()
  expect(() => log.read(1, perRead / 10, 20, true)).toThrow('Disk error')
})

it('leaves it to the next request to tell of a disk that fails', () => {
  const { readAt, breakReads } = filled()
  const first = readAt(0)
  breakReads()
  first.release()
  expect(() => readAt(5)).toThrow('Disk error')
})

it('does not open a log again that was closed while an answer was on its way', async () => {
  const { runtime, log, readAt } = filled()
  const first = readAt(0)
  await log.close()
  const open = vi.spyOn(runtime.disk, 'open')
  first.release()
  expect(open).not.toHaveBeenCalled()
})

/** Twelve logs of one node, and which of them need no file for the second read of a reader. */
function twelve() {
  const runtime = memoryRuntime()
  const resources = makeLogResources(runtime)
  const logs = Array.from({ length: 12 }, (_, i) => openLog(runtime, { dir: `/logs/t-${i}`, partition: i, resources }))
  for (const log of logs) for (const value of values) log.append(one(value), asClient)
  const begin = (from: number) => {
    for (const log of logs.slice(from)) log.read(0, perRead, 20, true).release()
  }
  const known = () => {
    runtime.disk.faults.add({ operation: 'read', path: '.log', code: 'EIO', times: 1000 })
    return logs.flatMap((log, i) => {
      try {
        return log.read(5, perRead, 20, true).size > 0 ? [i] : []
      } catch {
        return []
      }
    })
  }
  return { runtime, begin, known }
}

it('does so for a few readers at a time', () => {
  const { begin, known } = twelve()
  begin(0)
  expect(known()).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
})

it('forgets readers who do not come back when there are others', async () => {
  const { runtime, begin, known } = twelve()
  begin(0)
  await runtime.clock.advance(1000)
  begin(8)
  expect(known()).toEqual([4, 5, 6, 7, 8, 9, 10, 11])
})
