import type { Clock } from '../../../runtime/index.ts'
import type { ReplicaManager } from '../../replication/replica-manager.ts'
import { type Marker, markerBatch } from './marker.ts'

export interface MarkerWriterOptions {
  readonly replicas: ReplicaManager
  readonly clock: Clock
  /** A marker is in its partition, and may be acted upon. */
  onWritten(topic: string, partition: number, marker: Marker): void
}

/** Writes markers into this broker's partitions. */
export class MarkerWriter {
  constructor(private readonly options: MarkerWriterOptions) {}

  leads(topic: string, index: number): boolean {
    return this.options.replicas.find(topic, index)?.isLeader ?? false
  }

  /** Gives a promise when the disk has to have the marker first. Throws `KafkaError`. */
  write(topic: string, index: number, marker: Marker): Promise<void> | undefined {
    const { replicas, clock, onWritten } = this.options
    const { written } = replicas.get(topic, index).append(markerBatch(marker, clock.now()), {
      origin: 'coordinator',
      requiredAcks: -1,
      minInSync: 1,
      transactionVersion: marker.transactionVersion,
    })
    if (written) return written.then(() => onWritten(topic, index, marker))
    onWritten(topic, index, marker)
    return undefined
  }

  /** Whether nothing is left for a marker to end, as after a crash between the markers and the record that they are written. */
  isThere(topic: string, index: number, { producerId, producerEpoch }: Marker): boolean {
    const producer = this.options.replicas.find(topic, index)?.log.producer(producerId)
    return producer?.producerEpoch === producerEpoch && producer.currentTxnStartOffset < 0
  }
}
