import type { Clock } from '../../runtime/index.ts'
import type { Uuid } from '../../std/uuid.ts'

/** A node that reads the metadata log and has no vote, as DescribeQuorum tells of it (KIP-836). Times are wall time; -1 when never. */
export interface Observer {
  readonly replicaId: number
  readonly replicaDirectoryId: Uuid
  readonly logEndOffset: number
  readonly lastFetchTimestamp: number
  /** When it last had all that the leader had then. */
  readonly lastCaughtUpTimestamp: number
}

interface Seen extends Observer {
  /** Where the leader's log ended when this one last fetched. */
  readonly leaderEndOffset: number
}

/** Whoever has not fetched for so long is not told of any more. */
const FORGET_MS = 300_000

/** The observers of the quorum's leader. */
export class Observers {
  readonly #clock: Pick<Clock, 'now'>
  readonly #seen = new Map<string, Seen>()

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  /** An observer has everything before `offset` while the leader's log ends at `leaderEndOffset`. */
  fetched(replicaId: number, replicaDirectoryId: Uuid, offset: number, leaderEndOffset: number): void {
    const now = this.#clock.now()
    const key = `${replicaId} ${replicaDirectoryId}`
    const before = this.#seen.get(key)
    const caughtUpBefore = before !== undefined && before.leaderEndOffset > 0 && offset >= before.leaderEndOffset
    const caughtUp = offset >= leaderEndOffset ? now : caughtUpBefore ? before.lastFetchTimestamp : -1
    this.#seen.set(key, {
      replicaId,
      replicaDirectoryId,
      logEndOffset: offset,
      lastFetchTimestamp: now,
      lastCaughtUpTimestamp: Math.max(caughtUp, before?.lastCaughtUpTimestamp ?? -1),
      leaderEndOffset,
    })
  }

  /** Nothing is known of them any more. */
  forgetAll(): void {
    this.#seen.clear()
  }

  list(): Observer[] {
    const oldest = this.#clock.now() - FORGET_MS
    for (const [key, { lastFetchTimestamp }] of this.#seen) if (lastFetchTimestamp < oldest) this.#seen.delete(key)
    return Array.from(this.#seen.values(), ({ leaderEndOffset: _, ...observer }) => observer)
  }
}
