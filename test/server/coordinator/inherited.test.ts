import { expect, it } from 'vitest'
import { GroupShard } from '../../../src/server/coordinator/group/shard.ts'
import { ShareShard } from '../../../src/server/coordinator/share/shard.ts'
import type { ReplicationContext } from '../../../src/server/replication/leadership.ts'
import { Partition } from '../../../src/server/replication/partition.ts'
import { formatUuid, ZERO_UUID } from '../../../src/std/uuid.ts'
import { memoryRuntime } from '../../support/memory-runtime.ts'
import { openLog } from '../storage/batches.ts'
import { placed } from './placed.ts'

/** A new leader of a coordinator's partition with two replicas in sync, whose log holds what the other one may not have yet. */
function takeOver(topic: string, fill: (place: { partition: Partition }) => Promise<unknown>) {
  const runtime = memoryRuntime()
  const replication = {
    ...{ nodeId: 1, clock: runtime.clock, lagTimeMaxMs: 1000, proposals: { submit: () => {} }, minInSync: () => 1 },
    ...{ brokerEpoch: () => 1, liveEpoch: () => 1, isEligible: () => true, log: () => {} },
  } as unknown as ReplicationContext
  const open = (replicas: readonly number[]) =>
    new Partition(
      ...([topic, 0, openLog(runtime, { dir: '/logs/p', topic, partition: 0 })] as const),
      ...([{ ...placed, replicas, isr: replicas }, 1, replication] as const),
    )
  const place = (partition: Partition) => ({ partition, clock: runtime.clock, minInSync: () => 1 })
  return fill(place(open([1]))).then(() => {
    const partition = open([1, 2])
    const caughtUp = () =>
      partition.noteFetch(partition.follower(2, -1), {
        ...{ fetchOffset: partition.log.logEndOffset, logStartOffset: 0, brokerEpoch: 1 },
      })
    return { place: place(partition), caughtUp }
  })
}

it('tells offsets that another leader has left when they are committed', async () => {
  const value = {
    offset: 7,
    leaderEpoch: -1,
    metadata: '',
    commitTimestamp: 1,
    expireTimestamp: -1,
    topicId: ZERO_UUID,
  }
  const records = [{ type: 'offset', group: 'g', topic: 't', partition: 0, value }] as never
  const { place, caughtUp } = await takeOver('__consumer_offsets', (first) =>
    new GroupShard(first as never).submit(() => ({ records, reply: undefined })),
  )
  const shard = new GroupShard(place)
  expect(shard.offsets.get('g')?.get('t', 0)?.offset).toBe(7)
  const { settled } = shard
  expect(settled).toBeDefined()
  caughtUp()
  await settled
  expect(shard.settled).toBeUndefined()
})

it('tells the states of share partitions that another leader has left when they are committed', async () => {
  const key = { groupId: 'g', topicId: formatUuid(Buffer.alloc(16, 1)), partition: 0 }
  const state = { snapshotEpoch: 0, stateEpoch: 1, leaderEpoch: 2, startOffset: 3, deliveryCompleteCount: 0 }
  const records = [
    { type: 'snapshot', key, value: { ...state, stateBatches: [], createTimestamp: 1, writeTimestamp: 1 } },
  ] as never
  const { place, caughtUp } = await takeOver('__share_group_state', (first) =>
    new ShareShard(first as never).submit(() => ({ records, reply: undefined })),
  )
  const shard = new ShareShard(place)
  let reply: number | undefined
  const told = shard
    .submit(() => ({ records: [], reply: shard.get(key)?.startOffset }))
    .then((startOffset) => {
      reply = startOffset
    })
  await place.clock.settle()
  expect(reply).toBeUndefined()
  caughtUp()
  await told
  expect(reply).toBe(3)
})
