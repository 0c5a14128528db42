import {
  DeleteShareGroupState,
  InitializeShareGroupState,
  ReadShareGroupState,
  ReadShareGroupStateSummary,
  WriteShareGroupState,
} from '../../../protocol/apis/index.ts'
import { type ErrorName, Errors, KafkaError } from '../../../protocol/errors.ts'
import type { Api, RequestInput, ResponseOf } from '../../../protocol/schema/index.ts'
import type { Clock } from '../../../runtime/index.ts'
import type { Peers } from '../../peers.ts'
import type {
  SharePartitionKey,
  SharePartitionState,
  SharePartitionWrite,
  SharePersister,
} from '../../replication/share/persister.ts'
import type { ShareStates } from '../group/modern/share/states.ts'
import type { ShareCoordinator, ShareSummary } from './share-coordinator.ts'

const PURPOSE = 'share-states'
/** How often a broker is asked that may not be the one any more, and the first pause in between; milliseconds. */
const ATTEMPTS = 5
const PAUSE_MS = 100

/** Why another broker may be the one to ask, or the same one soon. */
const passing: ReadonlySet<ErrorName> = new Set<ErrorName>([
  'NOT_COORDINATOR',
  'COORDINATOR_NOT_AVAILABLE',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'NETWORK_EXCEPTION',
  'BROKER_NOT_AVAILABLE',
])

export interface ClusterShareStatesOptions {
  readonly local: ShareCoordinator
  readonly nodeId: number
  readonly peers: Pick<Peers, 'ask'>
  readonly clock: Clock
}

interface Answer<R> {
  readonly results: readonly { readonly partitions: readonly (R & Outcome)[] }[]
}
interface Outcome {
  readonly errorCode: number
  readonly errorMessage: string | null
}

/** What is kept of share groups, asked for at whichever broker keeps it (KIP-932). All reject with `KafkaError`. */
export class ClusterShareStates implements SharePersister, ShareStates {
  constructor(private readonly options: ClusterShareStatesOptions) {}

  initialize(key: SharePartitionKey, start: Pick<SharePartitionState, 'stateEpoch' | 'startOffset'>): Promise<void> {
    return this.at(
      key,
      (local) => local.initialize(key, start),
      async (ask) => void only(await ask(InitializeShareGroupState, about(key, start))),
    )
  }

  read(key: SharePartitionKey, leaderEpoch: number): Promise<SharePartitionState> {
    return this.at(
      key,
      (local) => local.read(key, leaderEpoch),
      async (ask) => {
        const found = only(await ask(ReadShareGroupState, about(key, { leaderEpoch })))
        return { stateEpoch: found.stateEpoch, startOffset: found.startOffset, batches: found.stateBatches }
      },
    )
  }

  write(key: SharePartitionKey, state: () => SharePartitionWrite): Promise<void> {
    return this.at(
      key,
      (local) => local.write(key, state()),
      async (ask) => {
        const { batches, ...fields } = state()
        only(await ask(WriteShareGroupState, about(key, { ...fields, stateBatches: [...batches] })))
      },
    )
  }

  remove(key: SharePartitionKey): Promise<void> {
    return this.at(
      key,
      (local) => local.remove(key),
      async (ask) => void only(await ask(DeleteShareGroupState, about(key, {}))),
    )
  }

  summary(key: SharePartitionKey): Promise<ShareSummary> {
    return this.at(
      key,
      (local) => local.summary(key),
      async (ask) => only(await ask(ReadShareGroupStateSummary, about(key, { leaderEpoch: -1 }))),
    )
  }

  /** Here, or at the broker that keeps it: what is said twice is the same, so it may be said again. */
  private async at<R>(
    key: SharePartitionKey,
    here: (local: ShareCoordinator) => Promise<R>,
    there: (ask: <A extends Api>(api: A, request: RequestInput<A>) => Promise<ResponseOf<A>>) => Promise<R>,
  ): Promise<R> {
    const { local, nodeId, peers, clock } = this.options
    for (let attempt = 1; ; attempt++) {
      const leader = await local.leaderFor(key)
      if (leader === nodeId) return here(local)
      try {
        return await there((api, request) => peers.ask(leader, PURPOSE, api, request))
      } catch (error) {
        if (!(error instanceof KafkaError && passing.has(error.error))) throw error
        if (attempt === ATTEMPTS) throw new KafkaError('COORDINATOR_NOT_AVAILABLE', error.message, { cause: error })
        await clock.sleep(PAUSE_MS * 2 ** (attempt - 1))
      }
    }
  }
}

/** A request about one partition. */
const about = <P extends object>({ groupId, topicId, partition }: SharePartitionKey, fields: P) => ({
  groupId,
  topics: [{ topicId, partitions: [{ partition, ...fields }] }],
})

/** The answer about it. Throws its error. */
function only<R>({ results }: Answer<R>): R {
  const row = results[0]?.partitions[0]
  if (!row) throw new KafkaError('UNKNOWN_SERVER_ERROR')
  if (row.errorCode !== Errors.NONE) throw new KafkaError(row.errorCode, row.errorMessage ?? undefined)
  return row
}
