import { expect, it } from 'vitest'
import { Errors } from '../../../src/protocol/errors.ts'
import { everything } from '../../../src/server/broker/access/access.ts'
import { offsetFetch } from '../../../src/server/broker/handlers/09-offset-fetch.ts'
import type { RequestContext } from '../../../src/server/broker/router.ts'
import type { BrokerServices } from '../../../src/server/broker/services.ts'
import { GroupShard } from '../../../src/server/coordinator/group/shard.ts'
import { ShareShard } from '../../../src/server/coordinator/share/shard.ts'
import { emptyImage } from '../../../src/server/metadata/image.ts'
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

const value = { offset: 7, leaderEpoch: -1, metadata: '', commitTimestamp: 1, expireTimestamp: -1, topicId: ZERO_UUID }
const offsetRecords = [{ type: 'offset', group: 'g', topic: 't', partition: 0, value }] as never

it('tells offsets that another leader has left when they are committed', async () => {
  const { place, caughtUp } = await takeOver('__consumer_offsets', (first) =>
    new GroupShard(first as never).submit(() => ({ records: offsetRecords, reply: undefined })),
  )
  const shard = new GroupShard(place)
  expect(shard.offsets.get('g')?.get('t', 0)?.offset).toBe(7)
  const { settled } = shard
  expect(settled).toBeDefined()
  caughtUp()
  await settled
  expect(shard.settled).toBeUndefined()
})

it('sends who asks for offsets away when what another leader has left is not committed for long', async () => {
  const { place, caughtUp } = await takeOver('__consumer_offsets', (first) =>
    new GroupShard(first as never).submit(() => ({ records: offsetRecords, reply: undefined })),
  )
  const shard = new GroupShard(place)
  const { clock } = place
  const broker = {
    ...{ groups: { shard: () => shard }, runtime: { clock }, config: { get: () => 5000 }, image: emptyImage },
  } as unknown as BrokerServices
  const topics = [{ name: 't', topicId: ZERO_UUID, partitionIndexes: [0] }]
  const groups = [{ groupId: 'g', memberId: null, memberEpoch: -1, topics }]
  const ask = (requireStable: boolean) => {
    const request = { groupId: '', topics: null, groups, requireStable }
    const context = { version: 9, access: everything } as unknown as RequestContext
    const answers: unknown[] = []
    void Promise.resolve(offsetFetch(broker).handle(request as never, context)).then((answer) => answers.push(answer))
    return answers
  }
  const asked = [ask(true), ask(false)]
  await clock.advance(4999)
  expect(asked).toEqual([[], []])
  await clock.advance(1)
  await clock.settle()
  const away = { groups: [{ groupId: 'g', errorCode: Errors.NOT_COORDINATOR, topics: [] }] }
  expect(asked).toEqual([[away], [away]])
  caughtUp()
  await shard.settled
  const [told] = [ask(false)]
  await clock.settle()
  expect(told).toMatchObject([{ groups: [{ errorCode: 0, topics: [{ partitions: [{ committedOffset: 7 }] }] }] }])
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
