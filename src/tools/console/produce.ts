import type { Producer, ProducerRecord, SentRecords } from '../../client/index.ts'
import type { Console } from '../../runtime/console.ts'
import type { Runtime } from '../../runtime/index.ts'
import { LineReader } from './line-reader.ts'
import { forEachLine, type TakeLine } from './lines.ts'

/**
 * `batch.size` of the console producer where nobody sets one: lines that come faster than they are sent go in an eighth of the requests
 * that 16 KB would make of them. Lines that trickle in are sent as soon as ever.
 */
export const CONSOLE_BATCH_BYTES = 131_072

/** Makes records of lines; a line that is no record gives undefined. */
export interface RecordReader {
  /** Lines are values as they stand. */
  readonly isPlain: boolean
  read(line: Buffer): ProducerRecord | undefined
}

/** Hands a record to the producer; what it gives is to be awaited before the next. */
export type SendRecord = (record: ProducerRecord) => Promise<void> | undefined

export interface ProduceOptions {
  readonly topic: string
  readonly readerSettings: Readonly<Record<string, string>>
  /** Instead of the reader of Apache's tool. */
  readonly reader?: RecordReader | undefined
  /** Stands between the reader and the producer. */
  readonly around?: ((send: SendRecord) => SendRecord) | undefined
  /** Wait for every record's acknowledgement before the next line is read; the first failure ends it. */
  readonly sync: boolean
  /** Tells of a record that did not arrive. */
  readonly onLost: (record: ProducerRecord, error: Error) => void
}

/** Sends lines of standard input until it ends or a signal comes. Memory stays the same however much comes in. */
export class ConsoleProduce {
  /** Lines that were read. */
  count = 0
  private readonly reader: RecordReader
  private signal: string | undefined

  /** Throws for reader settings that contradict each other. */
  constructor(
    private readonly producer: Producer,
    private readonly console: Console,
    private readonly runtime: Runtime,
    private readonly options: ProduceOptions,
  ) {
    this.reader = options.reader ?? new LineReader(options.topic, options.readerSettings)
  }

  /** Gives the signal that ended it, if one did; what was read until then is sent. */
  async run(): Promise<string | undefined> {
    const source = this.console.input()
    const quiet = this.console.onSignal((signal) => {
      this.signal = signal
      source.close()
    })
    const isPrompting = this.console.inputIsTerminal && this.console.outputIsTerminal
    const prompt = () => isPrompting && this.signal === undefined && this.console.out('>')
    const isPlain = this.reader.isPlain && !this.options.sync && !isPrompting && !this.options.around
    const take = isPlain ? this.streaming() : this.oneByOne(prompt)
    try {
      prompt()
      await forEachLine(
        source,
        take,
        () => this.signal !== undefined,
        () => this.breathe(),
      )
      if (isPrompting && this.signal === undefined) this.console.out('\n')
      await this.producer.flush()
      return this.signal
    } finally {
      quiet()
      source.close()
    }
  }

  /** Lines that are values as they stand go from the input straight into a batch. */
  private streaming(): TakeLine {
    const { clock } = this.runtime
    const stream = this.producer.stream(this.options.topic, {
      onSent: (sent, error) => error && this.reportLost(sent, error),
    })
    let piece: Buffer | undefined
    return (source, start, end) => {
      this.count++
      if (source !== piece) {
        piece = source
        stream.timestamp = clock.now()
      }
      const wait = stream.append(source, start, end - start)
      // The clock has moved on when the wait is over.
      if (wait) piece = undefined
      return wait
    }
  }

  private oneByOne(prompt: () => void): TakeLine {
    const { sync, around } = this.options
    const direct = sync ? this.sendAndWait : this.send
    const send = around ? around(direct) : direct
    return (source, start, end) => {
      const record = this.reader.read(source.subarray(start, end))
      if (record) this.count++
      const wait = record && send(record)
      prompt()
      return wait
    }
  }

  private readonly send = (record: ProducerRecord): Promise<void> | undefined =>
    this.producer.enqueue(record, (error) => error && this.options.onLost(record, error))

  private readonly sendAndWait = async (record: ProducerRecord): Promise<void> => {
    await this.producer.send(record)
  }

  /** What is told of a lost line is its size. */
  private reportLost(sent: SentRecords, error: Error): void {
    for (const size of sent.valueSizes())
      this.options.onLost({ topic: this.options.topic, value: Buffer.allocUnsafe(size) }, error)
  }

  private breathe(): Promise<void> {
    return new Promise((resolve) => this.runtime.clock.defer(resolve))
  }
}
