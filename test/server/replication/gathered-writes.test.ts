import { expect, it } from 'vitest'
import { GatheredWrites } from '../../../src/server/replication/gathered-writes.ts'
import { Partition } from '../../../src/server/replication/partition.ts'
import { memoryRuntime } from '../../support/memory-runtime.ts'
import { batchOf, openLog, valuesFrom } from '../storage/batches.ts'

const image = { leader: 1, leaderEpoch: 0, isr: [1], replicas: [1] } as unknown as ConstructorParameters<
  typeof Partition
>[3]
const gathered = { origin: 'client', requiredAcks: -1, minInSync: 1, gather: true } as const

function opened(options: Parameters<typeof openLog>[1] = {}) {
  const runtime = memoryRuntime()
  const log = openLog(runtime, options)
  const partition = new Partition('t', 0, log, image, 1)
  const failures: unknown[] = []
  const writes = new GatheredWrites()
  const append = (value: string) => {
    const result = partition.append(batchOf({ values: [value] }), gathered)
    writes.add(partition, (error) => failures.push(error))
    return result
  }
  const file = () => runtime.disk.readFile(`${log.dir}/00000000000000000000.log`)?.length
  return { runtime, log, partition, writes, append, failures, file }
}

it('shows readers nothing before it is with the system, and all of it after', () => {
  const { log, partition, writes, append, file } = opened()
  let woken = 0
  partition.onProgress(() => woken++)
  expect([append('a'), append('b'), append('c')].map(({ baseOffset }) => baseOffset)).toEqual([0, 1, 2])
  expect([log.highWatermark, woken, file()]).toEqual([0, 0, 0])
  writes.settle()
  expect([log.highWatermark, woken, file()]).toEqual([3, 1, log.size])
  writes.settle()
  expect(valuesFrom(log, 0)).toEqual(['a', 'b', 'c'])
})

it('tells everybody whose bytes could not be written, and shows none of them', () => {
  const { runtime, log, writes, append, failures } = opened()
  append('a')
  writes.settle()
  append('b')
  append('c')
  runtime.disk.faults.add({ operation: 'write', path: '.log', code: 'ENOSPC', times: 1 })
  writes.settle()
  expect(failures).toHaveLength(2)
  expect(failures[0]).toMatchObject({ error: 'KAFKA_STORAGE_ERROR' })
  expect(log.highWatermark).toBe(1)
  expect(() => append('d')).toThrow('Disk error')
})

it('keeps the order when a segment ends, or somebody reads or syncs, in between', async () => {
  const { log, writes, append } = opened({ config: { segmentBytes: 250 } })
  for (const value of ['a', 'b', 'c', 'd', 'e']) append(value)
  expect(log.segmentCount).toBeGreaterThan(1)
  expect([...log.readBatches(0)]).toHaveLength(5)
  append('f')
  await log.flush()
  expect(log.recoveryPoint).toBe(6)
  writes.settle()
  expect(valuesFrom(log, 0)).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
})
