import { expect, it } from 'vitest'
import type { WriteTxnMarkers } from '../../../src/protocol/apis/index.ts'
import { Errors, KafkaError } from '../../../src/protocol/errors.ts'
import type { RequestInput } from '../../../src/protocol/schema/index.ts'
import { MarkerSender } from '../../../src/server/coordinator/transaction/marker-sender.ts'
import type { MarkerWriter } from '../../../src/server/coordinator/transaction/marker-writer.ts'
import { emptyImage } from '../../../src/server/metadata/image.ts'
import { placed } from './placed.ts'

const marker = { producerId: 7, producerEpoch: 3, committed: true, coordinatorEpoch: 5, transactionVersion: 2 }
const participants = new Map([
  ['t', new Set([0, 1, 2, 3])],
  ['gone', new Set([0])],
])

/** Node 1 leads t-0, node 2 t-1 and t-2, node 3 t-3; other brokers answer with these codes. */
function given(codes: Record<string, number> = {}, leaders = [1, 2, 2, 3]) {
  const local: string[] = []
  const asked: { broker: number; request: RequestInput<typeof WriteTxnMarkers> }[] = []
  const topics = new Map([['t', { name: 't', id: 't', partitions: leaders.map((leader) => ({ ...placed, leader })) }]])
  const sender = new MarkerSender({
    nodeId: 1,
    image: () => ({ ...emptyImage, topics }),
    local: {
      leads: (topic: string, index: number) => topic === 't' && index === 0,
      isThere: () => false,
      write: (topic: string, index: number) => void local.push(`${topic}-${index}`),
    } as unknown as MarkerWriter,
    peers: {
      ask: async (broker: number, _purpose: string, _api: unknown, request: unknown) => {
        const one = request as RequestInput<typeof WriteTxnMarkers>
        asked.push({ broker, request: one })
        return {
          markers: one.markers.map(({ producerId, topics }) => ({
            producerId,
            topics: topics.map(({ name, partitionIndexes }) => ({
              name,
              partitions: partitionIndexes.map((partitionIndex) => ({
                partitionIndex,
                errorCode: codes[`${name}-${partitionIndex}`] ?? Errors.NONE,
              })),
            })),
          })),
        } as never
      },
    },
  })
  return { sender, local, asked }
}

it('writes where this broker leads, and asks each other leader once', async () => {
  const { sender, local, asked } = given()
  await Promise.all(sender.writeAll(marker, participants, false))
  expect(local).toEqual(['t-0'])
  const about = (partitionIndexes: number[]) => ({
    markers: [
      {
        ...{ producerId: 7, producerEpoch: 3, transactionResult: true, coordinatorEpoch: 5, transactionVersion: 2 },
        topics: [{ name: 't', partitionIndexes }],
      },
    ],
  })
  expect(asked).toEqual([
    { broker: 2, request: about([1, 2]) },
    { broker: 3, request: about([3]) },
  ])
})

it('takes a later marker for the one that was to be written, and every other error for a failure', async () => {
  await Promise.all(given({ 't-1': Errors.INVALID_PRODUCER_EPOCH }).sender.writeAll(marker, participants, false))
  await expect(
    Promise.all(given({ 't-2': Errors.NOT_LEADER_OR_FOLLOWER }).sender.writeAll(marker, participants, false)),
  ).rejects.toMatchObject({ error: 'NOT_LEADER_OR_FOLLOWER' })
})

it('fails while a partition has no leader', () => {
  const { sender } = given({}, [1, 2, -1, 3])
  expect(() => sender.writeAll(marker, participants, false)).toThrow(KafkaError)
})
