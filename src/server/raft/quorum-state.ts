import type { Disk } from '../../runtime/index.ts'
import { ZERO_UUID } from '../../std/uuid.ts'

/** What a voter must not forget: the epoch it knows, its vote, the leader (the file `quorum-state`, JSON). */
export interface QuorumState {
  readonly epoch: number
  readonly votedFor: number
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
    return { epoch: number('leaderEpoch'), votedFor: number('votedId'), leaderId: number('leaderId') }
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
  const { leaderId, epoch: leaderEpoch, votedFor: votedId } = state
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
      : { leaderId, leaderEpoch, votedId, votedDirectoryId: ZERO_UUID, data_version: 1 }
  disk.replaceFile(`${dir}/quorum-state`, JSON.stringify(data))
}
