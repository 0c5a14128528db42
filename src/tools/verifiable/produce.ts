import { KafkaError, type Producer, TimeoutError } from '../../client/index.ts'
import type { Runtime } from '../../runtime/index.ts'
import { doubleText } from '../../std/java-numbers.ts'
import type { EventLines } from './events.ts'

export interface VerifiableProduceOptions {
  readonly topic: string
  /** Below 0 without end. */
  readonly maxMessages: number
  /** Records a second; below 0 as many as possible. */
  readonly throughput: number
  /** Stands before every value, with a dot. */
  readonly valuePrefix?: string | undefined
  /** The timestamp of the first record, in milliseconds; each that follows has the next. Now when left out. */
  readonly createTime?: number | undefined
  /** Keys are 0, 1 ... up to this number, and again from 0. */
  readonly repeatingKeys?: number | undefined
}

/** Sends 0, 1, 2 ... and tells of every record whether it was acknowledged. */
export class VerifiableProduce {
  private sent = 0
  private acked = 0

  constructor(
    private readonly producer: Producer,
    private readonly runtime: Runtime,
    private readonly events: EventLines,
    private readonly options: VerifiableProduceOptions,
  ) {}

  /** Ends when all is sent or the signal is aborted; closes the producer. Gives the number of records that were not acknowledged. */
  async run(stop: AbortSignal): Promise<number> {
    const { clock } = this.runtime
    const start = clock.monotonic()
    this.events.emit('startup_complete')
    await this.sendAll(start, stop)
    await this.producer.close()
    this.events.emit('shutdown_complete')
    const { sent, acked } = this
    const average = (1000 * acked) / Math.max(1, clock.monotonic() - start)
    const fields = { sent, acked, target_throughput: this.options.throughput }
    this.events.emitWith('tool_data', fields, ['avg_throughput', doubleText(average)])
    return sent - acked
  }

  private async sendAll(start: number, stop: AbortSignal): Promise<void> {
    const { maxMessages, throughput } = this.options
    for (let i = 0; (maxMessages < 0 || i < maxMessages) && !stop.aborted; i++) {
      const wait = this.send(i)
      if (wait) await wait
      if (throughput >= 0) await this.pause(start, stop)
      // Acknowledgements and signals come in between, however fast this is.
      else if (i % 64 === 63) await new Promise<void>((resolve) => this.runtime.clock.defer(resolve))
    }
  }

  private send(number: number): Promise<void> | undefined {
    const { topic, valuePrefix, createTime, repeatingKeys } = this.options
    const value = valuePrefix === undefined ? String(number) : `${valuePrefix}.${number}`
    const key = repeatingKeys === undefined ? null : String(number % repeatingKeys)
    const timestamp = createTime === undefined ? undefined : createTime + number
    this.sent++
    return this.producer.enqueue({ topic, key, value, timestamp }, (error, metadata) => {
      if (!error) {
        this.acked++
        const { offset, partition } = metadata as { offset: number; partition: number }
        this.events.emit('producer_send_success', { key, value, offset, topic, partition })
      } else
        this.events.emit('producer_send_error', {
          topic,
          key,
          value,
          exception: className(error),
          message: error.message,
        })
    })
  }

  /** Sleeps until the next record is due. */
  private async pause(start: number, stop: AbortSignal): Promise<void> {
    const { throughput } = this.options
    const due = throughput === 0 ? Number.MAX_SAFE_INTEGER : start + (this.sent * 1000) / throughput
    const early = due - this.runtime.clock.monotonic()
    if (early > 0) await this.runtime.clock.sleep(Math.min(early, 0x7fff_ffff), stop).catch(() => {})
  }
}

/** As Java prints the class of an exception. */
function className(error: Error): string {
  const known = error instanceof KafkaError || error instanceof TimeoutError
  return `class ${known ? `org.apache.kafka.common.errors.${error.exception}` : 'java.lang.RuntimeException'}`
}
