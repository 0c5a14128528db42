import type { Uuid } from '../../std/uuid.ts'
import type { StoredVoter } from './control-batch.ts'

/** What can be done with the voters of a dynamic quorum (KIP-853), as its records name them: by id and directory. */
type Voters = readonly StoredVoter[]

/** A controller with the directory that holds its metadata log. */
export interface VoterKey {
  readonly id: number
  readonly directoryId: Uuid
}

export const keyOf = ({ voterId, voterDirectoryId }: StoredVoter): VoterKey => ({
  id: voterId,
  directoryId: voterDirectoryId,
})

export const isOf = ({ id, directoryId }: VoterKey, voter: StoredVoter): boolean =>
  voter.voterId === id && voter.voterDirectoryId === directoryId

/** One more. There is one voter of an id at most. */
export const withVoter = (voters: Voters, voter: StoredVoter): StoredVoter[] =>
  [...voters, voter].sort((a, b) => a.voterId - b.voterId)

/** One less; undefined for one that is not there, and for the last one. */
export function withoutVoter(voters: Voters, key: VoterKey): StoredVoter[] | undefined {
  const rest = voters.filter((voter) => !isOf(key, voter))
  return rest.length === voters.length || rest.length === 0 ? undefined : rest
}

/** With what one of them says of itself by now. */
export const updated = (voters: Voters, own: StoredVoter): StoredVoter[] =>
  voters.map((voter) => (isOf(keyOf(own), voter) ? own : voter))

/** Whether one of the voters has something else to say of itself than they have written down. */
export function differs(voters: Voters, own: StoredVoter): boolean {
  const known = voters.find((voter) => isOf(keyOf(own), voter))
  return known !== undefined && textOf(known) !== textOf(own)
}

function textOf({ endpoints, kRaftVersionFeature: { minSupportedVersion, maxSupportedVersion } }: StoredVoter): string {
  const places = endpoints.map(({ name, host, port }) => `${name.toUpperCase()} ${host} ${port}`).sort()
  return [...places, minSupportedVersion, maxSupportedVersion].join()
}
