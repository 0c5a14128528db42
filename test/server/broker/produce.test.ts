import { beforeEach, expect, it } from 'vitest'
import { Produce } from '../../../src/protocol/apis/index.ts'
import { Errors } from '../../../src/protocol/errors.ts'
import { Reader, type ResponseInput, Writer } from '../../../src/protocol/schema/index.ts'
import { everything } from '../../../src/server/broker/access/access.ts'
import { produce } from '../../../src/server/broker/handlers/00-produce.ts'
import type { RequestContext } from '../../../src/server/broker/router.ts'
import type { BrokerServices } from '../../../src/server/broker/services.ts'
import { Partition } from '../../../src/server/replication/partition.ts'
import { memoryRuntime } from '../../support/memory-runtime.ts'
import { placed } from '../coordinator/placed.ts'
import { batchOf, openLog, TOPIC_ID } from '../storage/batches.ts'

/** A partition whose producers' transactions are another broker's business: it answers with what `coordinator` has next. */
let partition: Partition
let coordinator: (() => Promise<number>)[]
let send: (sequence: number) => Promise<number>

beforeEach(() => {
  const runtime = memoryRuntime()
  partition = new Partition('t', 0, openLog(runtime), placed, 1)
  coordinator = []
  const ask = async () => {
    const partitionErrorCode = await coordinator.shift()?.()
    return {
      errorCode: 0,
      resultsByTransaction: [{ topicResults: [{ resultsByPartition: [{ partitionErrorCode }] }] }],
    }
  }
  const services = {
    replicas: { get: () => partition, topicName: () => 't', minInSync: () => 1 },
    ...{ transactions: { leaderNow: () => 2 }, peers: { ask }, config: { nodeId: 1 } },
    ...{ quotas: { has: () => false }, writes: { add: () => {} } },
  } as unknown as BrokerServices
  const handler = produce(services)
  const context = { version: 13, clientId: 'c', access: everything } as unknown as RequestContext
  send = async (sequence) => {
    const batch = { producerId: 7, producerEpoch: 3, baseSequence: sequence, transactional: true }
    const partitionData = [{ index: 0, records: batchOf(batch) }]
    const request = {
      transactionalId: 'x',
      acks: -1,
      timeoutMs: 1000,
      topicData: [{ topicId: TOPIC_ID, partitionData }],
    }
    const writer = new Writer(256)
    Produce.requestCodec(13).encode(writer, request as never)
    const decoded = Produce.requestCodec(13).decode(new Reader(writer.concat()))
    const response = (await handler.handle(decoded as never, context)) as ResponseInput<typeof Produce>
    return response.responses[0]?.partitionResponses[0]?.errorCode as number
  }
})

it('lets no batch overtake the one before it that the coordinator did not let in', async () => {
  coordinator.push(
    async () => Errors.CONCURRENT_TRANSACTIONS,
    async () => Errors.NONE,
  )
  const both = [send(0), send(1)]
  expect(await Promise.all(both)).toEqual([Errors.CONCURRENT_TRANSACTIONS, Errors.OUT_OF_ORDER_SEQUENCE_NUMBER])
  coordinator.push(
    async () => Errors.NONE,
    async () => Errors.NONE,
  )
  expect(await Promise.all([send(0), send(1)])).toEqual([Errors.NONE, Errors.NONE])
  expect(partition.log.logEndOffset).toBe(2)
})

it('keeps the order of batches when the coordinator answers for the later one first', async () => {
  let release = () => {}
  const slow = new Promise<void>((resolve) => {
    release = resolve
  })
  coordinator.push(
    async () => Errors.NONE,
    () => slow.then(() => Errors.NONE),
    async () => Errors.NONE,
  )
  const [first, second, third] = [send(0), send(1), send(2)]
  expect(await first).toBe(Errors.NONE)
  // The transaction is open in the partition by now: this one need not be let in.
  const fourth = send(3)
  await new Promise((resolve) => setImmediate(resolve))
  release()
  expect(await Promise.all([second, third, fourth])).toEqual([Errors.NONE, Errors.NONE, Errors.NONE])
  expect(partition.log.logEndOffset).toBe(4)
  expect(await send(4)).toBe(Errors.NONE)
})
