import {
  DeleteShareGroupState,
  InitializeShareGroupState,
  ReadShareGroupState,
  ReadShareGroupStateSummary,
  WriteShareGroupState,
} from '../../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../../protocol/errors.ts'
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

export interface ClusterShareStatesOptions {
  readonly local: ShareCoordinator
  readonly nodeId: number
  readonly peers: Pick<Peers, 'ask'>
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

  async initialize(
    key: SharePartitionKey,
    start: { readonly stateEpoch: number; readonly startOffset: number },
  ): Promise<void> {
    const { local, peers } = this.options
    const other = await this.other(key)
    if (other === undefined) return local.initialize(key, start)
    only(await peers.ask(other, PURPOSE, InitializeShareGroupState, about(key, start)))
  }

  async read(key: SharePartitionKey, leaderEpoch: number): Promise<SharePartitionState> {
    const { local, peers } = this.options
    const other = await this.other(key)
    if (other === undefined) return local.read(key, leaderEpoch)
    const found = only(await peers.ask(other, PURPOSE, ReadShareGroupState, about(key, { leaderEpoch })))
    return { stateEpoch: found.stateEpoch, startOffset: found.startOffset, batches: found.stateBatches }
  }

  async write(key: SharePartitionKey, change: SharePartitionWrite): Promise<void> {
    const { local, peers } = this.options
    const other = await this.other(key)
    if (other === undefined) return local.write(key, change)
    const { batches, ...fields } = change
    const request = about(key, { ...fields, stateBatches: [...batches] })
    only(await peers.ask(other, PURPOSE, WriteShareGroupState, request))
  }

  async remove(key: SharePartitionKey): Promise<void> {
    const { local, peers } = this.options
    const other = await this.other(key)
    if (other === undefined) return local.remove(key)
    only(await peers.ask(other, PURPOSE, DeleteShareGroupState, about(key, {})))
  }

  async summary(key: SharePartitionKey): Promise<ShareSummary> {
    const { local, peers } = this.options
    const other = await this.other(key)
    if (other === undefined) return local.summary(key)
    return only(await peers.ask(other, PURPOSE, ReadShareGroupStateSummary, about(key, { leaderEpoch: -1 })))
  }

  /** The broker that keeps it, unless it is this one. */
  private async other(key: SharePartitionKey): Promise<number | undefined> {
    const { local, nodeId } = this.options
    const leader = await local.leaderFor(key)
    return leader === nodeId ? undefined : leader
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
