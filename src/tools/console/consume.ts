import type { RecordCursor } from '../../client/consumer/record-cursor.ts'
import type { Consumer, ConsumerBatch } from '../../client/index.ts'
import { partitionKey } from '../../client/types.ts'
import type { Console } from '../../runtime/console.ts'
import type { Runtime } from '../../runtime/index.ts'
import type { MessageFormatter } from './formatter.ts'
import { type Printed, type PrintLimits, PrintLoop } from './print-loop.ts'
import type { PrintableRecord } from './record.ts'

export interface ConsumeOptions extends PrintLimits {
  readonly formatter: MessageFormatter
  readonly skipMessageOnError: boolean
  readonly onSkipped: (error: Error) => void
  /** Which records are printed and counted; all when left out. */
  readonly accepts?: (record: PrintableRecord) => boolean
  /** Has what it takes to read the records of a batch. */
  readonly prepare?: (batch: ConsumerBatch) => Promise<void>
}

/** Records printed in one go, at most. */
const MOST = 0x7fff_ffff

/** Prints records until one of the ends. Positions stay at the first record that was not printed, so that a commit on close is right. */
export class ConsoleConsume extends PrintLoop {
  constructor(
    private readonly consumer: Consumer,
    console: Console,
    runtime: Runtime,
    private readonly options: ConsumeOptions,
  ) {
    super(consumer, console, runtime, options)
    // Formatters copy what they print.
    consumer.lendRecords()
  }

  protected override async printNext(waitMs: number): Promise<Printed> {
    const { prepare } = this.options
    const batch = await this.consumer.poll(waitMs)
    if (batch.count === 0) return { came: 0 }
    if (prepare) await prepare(batch)
    return { came: batch.count, failure: this.print(batch) }
  }

  /** Prints a batch; what is left of it after the last wanted record, or after a failure, is given back to the consumer. */
  private print(batch: ConsumerBatch): Error | undefined {
    const { formatter, skipMessageOnError, onSkipped, accepts } = this.options
    const returned = new Set<string>()
    let failure: Error | undefined
    const record = batch.cursor()
    for (;;) {
      if (!failure && !accepts) this.count += this.printPlain(record)
      if (!record.next()) break
      if (failure || this.isFull) {
        this.giveBack(record, returned)
        continue
      }
      if (accepts && !accepts(record)) continue
      this.count++
      try {
        formatter.write(record, this.output)
      } catch (error) {
        if (skipMessageOnError) onSkipped(error as Error)
        else failure = error as Error
      }
    }
    return failure
  }

  /** Prints records that need no look, up to the first that does. */
  private printPlain(records: RecordCursor): number {
    const { formatter, maxMessages = MOST } = this.options
    if (formatter.valueSeparator === undefined) return 0
    return this.output.values(records, Math.min(MOST, maxMessages - this.count), formatter.valueSeparator)
  }

  private giveBack({ topic, partition, offset }: PrintableRecord, returned: Set<string>): void {
    const key = partitionKey(topic, partition)
    if (returned.has(key)) return
    returned.add(key)
    this.consumer.seek({ topic, partition }, offset)
  }
}
