import type { Partition } from '../partition.ts'
import { type FetcherContext, ReplicaFetcher } from './replica-fetcher.ts'

/** Which partitions follow whom: each the leader that the metadata names, in one fetcher, and none that this broker leads. */
export class Fetchers {
  #byLeader = new Map<number, ReplicaFetcher>()
  #ofPartition = new Map<Partition, ReplicaFetcher>()

  constructor(private readonly context: FetcherContext) {}

  /** Brings a partition to where the metadata has it now. */
  place(partition: Partition): void {
    const { leaderId, leaderEpoch } = partition
    const wanted = leaderId < 0 || partition.isLeader ? undefined : this.#fetcher(leaderId)
    const present = this.#ofPartition.get(partition)
    if (present && present !== wanted) this.forget(partition)
    if (!wanted) return
    this.#ofPartition.set(partition, wanted)
    wanted.follow(partition, leaderEpoch)
  }

  forget(partition: Partition): void {
    this.#ofPartition.get(partition)?.forget(partition)
    this.#ofPartition.delete(partition)
  }

  close(): void {
    for (const fetcher of this.#byLeader.values()) fetcher.close()
  }

  #fetcher(leaderId: number): ReplicaFetcher {
    let fetcher = this.#byLeader.get(leaderId)
    if (!fetcher) this.#byLeader.set(leaderId, (fetcher = new ReplicaFetcher(leaderId, this.context)))
    return fetcher
  }
}
