import type { Uuid } from '../../std/uuid.ts'
import { MetadataDelta } from './delta.ts'
import { emptyImage, type MetadataImage, type PartitionImage, type TopicImage } from './image.ts'
import { decodeMetadataRecord, type MetadataRecord } from './records.ts'

/** Where an image differs from the one before it. */
export interface ImageChange {
  readonly changedTopics: ReadonlySet<string>
  readonly deletedTopics: readonly { readonly name: string; readonly id: Uuid }[]
  readonly changedConfigs: ReadonlySet<string>
}

export type Publisher = (change: ImageChange, image: MetadataImage) => void

/** Follows the committed metadata log: record by record into the next image, which all who care are then told of. */
export class MetadataLoader {
  private current: MetadataImage = emptyImage
  private readonly publishers: Publisher[] = []
  /** Records of a metadata transaction that has not ended (KIP-868). */
  private transaction: MetadataRecord[] | undefined

  get image(): MetadataImage {
    return this.current
  }

  /** Begins with everything that is there as one change. */
  addPublisher(publisher: Publisher): void {
    this.publishers.push(publisher)
    const { topics, configs } = this.current
    publisher(
      { changedTopics: new Set(topics.keys()), deletedTopics: [], changedConfigs: new Set(configs.keys()) },
      this.current,
    )
  }

  load(values: readonly Buffer[], offset: number, epoch: number): void {
    const delta = new MetadataDelta(this.current)
    for (const value of values) this.replay(delta, decodeMetadataRecord(value))
    this.current = delta.apply(offset, epoch)
    for (const publisher of this.publishers) publisher(delta, this.current)
  }

  /** Begins anew with a snapshot: whatever it does not have is gone. */
  replace(values: readonly Buffer[], offset: number, epoch: number): void {
    const before = this.current
    const delta = new MetadataDelta(emptyImage)
    this.transaction = undefined
    for (const value of values) this.replay(delta, decodeMetadataRecord(value))
    this.current = delta.apply(offset, epoch)
    const change = changeBetween(before, this.current)
    for (const publisher of this.publishers) publisher(change, this.current)
  }

  /** Whether the image lacks records that were read: a snapshot of it would lose them. */
  get isInTransaction(): boolean {
    return this.transaction !== undefined
  }

  private replay(delta: MetadataDelta, record: MetadataRecord): void {
    switch (record.type) {
      case 'BeginTransactionRecord':
        this.transaction = []
        return
      case 'AbortTransactionRecord':
        this.transaction = undefined
        return
      case 'EndTransactionRecord': {
        const records = this.transaction ?? []
        this.transaction = undefined
        for (const one of records) delta.replay(one)
        return
      }
      default:
        if (this.transaction) this.transaction.push(record)
        else delta.replay(record)
    }
  }
}

function changeBetween(before: MetadataImage, after: MetadataImage): ImageChange {
  const isAsBefore = ({ name, id, partitions }: TopicImage) => {
    const old = before.topics.get(name)
    const sameAt = ({ partitionEpoch }: PartitionImage, index: number) =>
      old?.partitions[index]?.partitionEpoch === partitionEpoch
    return old?.id === id && old.partitions.length === partitions.length && partitions.every(sameAt)
  }
  const changed = [...after.topics.values()].filter((topic) => !isAsBefore(topic))
  const gone = [...before.topics.values()].filter(({ id }) => !after.topicNames.has(id))
  return {
    changedTopics: new Set(changed.map(({ name }) => name)),
    deletedTopics: gone.map(({ name, id }) => ({ name, id })),
    changedConfigs: new Set([...before.configs.keys(), ...after.configs.keys()]),
  }
}
