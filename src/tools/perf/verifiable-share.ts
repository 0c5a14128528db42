import { type AcknowledgementResult, type ShareBatch, type ShareConsumer, WakeupError } from '../../client/index.ts'

export const acknowledgementModes = ['auto', 'sync', 'async'] as const
export type AcknowledgementMode = (typeof acknowledgementModes)[number]

export interface VerifiableShareOptions {
  readonly topic: string
  /** Ends when so many have been consumed; undefined for ever. */
  readonly maxMessages: number | undefined
  readonly mode: AcknowledgementMode
  /** Tell of every record. */
  readonly verbose: boolean
  /** Takes each event: its name, and what it has to tell. */
  readonly say: (name: string, fields: object) => void
}

const POLL_MS = 5000

/** Reads a topic as a member of a share group, and tells of everything that happens, for tests that drive it from outside. */
export class VerifiableShare {
  private consumed = 0
  private stopped = false

  constructor(
    private readonly consumer: ShareConsumer,
    private readonly options: VerifiableShareOptions,
  ) {
    consumer.onAcknowledged = (result) => this.acknowledged(result)
  }

  stop(): void {
    this.stopped = true
    this.consumer.wakeup()
  }

  async run(): Promise<void> {
    const { maxMessages = Number.POSITIVE_INFINITY, mode, topic } = this.options
    this.consumer.subscribe([topic])
    try {
      while (!this.stopped && this.consumed < maxMessages) {
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
      this.options.say('shutdown_complete', {})
    }
  }

  private tell(batch: ShareBatch): void {
    const { say, verbose } = this.options
    const partitions = new Map<string, { topic: string; partition: number; offsets: number[] }>()
    const record = batch.cursor()
    while (record.next()) {
      const { topic, partition, offset } = record
      const entry = partitions.get(`${topic}-${partition}`) ?? { topic, partition, offsets: [] }
      entry.offsets.push(offset)
      partitions.set(`${topic}-${partition}`, entry)
      const text = (bytes: Buffer | null) => bytes?.toString() ?? null
      if (verbose)
        say('record_data', { key: text(record.key()), value: text(record.value()), topic, partition, offset })
    }
    this.consumed += batch.count
    const list = Array.from(partitions.values(), ({ offsets, ...where }) => ({
      ...where,
      count: offsets.length,
      offsets,
    }))
    say('records_consumed', { count: batch.count, partitions: list })
  }

  private acknowledged({ topic, partition, offsets, error }: AcknowledgementResult): void {
    const count = offsets.length
    const partitions = [{ topic, partition, count, offsets }]
    const outcome = error ? { success: false, error: error.message } : { success: true }
    this.options.say('offsets_acknowledged', { count, partitions, ...outcome })
  }
}
