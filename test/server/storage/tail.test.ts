import { expect, it } from 'vitest'
import { Tail, TailBudget } from '../../../src/server/storage/tail.ts'
import { batchOf } from './batches.ts'

/** A tail with batches of a quarter of a megabyte, one record each, and what appends the next one. */
function busy() {
  const tail = new Tail(new TailBudget())
  let next = 0
  const append = () => {
    const bytes = batchOf({ baseOffset: next, values: [String(next)], padding: 250_000 })
    tail.append(bytes, next, next + 1, 0)
    next++
    return bytes
  }
  const fill = (count: number) => Array.from({ length: count }, append)
  return { tail, fill, at: (offset: number) => tail.read(offset, 1 << 20, next, true) }
}

it('gives what was appended, until two megabytes later', () => {
  const { fill, at } = busy()
  // The first one only shows that the log is busy.
  const batches = fill(6)
  const found = at(2)
  expect(Buffer.concat(found?.buffers ?? []).equals(Buffer.concat(batches.slice(2, 6)))).toBe(true)
  fill(12)
  expect(at(2)).toBeUndefined()
})

it('makes new chunks of the memory of old ones, but not while somebody looks at them', () => {
  const { fill, at } = busy()
  const batches = fill(6)
  const looking = at(2)
  const before = Buffer.concat(looking?.buffers ?? [])
  fill(40)
  expect(Buffer.concat(looking?.buffers ?? []).equals(before)).toBe(true)
  expect(before.equals(Buffer.concat(batches.slice(2, 6)))).toBe(true)
  const memory = new Set<ArrayBufferLike>()
  for (let i = 0; i < 40; i++) {
    fill(1)
    const read = at(46 + i)
    for (const { buffer } of read?.buffers ?? []) memory.add(buffer)
    read?.release()
    read?.release()
  }
  expect(memory.size).toBeLessThanOrEqual(3)
})

it('is given up while nobody reads, and is there again for who does', () => {
  const { fill, at } = busy()
  fill(6)
  const looking = at(2)
  const before = Buffer.concat(looking?.buffers ?? [])
  fill(17)
  expect(at(22)).toBeUndefined()
  expect(Buffer.concat(looking?.buffers ?? []).equals(before)).toBe(true)
  const batches = fill(8)
  expect(Buffer.concat(at(28)?.buffers ?? []).equals(Buffer.concat(batches.slice(5)))).toBe(true)
})
