import { WriteTxnMarkers } from '../../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../../protocol/errors.ts'
import type { MetadataImage } from '../../metadata/image.ts'
import type { Peers } from '../../peers.ts'
import type { Marker } from './marker.ts'
import type { MarkerWriter } from './marker-writer.ts'
import type { Participants } from './transaction.ts'

export interface MarkerSenderOptions {
  /** For partitions that this broker leads. */
  readonly local: MarkerWriter
  readonly nodeId: number
  readonly peers: Pick<Peers, 'ask'>
  image(): MetadataImage
}

/** Partitions by the broker that leads them. */
type Remote = Map<number, Map<string, number[]>>

/**
 * Why a partition needs no marker: it is gone, or a later marker is there. Everything else is tried again until it succeeds, for an outcome
 * that was decided must reach every partition.
 */
const needless: ReadonlySet<number> = new Set([Errors.INVALID_PRODUCER_EPOCH, Errors.TRANSACTION_COORDINATOR_FENCED])

/** Brings a transaction's marker into all of its partitions, wherever they are led. */
export class MarkerSender {
  constructor(private readonly options: MarkerSenderOptions) {}

  /**
   * Gives what has to be waited for before all of them are there. Throws, and rejects with, a `KafkaError` when that is not possible now.
   *
   * @param again some markers may be there already
   */
  writeAll(marker: Marker, participants: Participants, again: boolean): Promise<void>[] {
    const { local } = this.options
    const waiting: Promise<void>[] = []
    const remote: Remote = new Map()
    for (const [topic, partitions] of participants)
      for (const partition of partitions) {
        if (!local.leads(topic, partition)) this.addRemote(remote, topic, partition)
        else if (!again || !local.isThere(topic, partition, marker)) {
          const written = this.write(topic, partition, marker)
          if (written) waiting.push(written)
        }
      }
    for (const [broker, topics] of remote) waiting.push(this.send(broker, marker, topics))
    return waiting
  }

  private write(topic: string, partition: number, marker: Marker): Promise<void> | undefined {
    try {
      return this.options.local.write(topic, partition, marker)
    } catch (error) {
      if (error instanceof KafkaError && needless.has(error.code)) return undefined
      throw error
    }
  }

  private addRemote(remote: Remote, topic: string, partition: number): void {
    const { image, nodeId } = this.options
    const place = image().topics.get(topic)?.partitions[partition]
    // The topic is gone, and what was open in it.
    if (!place) return
    if (place.leader < 0) throw new KafkaError('LEADER_NOT_AVAILABLE', `${topic}-${partition} has no leader`)
    if (place.leader === nodeId) throw new KafkaError('NOT_LEADER_OR_FOLLOWER')
    const topics = remote.get(place.leader) ?? new Map<string, number[]>()
    remote.set(place.leader, topics)
    topics.set(topic, [...(topics.get(topic) ?? []), partition])
  }

  private async send(broker: number, marker: Marker, partitions: ReadonlyMap<string, number[]>): Promise<void> {
    const { committed: transactionResult, ...fields } = marker
    const topics = Array.from(partitions, ([name, partitionIndexes]) => ({ name, partitionIndexes }))
    const request = { markers: [{ ...fields, transactionResult, topics }] }
    const answer = await this.options.peers.ask(broker, 'transaction-markers', WriteTxnMarkers, request)
    for (const { topics } of answer.markers)
      for (const { name, partitions } of topics)
        for (const { partitionIndex, errorCode } of partitions)
          if (errorCode !== Errors.NONE && !needless.has(errorCode))
            throw new KafkaError(errorCode, `Broker ${broker} has no marker in ${name}-${partitionIndex}`)
  }
}
