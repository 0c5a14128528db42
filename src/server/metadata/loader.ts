import type { Uuid } from '../../std/uuid.ts'
import { MetadataDelta } from './delta.ts'
import { emptyImage, type MetadataImage } from './image.ts'
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
