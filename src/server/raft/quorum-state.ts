import type { Disk } from '../../runtime/index.ts'
import { type Uuid, ZERO_UUID } from '../../std/uuid.ts'

/** What a voter must not forget: the epoch it knows, its vote, the leader (the file `quorum-state`, JSON). */
export interface QuorumState {
  readonly epoch: number
  readonly votedFor: number
  /** The directory of the candidate that has the vote, where it has told it (KIP-853). */
  readonly votedDirectory?: Uuid
  readonly leaderId: number
}

/** Undefined when there is no file. Throws for one that cannot be read: voting again in an epoch could elect two leaders. */
export function readQuorumState(disk: Disk, dir: string): QuorumState | undefined {
  const bytes = disk.readFile(`${dir}/quorum-state`)
  if (!bytes) return undefined
  try {
    const data = JSON.parse(bytes.toString('utf8')) as Record<string, unknown>
    const number = (name: string) => {
      const value = data[name]
      if (typeof value !== 'number') throw new Error(`${name} is missing`)
      return value
    }
    const { votedDirectoryId } = data
    return {
      epoch: number('leaderEpoch'),
      votedFor: number('votedId'),
      leaderId: number('leaderId'),
      votedDirectory: typeof votedDirectoryId === 'string' ? votedDirectoryId : ZERO_UUID,
    }
  } catch (error) {
    throw new Error(`${dir}/quorum-state is damaged: ${(error as Error).message}`)
  }
}

/** `kraftVersion` 1 and later (KIP-853) keep the voters in the log instead. */
export function writeQuorumState(
  disk: Disk,
  dir: string,
  state: QuorumState,
  voters: readonly number[],
  kraftVersion: number,
): void {
  const { leaderId, epoch: leaderEpoch, votedFor: votedId, votedDirectory: votedDirectoryId = ZERO_UUID } = state
  const data =
    kraftVersion === 0
      ? {
          clusterId: '',
          leaderId,
          leaderEpoch,
          votedId,
          appliedOffset: 0,
          currentVoters: voters.map((voterId) => ({ voterId })),
          data_version: 0,
        }
      : { leaderId, leaderEpoch, votedId, votedDirectoryId, data_version: 1 }
  disk.replaceFile(`${dir}/quorum-state`, JSON.stringify(data))
}
