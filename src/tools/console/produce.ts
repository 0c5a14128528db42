import type { Producer, ProducerRecord } from '../../client/index.ts'
import type { Console } from '../../runtime/console.ts'
import type { Runtime } from '../../runtime/index.ts'
import { LineReader } from './line-reader.ts'
import { forEachLine } from './lines.ts'

export interface ProduceOptions {
  readonly topic: string
  readonly readerSettings: Readonly<Record<string, string>>
  /** Wait for every record's acknowledgement before the next line is read; the first failure ends it. */
  readonly sync: boolean
  /** Tells of a record that did not arrive. */
  readonly onLost: (record: ProducerRecord, error: Error) => void
}

/** Values up to this size share their callbacks: one for each size. */
const SHARED_SIZES = 4096

/** Sends lines of standard input until it ends or a signal comes. Memory stays the same however much comes in. */
export class ConsoleProduce {
  /** Lines that were read. */
  count = 0
  private readonly reader: LineReader
  private readonly callbacks: ((error: Error | undefined) => void)[] = []
  private signal: string | undefined

  /** Throws for reader settings that contradict each other. */
  constructor(
    private readonly producer: Producer,
    private readonly console: Console,
    private readonly runtime: Runtime,
    private readonly options: ProduceOptions,
  ) {
    this.reader = new LineReader(options.topic, options.readerSettings)
  }

  /** Gives the signal that ended it, if one did; what was read until then is sent. */
  async run(): Promise<string | undefined> {
    const source = this.console.input()
    const quiet = this.console.onSignal((signal) => {
      this.signal = signal
      source.close()
    })
    const isPrompting = this.console.inputIsTerminal && this.console.outputIsTerminal
    const prompt = () => isPrompting && this.console.out('>')
    const send = this.options.sync ? this.sendAndWait : this.send
    try {
      prompt()
      await forEachLine(
        source,
        (line) => {
          this.count++
          const wait = send(this.reader.read(line))
          prompt()
          return wait
        },
        () => this.signal !== undefined,
        () => this.breathe(),
      )
      await this.producer.flush()
      return this.signal
    } finally {
      quiet()
      source.close()
    }
  }

  private readonly send = (record: ProducerRecord): Promise<void> | undefined =>
    this.producer.enqueue(record, this.callbackFor(record))

  private readonly sendAndWait = async (record: ProducerRecord): Promise<void> => {
    await this.producer.send(record)
  }

  private callbackFor(record: ProducerRecord): (error: Error | undefined) => void {
    const size = record.value?.length ?? SHARED_SIZES
    const report = (error: Error | undefined) => error && this.options.onLost(record, error)
    if (record.key || size >= SHARED_SIZES) return report
    return (this.callbacks[size] ??= this.sharedCallback(size))
  }

  /** What is told of a lost record is its size: no need for a closure, and a line kept alive, for every one of a million. */
  private sharedCallback(size: number): (error: Error | undefined) => void {
    const record = { topic: this.options.topic, value: Buffer.alloc(size) }
    return (error) => error && this.options.onLost(record, error)
  }

  private breathe(): Promise<void> {
    return new Promise((resolve) => this.runtime.clock.defer(resolve))
  }
}
