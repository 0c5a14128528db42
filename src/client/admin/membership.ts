import { AddRaftVoter, RemoveRaftVoter, UnregisterBroker } from '../../protocol/apis/index.ts'
import { Errors } from '../../protocol/errors.ts'
import type { Uuid } from '../../std/uuid.ts'
import type { Cluster } from '../cluster.ts'
import { itemError } from '../fan-out.ts'

/** A controller of the metadata quorum; its directory tells it from one of the same id whose disk was lost (KIP-853). */
export interface RaftVoter {
  readonly id: number
  readonly directoryId: Uuid
}

/** Where the other voters reach a controller: a listener of each name in `controller.listener.names`. */
export interface RaftEndpoint {
  readonly name: string
  readonly host: string
  readonly port: number
}

interface Answer {
  readonly errorCode: number
  readonly errorMessage: string | null
}

const errorOf = ({ errorCode, errorMessage }: Answer) => itemError(errorCode, errorMessage) ?? 0
/** A change of voters is asked for again only where it was not looked at: what has timed out may yet be done. */
const wasElsewhere = (answer: Answer) =>
  answer.errorCode === Errors.NOT_CONTROLLER || answer.errorCode === Errors.NOT_LEADER_OR_FOLLOWER ? errorOf(answer) : 0

function check({ errorCode, errorMessage }: Answer): void {
  const error = itemError(errorCode, errorMessage)
  if (error) throw error
}

export async function unregisterBroker(cluster: Cluster, brokerId: number): Promise<void> {
  await cluster.call(UnregisterBroker, { brokerId }, { call: 'unregisterBroker', errorOf })
}

export async function addRaftVoter(
  cluster: Cluster,
  { id, directoryId }: RaftVoter,
  listeners: readonly RaftEndpoint[],
): Promise<void> {
  const timeoutMs = cluster.config['request.timeout.ms']
  const request = { clusterId: null, timeoutMs, voterId: id, voterDirectoryId: directoryId, listeners: [...listeners] }
  check(await cluster.call(AddRaftVoter, request, { call: 'addRaftVoter', errorOf: wasElsewhere }))
}

export async function removeRaftVoter(cluster: Cluster, { id, directoryId }: RaftVoter): Promise<void> {
  const request = { clusterId: null, voterId: id, voterDirectoryId: directoryId }
  check(await cluster.call(RemoveRaftVoter, request, { call: 'removeRaftVoter', errorOf: wasElsewhere }))
}
