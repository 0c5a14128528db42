import type { Metadata as MetadataApi } from '../protocol/apis/index.ts'
import { Errors } from '../protocol/errors.ts'
import type { ResponseOf } from '../protocol/schema/index.ts'
import { type Uuid, ZERO_UUID } from '../std/uuid.ts'
import type { Node, PartitionInfo } from './types.ts'

type MetadataResponse = ResponseOf<typeof MetadataApi>
type TopicRow = MetadataResponse['topics'][number]

export interface TopicMetadata {
  readonly name: string
  /** `ZERO_UUID` when the broker is too old to say. */
  readonly topicId: Uuid
  readonly internal: boolean
  /** By partition number; a partition that the broker left out is missing. */
  readonly partitions: readonly (PartitionInfo | undefined)[]
}

/** What a client knows of the cluster: brokers, topics, leaders. Filled from answers to Metadata; never asks by itself. */
export class Metadata {
  private nodes = new Map<number, Node>()
  private topics = new Map<string, TopicMetadata>()
  private readonly names = new Map<Uuid, string>()
  /** The error of each wanted topic in the last answer. */
  private readonly errors = new Map<string, number>()
  clusterId: string | undefined
  controllerId = -1
  /** Counts answers, so that others can see whether anything may have changed. */
  version = 0
  /** When the last answer came, on the monotonic clock. */
  updatedAt = Number.NEGATIVE_INFINITY

  node(id: number): Node | undefined {
    return this.nodes.get(id)
  }

  allNodes(): Node[] {
    return [...this.nodes.values()]
  }

  topic(name: string): TopicMetadata | undefined {
    return this.topics.get(name)
  }

  topicName(id: Uuid): string | undefined {
    return this.names.get(id)
  }

  allTopics(): Iterable<TopicMetadata> {
    return this.topics.values()
  }

  partition(topic: string, partition: number): PartitionInfo | undefined {
    return this.topics.get(topic)?.partitions[partition]
  }

  /** 0 when the last answer had none for the topic. */
  errorOf(topic: string): number {
    return this.errors.get(topic) ?? Errors.NONE
  }

  /** Takes a leader that a produce or fetch answer named (KIP-951). */
  learnLeader(topic: string, partition: number, leaderId: number, leaderEpoch: number): boolean {
    const known = this.topics.get(topic)
    const old = known?.partitions[partition]
    const leader = this.nodes.get(leaderId)
    if (!known || !old || !leader || leaderEpoch <= old.leaderEpoch) return false
    const partitions = [...known.partitions]
    partitions[partition] = { ...old, leader, leaderEpoch }
    this.topics.set(topic, { ...known, partitions })
    this.version++
    return true
  }

  addNode(node: Node): void {
    this.nodes.set(node.id, node)
  }

  /** Takes an answer that has nodes only. */
  applyNodes(
    nodes: readonly Node[],
    { clusterId, controllerId }: { readonly clusterId: string; readonly controllerId: number },
    now: number,
  ): void {
    this.nodes = new Map(nodes.map((node) => [node.id, node]))
    this.clusterId = clusterId
    this.controllerId = controllerId
    this.updatedAt = now
    this.version++
  }

  /** Takes an answer; `all` when it was asked for every topic, so that those not in it are gone. */
  apply(response: MetadataResponse, now: number, all: boolean): void {
    this.nodes = new Map(
      response.brokers.map(({ nodeId, host, port, rack }) => [
        nodeId,
        { id: nodeId, host, port, rack: rack ?? undefined },
      ]),
    )
    this.clusterId = response.clusterId ?? undefined
    this.controllerId = response.controllerId
    const old = this.topics
    if (all) {
      this.topics = new Map()
      this.names.clear()
      this.errors.clear()
    }
    for (const row of response.topics) this.applyTopic(row, old)
    this.updatedAt = now
    this.version++
  }

  private applyTopic(row: TopicRow, old: ReadonlyMap<string, TopicMetadata>): void {
    const { name } = row
    if (name === null) return
    this.errors.set(name, row.errorCode)
    if (row.errorCode !== Errors.NONE) {
      // A leader may be missing for a moment; a topic that is unknown or forbidden is gone.
      if (row.errorCode !== Errors.LEADER_NOT_AVAILABLE) this.forget(name)
      return
    }
    const before = old.get(name)
    const same = before?.topicId === row.topicId ? before : undefined
    if (before && !same) this.names.delete(before.topicId)
    const partitions: (PartitionInfo | undefined)[] = []
    for (const partition of row.partitions)
      partitions[partition.partitionIndex] = this.partitionInfo(name, partition, same)
    this.topics.set(name, { name, topicId: row.topicId, internal: row.isInternal, partitions })
    if (row.topicId !== ZERO_UUID) this.names.set(row.topicId, name)
  }

  private partitionInfo(topic: string, row: TopicRow['partitions'][number], old?: TopicMetadata): PartitionInfo {
    const known = old?.partitions[row.partitionIndex]
    // A broker that lags behind must not undo what a newer leader epoch said (KIP-320).
    if (known && row.leaderEpoch >= 0 && row.leaderEpoch < known.leaderEpoch) return known
    const nodes = (ids: readonly number[]) => ids.map((id) => this.nodes.get(id) ?? unknownNode(id))
    return {
      topic,
      partition: row.partitionIndex,
      leader: this.nodes.get(row.leaderId),
      leaderEpoch: row.leaderEpoch,
      replicas: nodes(row.replicaNodes),
      isr: nodes(row.isrNodes),
      offlineReplicas: nodes(row.offlineReplicas),
    }
  }

  private forget(name: string): void {
    const topic = this.topics.get(name)
    if (topic) this.names.delete(topic.topicId)
    this.topics.delete(name)
  }
}

/** A replica on a broker that is not alive: only its id is known, as Apache's clients show it. */
export const unknownNode = (id: number): Node => ({ id, host: '', port: -1, rack: undefined })
