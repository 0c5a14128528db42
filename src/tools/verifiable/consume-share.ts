import { type AcknowledgementResult, type ShareBatch, type ShareConsumer, WakeupError } from '../../client/index.ts'
import type { EventLines } from './events.ts'

export const acknowledgementModes = ['auto', 'sync', 'async'] as const
export type AcknowledgementMode = (typeof acknowledgementModes)[number]

export interface VerifiableShareOptions {
  readonly topic: string
  /** Ends when so many have been consumed; undefined for ever. */
  readonly maxMessages: number | undefined
  readonly mode: AcknowledgementMode
  /** Tell of every record. */
  readonly verbose: boolean
}

const POLL_MS = 5000

/** Reads a topic as a member of a share group, and tells of everything that happens, for tests that drive it from outside. */
export class VerifiableShare {
  private consumed = 0

  constructor(
    private readonly consumer: ShareConsumer,
    private readonly events: EventLines,
    private readonly options: VerifiableShareOptions,
  ) {
    consumer.onAcknowledged = (result) => this.acknowledged(result)
  }

  /** Ends when enough was read or the signal is aborted; leaves the group and closes the consumer. */
  async run(stop: AbortSignal): Promise<void> {
    const { maxMessages = Number.POSITIVE_INFINITY, mode, topic } = this.options
    const wake = () => this.consumer.wakeup()
    stop.addEventListener('abort', wake, { once: true })
    this.consumer.subscribe([topic])
    try {
      while (!stop.aborted && this.consumed < maxMessages) {
        const batch = await this.consumer.poll(POLL_MS)
        if (batch.count === 0) continue
        this.tell(batch)
        if (mode === 'sync') await this.consumer.commit()
        else if (mode === 'async') void this.consumer.commit()
      }
      await this.consumer.commit()
    } catch (error) {
      if (!(error instanceof WakeupError)) throw error
    } finally {
      await this.consumer.close()
      stop.removeEventListener('abort', wake)
      this.events.emit('shutdown_complete')
    }
  }

  private tell(batch: ShareBatch): void {
    const { verbose } = this.options
    const partitions = new Map<string, { topic: string; partition: number; offsets: number[] }>()
    const record = batch.cursor()
    while (record.next()) {
      const { topic, partition, offset } = record
      const entry = partitions.get(`${topic}-${partition}`) ?? { topic, partition, offsets: [] }
      entry.offsets.push(offset)
      partitions.set(`${topic}-${partition}`, entry)
      const text = (bytes: Buffer | null) => bytes?.toString() ?? null
      if (verbose)
        this.events.emit('record_data', {
          key: text(record.key()),
          value: text(record.value()),
          topic,
          partition,
          offset,
        })
    }
    this.consumed += batch.count
    const list = Array.from(partitions.values(), ({ offsets, ...where }) => ({
      ...where,
      count: offsets.length,
      offsets,
    }))
    this.events.emit('records_consumed', { count: batch.count, partitions: list })
  }

  private acknowledged({ topic, partition, offsets, error }: AcknowledgementResult): void {
    const count = offsets.length
    const partitions = [{ topic, partition, count, offsets }]
    const outcome = error ? { success: false, error: error.message } : { success: true }
    this.events.emit('offsets_acknowledged', { count, partitions, ...outcome })
  }
}
