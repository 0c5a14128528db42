import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Admin, Consumer, Producer } from '../../src/client/index.ts'
import type { Network, Runtime } from '../../src/runtime/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { groupLags, lagByTopic, onlyLagging, sumLag } from '../../src/tools/groups/lag.ts'
import { FetchedRecordAges } from '../../src/tools/groups/record-ages.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const HOUR = 3_600_000

let server: TestServer
let admin: Admin

/** A network that notes the API of every request that leaves. */
function counting(calls: number[]): Runtime {
  const network: Network = {
    listen: (...args) => nodeRuntime.network.listen(...args),
    hostName: () => nodeRuntime.network.hostName(),
    checkTls: (...args) => nodeRuntime.network.checkTls(...args),
    connectSecurely: (...args) => nodeRuntime.network.connectSecurely(...args),
    resolves: (host) => nodeRuntime.network.resolves(host),
    connect: async (...args) => {
      const socket = await nodeRuntime.network.connect(...args)
      const { write } = socket
      socket.write = (parts, sent) => {
        calls.push(Buffer.concat(parts as Buffer[]).readInt16BE(4))
        write.call(socket, parts, sent)
      }
      return socket
    },
  }
  return { ...nodeRuntime, network }
}

const groups = Array.from({ length: 30 }, (_, i) => `group-${String(i).padStart(2, '0')}`)

beforeAll(async () => {
  server = await startTestServer()
  admin = new Admin({ 'bootstrap.servers': server.bootstrap }, nodeRuntime)
  await admin.createTopics([
    { name: 'orders', partitions: 2 },
    { name: 'audit', partitions: 1 },
  ])
  const producer = new Producer({ 'bootstrap.servers': server.bootstrap }, nodeRuntime)
  const now = Date.now()
  for (let hour = 5; hour >= 1; hour--)
    await producer.send({ topic: 'orders', partition: 0, timestamp: now - hour * HOUR, value: 'x' })
  await producer.send({ topic: 'audit', partition: 0, value: 'x' })
  await producer.close()
  for (const [index, group] of groups.entries())
    await admin.alterConsumerGroupOffsets(group, [
      { topic: 'orders', partition: 0, offset: index % 6 },
      { topic: 'orders', partition: 1, offset: 0 },
      { topic: 'audit', partition: 0, offset: 1 },
    ])
})
afterAll(async () => {
  await admin.close()
  await server.close()
})

describe('the lag of groups', () => {
  it('is told in records and in time', async () => {
    const ages = new FetchedRecordAges({ 'bootstrap.servers': server.bootstrap }, nodeRuntime)
    const views = await groupLags(admin, groups, { ages })
    await ages.close()
    expect(views.map(({ group }) => group.groupId)).toEqual(groups)
    for (const [index, { rows }] of views.entries()) {
      const offset = index % 6
      expect(rows.map(({ topic, partition, lag }) => [topic, partition, lag])).toEqual([
        ['audit', 0, 0],
        ['orders', 0, 5 - offset],
        ['orders', 1, 0],
      ])
      const seconds = rows.find(({ lag }) => lag === 5 - offset && lag > 0)?.lagSeconds ?? 0
      expect(Math.abs(seconds - (5 - offset) * 3600)).toBeLessThan(20)
      expect(sumLag(rows)).toEqual({ partitions: 3, lag: 5 - offset, lagSeconds: seconds })
      expect(lagByTopic(rows)).toEqual([
        { topic: 'audit', partitions: 1, lag: 0, lagSeconds: 0 },
        { topic: 'orders', partitions: 2, lag: 5 - offset, lagSeconds: seconds },
      ])
    }
    expect(onlyLagging(views).map(({ group }) => group.groupId)).toEqual(groups.filter((_, i) => i % 6 !== 5))
    expect(onlyLagging(views)[0]?.rows).toHaveLength(1)
  })

  it('takes as many calls for thirty groups as for two', async () => {
    const callsFor = async (ids: readonly string[]) => {
      const calls: number[] = []
      const own = new Admin({ 'bootstrap.servers': server.bootstrap }, counting(calls))
      await groupLags(own, ids)
      await own.close()
      return calls.length
    }
    expect(await callsFor(groups)).toBe(await callsFor(groups.slice(0, 2)))
  })

  it('is not known in time where nobody asks, or where nothing can be read', async () => {
    const [view] = await groupLags(admin, groups.slice(0, 1))
    expect(view?.rows.map(({ lagSeconds }) => lagSeconds)).toEqual([undefined, undefined, undefined])
  })

  it('is of the oldest record that is left where those before were deleted', async () => {
    await admin.deleteRecords([{ topic: 'orders', partition: 0, offset: 2 }])
    const ages = new FetchedRecordAges({ 'bootstrap.servers': server.bootstrap }, nodeRuntime)
    const seconds = await ages.secondsAt([{ topic: 'orders', partition: 0, offset: 0, end: 5 }])
    await ages.close()
    expect(Math.abs((seconds.get('orders-0@0') ?? 0) - 3 * 3600)).toBeLessThan(20)
  })

  it('passes over what has gone', async () => {
    await admin.alterConsumerGroupOffsets('old', [{ topic: 'gone', partition: 0, offset: 1 }])
    await admin.createTopics([{ name: 'gone', partitions: 1 }])
    // A broker hears of a topic that its controller has made a moment later.
    const altered = () => admin.alterConsumerGroupOffsets('old', [{ topic: 'gone', partition: 0, offset: 0 }])
    await expect.poll(async () => (await altered()).get('gone-0')).toBeUndefined()
    expect(
      (await groupLags(admin, ['nobody', 'old'], { skipMissing: true })).map(({ group }) => group.groupId),
    ).toEqual(['old'])
    await expect(groupLags(admin, ['nobody', 'old'])).rejects.toThrow('nobody')
  })

  it('names the member that has a partition', async () => {
    const consumer = new Consumer(
      { 'bootstrap.servers': server.bootstrap, 'group.id': 'live', 'client.id': 'c', 'auto.offset.reset': 'earliest' },
      nodeRuntime,
    )
    consumer.subscribe(['audit'])
    expect((await consumer.poll(10_000)).count).toBe(1)
    const [view] = await groupLags(admin, ['live'])
    expect(view?.rows).toMatchObject([
      { topic: 'audit', partition: 0, offset: undefined, logEndOffset: 1, lag: undefined },
    ])
    expect(view?.rows[0]?.member?.clientId).toBe('c')
    await consumer.close()
  })
})
