import type { OffsetSpec } from '../list-offsets.ts'
import { partitionKey, type RebalanceListener, type TopicPartition } from '../types.ts'
import type { CompletedFetch } from './completed-fetch.ts'

/** What a consumer knows of one partition that it has. */
export class PartitionState implements TopicPartition {
  /** The offset of the next record to hand out; undefined until it is known. */
  position: number | undefined
  /** The epoch of the record before the position. */
  positionEpoch: number | undefined
  /** The leader epoch under which the position was last known to be right (KIP-320). */
  validatedEpoch = -1
  /** Set while the leader is asked whether the position is right: what it says is about this position, so that it must not move. */
  validating = false
  /** Where to go once the broker says where that is. */
  reset: OffsetSpec | undefined
  paused = false
  /** Set while its owner-to-be waits for it: nothing is fetched. */
  revoking = false
  /** The offset of the next fetch: ahead of the position by what is buffered. */
  fetchOffset = -1
  readonly buffered: CompletedFetch[] = []
  /** Changes with every jump, so that an answer to an older question is not taken for the current one. */
  version = 0
  /** The offset at which the broker had nothing to give. */
  outOfRange: number | undefined
  highWatermark: number | undefined
  logStartOffset: number | undefined
  /** A follower that the leader sends us to, and until when, on the monotonic clock (KIP-392). */
  preferredReplica: { readonly id: number; readonly until: number } | undefined

  constructor(
    readonly topic: string,
    readonly partition: number,
  ) {}

  get key(): string {
    return partitionKey(this.topic, this.partition)
  }

  /** Whether records may be handed out now. */
  get open(): boolean {
    return this.position !== undefined && !this.paused && !this.revoking && !this.validating
  }

  /** Jumps; what was fetched is thrown away. */
  seek(offset: number, leaderEpoch?: number): void {
    this.position = offset
    this.positionEpoch = leaderEpoch
    this.reset = undefined
    this.restart(offset)
  }

  requestReset(spec: OffsetSpec): void {
    this.position = undefined
    this.reset = spec
    this.restart(-1)
  }

  private restart(offset: number): void {
    this.fetchOffset = offset
    this.outOfRange = undefined
    this.validatedEpoch = -1
    this.buffered.length = 0
    this.version++
  }
}

type Kind = 'none' | 'topics' | 'pattern' | 'partitions'

/** What the application asked for, and the partitions that it has. */
export class Subscription {
  topics = new Set<string>()
  pattern: RegExp | undefined
  listener: RebalanceListener = {}
  /** Changes with every change of the assignment. */
  version = 0
  private kind: Kind = 'none'
  private readonly states = new Map<string, PartitionState>()

  get usesGroup(): boolean {
    return this.kind === 'topics' || this.kind === 'pattern'
  }

  get isNone(): boolean {
    return this.kind === 'none'
  }

  subscribe(topics: readonly string[] | RegExp, listener: RebalanceListener): void {
    this.become(topics instanceof RegExp ? 'pattern' : 'topics')
    this.listener = listener
    this.pattern = topics instanceof RegExp ? topics : undefined
    this.topics = topics instanceof RegExp ? new Set() : new Set(topics)
  }

  assignByHand(partitions: readonly TopicPartition[]): void {
    this.become('partitions')
    this.assign(partitions)
  }

  clear(): void {
    this.kind = 'none'
    this.topics = new Set()
    this.pattern = undefined
    this.listener = {}
    this.assign([])
  }

  /** Takes a new assignment; partitions that stay keep their state. */
  assign(partitions: readonly TopicPartition[]): void {
    const wanted = new Map(partitions.map((item) => [partitionKey(item.topic, item.partition), item]))
    for (const key of [...this.states.keys()]) if (!wanted.has(key)) this.states.delete(key)
    for (const [key, { topic, partition }] of wanted)
      if (!this.states.has(key)) this.states.set(key, new PartitionState(topic, partition))
    this.version++
  }

  /** What becomes of the partitions when others take their place: those that go and those that come. */
  compare(partitions: readonly TopicPartition[]): {
    readonly revoked: readonly TopicPartition[]
    readonly added: readonly TopicPartition[]
  } {
    const after = new Set(partitions.map(({ topic, partition }) => partitionKey(topic, partition)))
    return {
      revoked: this.assignment().filter(({ topic, partition }) => !after.has(partitionKey(topic, partition))),
      added: partitions.filter((where) => !this.find(where)),
    }
  }

  /** Tells the listener of partitions that go, if there are any. */
  async revoked(partitions: readonly TopicPartition[]): Promise<void> {
    if (partitions.length > 0) await this.listener.onPartitionsRevoked?.(partitions)
  }

  /** Gives up all partitions, which may belong to others already, and tells the listener. */
  async lose(): Promise<void> {
    const { listener } = this
    const owned = this.assignment()
    this.assign([])
    if (owned.length > 0) await (listener.onPartitionsLost ?? listener.onPartitionsRevoked)?.call(listener, owned)
  }

  assignment(): TopicPartition[] {
    return Array.from(this.states.values(), ({ topic, partition }) => ({ topic, partition }))
  }

  all(): Iterable<PartitionState> {
    return this.states.values()
  }

  find({ topic, partition }: TopicPartition): PartitionState | undefined {
    return this.states.get(partitionKey(topic, partition))
  }

  /** The state of an assigned partition; throws for another. */
  get(where: TopicPartition): PartitionState {
    const state = this.find(where)
    if (!state) throw new Error(`No current assignment for partition ${where.topic}-${where.partition}`)
    return state
  }

  private become(kind: Kind): void {
    if (this.kind !== 'none' && this.kind !== kind)
      throw new Error('Subscription to topics, partitions and pattern are mutually exclusive')
    this.kind = kind
  }
}
