import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { Consumer } from '../../src/index.ts'

/** All segments of a replica, one behind the other. */
export function logBytes(folder: string): Buffer {
  const files = readdirSync(folder).filter((name) => name.endsWith('.log'))
  return Buffer.concat(files.sort().map((name) => readFileSync(join(folder, name))))
}

/** Value -> `partition@offset` of a whole topic, in which no offset is missing and no value is there twice. */
export async function placesOf(
  bootstrap: { readonly 'bootstrap.servers': string },
  topic: string,
  count: number,
): Promise<Map<string, string>> {
  const consumer = new Consumer({ ...bootstrap, 'auto.offset.reset': 'earliest' })
  const partitions = Array.from({ length: count }, (_, partition) => ({ topic, partition }))
  consumer.assign(partitions)
  consumer.seekToBeginning(partitions)
  const ends = await consumer.endOffsets(partitions)
  const next = partitions.map(() => 0)
  const found = new Map<string, string>()
  while (next.some((offset, partition) => offset < (ends.get(`${topic}-${partition}`) ?? 0)))
    for (const { partition, offset, value } of await consumer.poll(1000)) {
      expect(offset).toBe(next[partition])
      next[partition] = offset + 1
      expect(found.has(String(value))).toBe(false)
      found.set(String(value), `${partition}@${offset}`)
    }
  await consumer.close()
  return found
}
