import { expect, it } from 'vitest'
import { Shards } from '../../../src/server/coordinator/shards.ts'
import type { StateTopic } from '../../../src/server/coordinator/state-topic.ts'
import type { PartitionImage } from '../../../src/server/metadata/image.ts'
import { Partition } from '../../../src/server/replication/partition.ts'
import { memoryRuntime } from '../../support/memory-runtime.ts'
import { openLog } from '../storage/batches.ts'
import { placed } from './placed.ts'

function given() {
  const partition = new Partition('__states', 0, openLog(memoryRuntime()), placed, 1)
  const topic = { led: () => (partition.isLeader ? [partition] : []) } as unknown as StateTopic
  const told: string[] = []
  let loads = 0
  const shards = new Shards({
    topic,
    load: (of) => ({ partition: of, load: ++loads }),
    loaded: ({ load }) => told.push(`loaded ${load}`),
    unloaded: ({ load }) => told.push(`unloaded ${load}`),
  })
  const lead = (leader: number, leaderEpoch: number) =>
    partition.update({ ...placed, leader, leaderEpoch } satisfies PartitionImage)
  return { partition, shards, told, lead }
}

it('keeps a shard for as long as this broker leads its partition', () => {
  const { partition, shards, told, lead } = given()
  const first = shards.of(partition)
  expect(shards.of(partition)).toBe(first)
  expect([...shards.all()]).toEqual([first])
  lead(2, 1)
  expect(shards.has(first)).toBe(false)
  expect([...shards.all()]).toEqual([])
  expect(told).toEqual(['loaded 1', 'unloaded 1'])
})

it('reads the partition again when this broker comes back to lead it, for another one wrote there', () => {
  const { partition, shards, told, lead } = given()
  const first = shards.of(partition)
  // It was away and is back before anybody asked.
  lead(2, 1)
  lead(1, 2)
  expect(shards.find(0)).toBeUndefined()
  expect(shards.of(partition)).not.toBe(first)
  expect(told).toEqual(['loaded 1', 'unloaded 1', 'loaded 2'])
})

it('lets go of what others lead when it is told so', () => {
  const { partition, shards, told, lead } = given()
  shards.of(partition)
  shards.resign()
  expect(told).toEqual(['loaded 1'])
  lead(2, 1)
  shards.resign()
  expect([...shards.present()]).toEqual([])
  expect(told).toEqual(['loaded 1', 'unloaded 1'])
})
