import type { Acknowledgement, ShareBatch, ShareConsumer } from '../../client/index.ts'
import type { Console } from '../../runtime/console.ts'
import type { Runtime } from '../../runtime/index.ts'
import type { MessageFormatter } from './formatter.ts'
import { type Printed, type PrintLimits, PrintLoop } from './print-loop.ts'

export interface ShareConsumeOptions extends PrintLimits {
  readonly formatter: MessageFormatter
  /** What becomes of records that were printed. */
  readonly acknowledgement: Acknowledgement
  /** Reject records that cannot be printed, instead of ending; told of them. */
  readonly onRejected?: ((error: Error) => void) | undefined
  /** Has what it takes to read the records of a batch. */
  readonly prepare?: ((batch: ShareBatch) => Promise<void>) | undefined
}

/**
 * Prints records of a share consumer in explicit mode, and acknowledges each when it is printed. What comes after the last wanted one goes back
 * to the group when the consumer closes.
 */
export class ShareConsume extends PrintLoop {
  constructor(
    private readonly consumer: ShareConsumer,
    console: Console,
    runtime: Runtime,
    private readonly options: ShareConsumeOptions,
  ) {
    super(consumer, console, runtime, options)
  }

  protected override async printNext(waitMs: number): Promise<Printed> {
    const { prepare } = this.options
    const batch = await this.consumer.poll(waitMs)
    if (prepare && batch.count > 0) await prepare(batch)
    return { came: batch.count, failure: this.print(batch) }
  }

  private print(batch: ShareBatch): Error | undefined {
    const { formatter, acknowledgement, onRejected } = this.options
    const record = batch.cursor()
    while (!this.isFull && record.next()) {
      this.count++
      try {
        formatter.write(record, this.output)
        this.consumer.acknowledge(record, acknowledgement)
      } catch (error) {
        if (!onRejected) return error as Error
        onRejected(error as Error)
        this.consumer.acknowledge(record, 'reject')
      }
    }
    return undefined
  }
}
