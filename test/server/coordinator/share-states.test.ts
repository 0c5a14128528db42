import { expect, it } from 'vitest'
import { Errors, KafkaError } from '../../../src/protocol/errors.ts'
import { type Api, Reader, Writer } from '../../../src/protocol/schema/index.ts'
import { shareState } from '../../../src/server/broker/handlers/share-state.ts'
import type { RequestContext } from '../../../src/server/broker/router.ts'
import type { BrokerServices } from '../../../src/server/broker/services.ts'
import {
  applyRecord,
  write as decideWrite,
  initialize,
  type KnownState,
} from '../../../src/server/coordinator/share/decisions.ts'
import type { ShareCoordinator } from '../../../src/server/coordinator/share/share-coordinator.ts'
import { ClusterShareStates } from '../../../src/server/coordinator/share/share-states.ts'
import { memoryRuntime } from '../../support/memory-runtime.ts'

const key = { groupId: 'g', topicId: 'b3JkZXJzb3JkZXJzb3JkZQ', partition: 3 }
const state = {
  stateEpoch: 4,
  startOffset: 17,
  batches: [{ firstOffset: 17, lastOffset: 20, deliveryState: 2, deliveryCount: 1 }],
}

/** What a coordinator was asked for, and answers. */
function coordinator(leader: number) {
  const asked: unknown[] = []
  const note =
    <R>(name: string, answer: R) =>
    async (...args: unknown[]) => {
      asked.push([name, ...args])
      if ((args[0] as typeof key).partition < 0) throw new KafkaError('FENCED_STATE_EPOCH', 'too late')
      return answer
    }
  const one = {
    leaderFor: async () => leader,
    initialize: note('initialize', undefined),
    read: note('read', state),
    write: note('write', undefined),
    remove: note('remove', undefined),
    summary: note('summary', { stateEpoch: 4, leaderEpoch: 2, startOffset: 17, deliveryCompleteCount: 9 }),
  }
  return { one: one as unknown as ShareCoordinator, asked }
}

/** Node 1 asks, and node 2 answers by its handlers, with all that goes over the wire. */
function given(leader: number) {
  const { clock } = memoryRuntime()
  const [here, there] = [coordinator(leader), coordinator(2)]
  const handlers = shareState({ shareCoordinator: there.one } as BrokerServices)
  const over = (
    codec: { encode(writer: Writer, value: never): void; decode(reader: Reader): unknown },
    value: unknown,
  ) => {
    const writer = new Writer(64)
    codec.encode(writer, value as never)
    return codec.decode(new Reader(writer.concat()))
  }
  const ask = async (_id: number, _purpose: string, api: Api, request: unknown) => {
    const version = api.versions[1]
    const handler = handlers.find((candidate) => candidate.api.key === api.key)
    const context = { access: { check: () => {} } } as unknown as RequestContext
    const response = await handler?.handle(over(api.requestCodec(version), request) as never, context)
    return over(api.responseCodec(version), response)
  }
  const states = new ClusterShareStates({ local: here.one, nodeId: 1, peers: { ask: ask as never }, clock })
  return { states, here: here.asked, there: there.asked }
}

const write = { ...state, leaderEpoch: 6, deliveryCompleteCount: 5 }

it.each([1, 2])('asks the broker that keeps the state, node %i', async (leader) => {
  const { states, here, there } = given(leader)
  await states.initialize(key, { stateEpoch: 4, startOffset: -1 })
  expect(await states.read(key, 6)).toEqual(state)
  await states.write(key, () => write)
  await states.remove(key)
  expect(await states.summary(key)).toMatchObject({ startOffset: 17, leaderEpoch: 2, deliveryCompleteCount: 9 })
  const [asked, others] = leader === 1 ? [here, there] : [there, here]
  expect(others).toEqual([])
  expect(asked).toMatchObject([
    ['initialize', key, { stateEpoch: 4, startOffset: -1 }],
    ['read', key, 6],
    ['write', key, write],
    ['remove', key],
    ['summary', key],
  ])
})

it('hands on what another broker refuses', async () => {
  const { states } = given(2)
  await expect(states.read({ ...key, partition: -1 }, 6)).rejects.toMatchObject({ error: 'FENCED_STATE_EPOCH' })
})

it('writes where the group is by the time that the broker which keeps it is found', async () => {
  const { clock } = memoryRuntime()
  const written: unknown[] = []
  const ask = async (_id: number, _purpose: string, _api: Api, { topics }: { topics: { partitions: object[] }[] }) => {
    written.push(topics[0]?.partitions[0])
    const errorCode = written.length === 1 ? Errors.NOT_COORDINATOR : Errors.NONE
    return { results: [{ partitions: [{ errorCode, errorMessage: null }] }] }
  }
  const local = { leaderFor: async () => 2 } as unknown as ShareCoordinator
  const states = new ClusterShareStates({ local, nodeId: 1, peers: { ask: ask as never }, clock })
  let startOffset = 17
  const writing = states.write(key, () => ({ ...write, startOffset }))
  await clock.settle()
  // Meanwhile another member's records are done with.
  startOffset = 21
  await clock.advance(100)
  await writing
  expect(written).toMatchObject([{ startOffset: 17 }, { startOffset: 21 }])
})

const context = { now: 0, updatesPerSnapshot: 3 }
const done = (offset: number) => ({ firstOffset: offset, lastOffset: offset, deliveryState: 2, deliveryCount: 1 })

/** What a coordinator knows after some decisions. */
function after(...decisions: ((known: KnownState | undefined) => ReturnType<typeof initialize>)[]) {
  let known: KnownState | undefined
  for (const decide of decisions) for (const record of decide(known).records) known = applyRecord(known, record)
  return known
}
const begins = (stateEpoch: number, startOffset: number) => (known: KnownState | undefined) =>
  initialize(known, key, { stateEpoch, startOffset }, context)
const writes = (startOffset: number, deliveryCompleteCount: number, ...offsets: number[]) => {
  const batches = offsets.map(done)
  return (known: KnownState | undefined) =>
    decideWrite(known, key, { stateEpoch: 4, leaderEpoch: 6, startOffset, deliveryCompleteCount, batches }, context)
}

it('does not go back to where a group was, when an earlier write comes behind a later one', () => {
  const inUse = [begins(4, 17), writes(17, 1, 18), writes(20, 1, 21)]
  const update = after(...inUse, writes(17, 2, 17, 22))
  expect(update).toMatchObject({ startOffset: 20, deliveryCompleteCount: 1, updates: 3 })
  expect(update?.stateBatches).toEqual([{ ...done(21), lastOffset: 22 }])
  const snapshot = after(...inUse, writes(17, 2, 17, 22), writes(17, 3, 17, 23))
  expect(snapshot).toMatchObject({ startOffset: 20, deliveryCompleteCount: 1, updates: 0 })
  expect(snapshot?.stateBatches).toEqual([{ ...done(21), lastOffset: 23 }])
})

it('sets up what is to begin by the property once, and as often as it is told where', () => {
  const inUse = [begins(4, -1), writes(20, 1, 21)]
  expect(after(...inUse, begins(4, -1))).toEqual(after(...inUse))
  expect(after(...inUse, begins(5, -1))).toMatchObject({ stateEpoch: 5, startOffset: -1, stateBatches: [] })
  expect(after(...inUse, begins(4, 7))).toMatchObject({ stateEpoch: 4, startOffset: 7, stateBatches: [] })
})
