/** What a fetch of a follower says of its log. */
export interface FollowerFetch {
  /** The follower has everything below it. */
  readonly fetchOffset: number
  readonly logStartOffset: number
  /** Of the follower's registration; -1 where the request's version has none. */
  readonly brokerEpoch: number
}

/** What the leader knows of one other replica, by that one's fetches in this leader epoch. Times are monotonic milliseconds. */
export class RemoteReplica {
  /** -1 until it has fetched. */
  logEndOffset = -1
  logStartOffset = -1
  /** Undefined until it has fetched. */
  brokerEpoch: number | undefined
  #caughtUpAt: number
  #fetchedAt: number
  /** Where the leader's log ended at the fetch before. */
  #leaderEndThen: number

  /** One that is in sync has until now been so. */
  constructor(
    readonly id: number,
    inSync: boolean,
    leaderEnd: number,
    now: number,
  ) {
    this.#caughtUpAt = inSync ? now : Number.NEGATIVE_INFINITY
    this.#fetchedAt = this.#caughtUpAt
    this.#leaderEndThen = inSync ? leaderEnd : Number.POSITIVE_INFINITY
  }

  /**
   * Notes a fetch. Whoever asks for what comes after the leader's log of the fetch before was caught up at that time: so a follower that is always
   * a little behind a busy leader counts as in sync.
   */
  fetched(fetch: FollowerFetch, leaderEnd: number, now: number): void {
    if (fetch.fetchOffset >= leaderEnd) this.#caughtUpAt = Math.max(this.#caughtUpAt, now)
    else if (fetch.fetchOffset >= this.#leaderEndThen) this.#caughtUpAt = Math.max(this.#caughtUpAt, this.#fetchedAt)
    this.logEndOffset = fetch.fetchOffset
    this.logStartOffset = fetch.logStartOffset
    this.brokerEpoch = fetch.brokerEpoch
    this.#fetchedAt = now
    this.#leaderEndThen = leaderEnd
  }

  /** How long it has not been caught up. */
  lagMs(now: number): number {
    return now - this.#caughtUpAt
  }

  isCaughtUp(leaderEnd: number, now: number, maxLagMs: number): boolean {
    return this.logEndOffset === leaderEnd || this.lagMs(now) <= maxLagMs
  }
}
