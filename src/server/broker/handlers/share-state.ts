import {
  DeleteShareGroupState,
  InitializeShareGroupState,
  ReadShareGroupState,
  ReadShareGroupStateSummary,
  WriteShareGroupState,
} from '../../../protocol/apis/index.ts'
import { Errors, type KafkaError } from '../../../protocol/errors.ts'
import type { Uuid } from '../../../std/uuid.ts'
import type { SharePartitionKey } from '../../replication/share/persister.ts'
import type { Access } from '../access/access.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { attemptLater } from './attempt.ts'

/** What leaders and group coordinators ask a share coordinator (KIP-932). */
export const shareState = ({ shareCoordinator: coordinator }: BrokerServices): Handler[] => [
  handler(InitializeShareGroupState, async (request, { access }) => ({
    results: await each(request, access, {
      ask: (key, { stateEpoch, startOffset }) => done(coordinator.initialize(key, { stateEpoch, startOffset })),
      failed: () => ({}),
    }),
  })),
  handler(ReadShareGroupState, async (request, { access }) => ({
    results: await each(request, access, {
      ask: async (key, { leaderEpoch }) => {
        const { batches, ...state } = await coordinator.read(key, leaderEpoch)
        return { ...state, stateBatches: batches }
      },
      failed: () => ({ stateEpoch: 0, startOffset: 0, stateBatches: [] }),
    }),
  })),
  handler(WriteShareGroupState, async (request, { access }) => ({
    results: await each(request, access, {
      ask: (key, { stateBatches, ...state }) => done(coordinator.write(key, { ...state, batches: stateBatches })),
      failed: () => ({}),
    }),
  })),
  handler(DeleteShareGroupState, async (request, { access }) => ({
    results: await each(request, access, { ask: (key) => done(coordinator.remove(key)), failed: () => ({}) }),
  })),
  handler(ReadShareGroupStateSummary, async (request, { access }) => ({
    results: await each(request, access, {
      ask: (key) => coordinator.summary(key),
      failed: () => ({ stateEpoch: 0, leaderEpoch: 0, startOffset: 0 }),
    }),
  })),
]

interface Asked<P> {
  readonly groupId: string
  readonly topics: readonly { readonly topicId: Uuid; readonly partitions: readonly P[] }[]
}

interface Outcome {
  readonly partition: number
  readonly errorCode: number
  readonly errorMessage: string | null
}

/** Asks for one partition after the other; nothing is asked for a group without a name. */
function each<P extends { readonly partition: number }, R extends object>(
  { groupId, topics }: Asked<P>,
  access: Access,
  { ask, failed }: { ask(key: SharePartitionKey, partition: P): Promise<R>; failed(): R },
) {
  if (groupId === '' || topics.some(({ partitions }) => partitions.length === 0)) return []
  const one = (topicId: Uuid, asked: P) =>
    attemptLater<Outcome & R>(
      async () => {
        access.check('CLUSTER_ACTION', 'CLUSTER')
        const answer = await ask({ groupId, topicId, partition: asked.partition }, asked)
        return { ...answer, ...{ partition: asked.partition, errorCode: Errors.NONE, errorMessage: null } }
      },
      (error: KafkaError) => ({
        ...failed(),
        ...{ partition: asked.partition, errorCode: error.code, errorMessage: error.message },
      }),
    )
  return Promise.all(
    topics.map(async ({ topicId, partitions }) => ({
      topicId,
      partitions: await Promise.all(partitions.map((asked) => one(topicId, asked))),
    })),
  )
}

const done = async (change: Promise<void>): Promise<object> => {
  await change
  return {}
}
