import { expect, test } from 'vitest'
import { Admin, Producer } from '../../src/client/index.ts'
import * as batch from '../../src/protocol/records/batch.ts'
import { encodeBatch } from '../../src/protocol/records/record.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { compareCopies } from '../../src/tools/replicas/compare.ts'
import { ReplicaVerification } from '../../src/tools/replicas/verify.ts'
import { startTestServer } from '../support/server.ts'

/** Batches of two records each, one after the other from an offset on. */
function log(from: number, ...values: string[]): Buffer {
  const batches = values.map((value, i) => {
    const record = { key: null, value: Buffer.from(value), timestamp: 1 }
    const bytes = encodeBatch([record, record])
    batch.setBaseOffset(bytes, 0, from + 2 * i)
    return bytes
  })
  return Buffer.concat(batches)
}

const copies = (...logs: Buffer[]) => logs.map((records, i) => ({ replica: i + 1, records }))

test('copies are compared as far as all replicas have answered', () => {
  const whole = log(10, 'a', 'b', 'c')
  expect(compareCopies(copies(whole, whole), 10)).toEqual({ verified: 16, mismatch: undefined })
  expect(compareCopies(copies(whole, log(10, 'a')), 10)).toEqual({ verified: 12, mismatch: undefined })
  expect(compareCopies(copies(whole, Buffer.alloc(0)), 10)).toEqual({ verified: 10, mismatch: undefined })
  // A batch that is cut off is none.
  expect(compareCopies(copies(whole, whole.subarray(0, whole.length - 1)), 10).verified).toBe(14)
})

test('other bytes and other offsets are told of, with the replicas that have them', () => {
  const whole = log(10, 'a', 'b', 'c')
  const other = log(10, 'a', 'x', 'c')
  const size = whole.length / 3
  expect(compareCopies(copies(whole, whole, other), 10)).toEqual({
    verified: 12,
    mismatch: {
      kind: 'checksum',
      offset: 13,
      found: [
        { replica: 3, value: batch.storedCrc(other, size) },
        { replica: 1, value: batch.storedCrc(whole, size) },
      ],
    },
  })
  expect(compareCopies(copies(log(10, 'a'), log(11, 'a')), 10)).toEqual({
    verified: 10,
    mismatch: {
      kind: 'offset',
      found: [
        { replica: 2, value: 12 },
        { replica: 1, value: 11 },
      ],
    },
  })
})

test('a partition of one replica is read to its end', async () => {
  const server = await startTestServer()
  const base = { 'bootstrap.servers': server.bootstrap }
  const admin = new Admin(base, nodeRuntime)
  const producer = new Producer(base, nodeRuntime)
  await admin.createTopics([{ name: 't', partitions: 2 }])
  for (let i = 0; i < 100; i++) producer.enqueue({ topic: 't', partition: i % 2, value: `${i}` })
  await producer.close()
  const mismatches: string[] = []
  const options = { maxBytes: 200, maxWaitMs: 10 }
  const partitions = await admin.partitions(['t'])
  const verification = new ReplicaVerification(admin, partitions, new Map(), options, (key) => mismatches.push(key))
  for (let rounds = 0; rounds < 100; rounds++) {
    await verification.round()
    if (verification.report().lag === 0) break
  }
  expect(verification.report()).toEqual({ lag: 0, partition: 't-0', offset: 50, partitions: 2 })
  expect(mismatches).toEqual([])
  await admin.close()
  await server.close()
})
