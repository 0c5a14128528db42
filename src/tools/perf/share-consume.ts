import type { ShareConsumer } from '../../client/index.ts'
import type { Runtime } from '../../runtime/index.ts'

const MB = 1024 * 1024
/** Longest wait of one poll in milliseconds. */
const POLL_MS = 100

export interface SharePerfOptions {
  readonly topic: string
  /** Records of all consumers together after which it ends. */
  readonly records: number
  /** Milliseconds without a record after which it ends. */
  readonly timeoutMs: number
  readonly intervalMs: number
  /** Takes the row of each interval, with the number of its consumer. */
  readonly onInterval?: ((interval: ShareFigures, consumer: number) => void) | undefined
}

export interface ShareFigures {
  readonly startMs: number
  readonly endMs: number
  readonly records: number
  /** Bytes of keys and values. */
  readonly bytes: number
}

/** Members of one share group that read as fast as they can, and how many records a second come. */
export class SharePerf {
  private records = 0
  private bytes = 0

  constructor(
    private readonly consumers: readonly ShareConsumer[],
    private readonly runtime: Runtime,
    private readonly options: SharePerfOptions,
  ) {}

  /** The figures of the whole, and those of each consumer. */
  async run(): Promise<{ readonly total: ShareFigures; readonly each: readonly ShareFigures[] }> {
    const { clock } = this.runtime
    const startMs = clock.now()
    const each = await Promise.all(this.consumers.map((consumer, index) => this.consume(consumer, index)))
    return { total: { startMs, endMs: clock.now(), records: this.records, bytes: this.bytes }, each }
  }

  private async consume(consumer: ShareConsumer, index: number): Promise<ShareFigures> {
    const { clock } = this.runtime
    const { topic, records: wanted, timeoutMs, intervalMs, onInterval } = this.options
    consumer.subscribe([topic])
    const startMs = clock.now()
    let lastRecord = startMs
    let intervalStart = startMs
    const own = { records: 0, bytes: 0 }
    let before = { ...own }
    while (this.records < wanted && clock.now() - lastRecord <= timeoutMs) {
      const record = (await consumer.poll(POLL_MS)).cursor()
      while (record.next()) {
        const size = Math.max(0, record.keyLength) + Math.max(0, record.valueLength)
        own.records++
        own.bytes += size
        this.records++
        this.bytes += size
        lastRecord = clock.now()
      }
      if (clock.now() - intervalStart < intervalMs || own.records === before.records) continue
      const [records, bytes] = [own.records - before.records, own.bytes - before.bytes]
      onInterval?.({ startMs: intervalStart, endMs: clock.now(), records, bytes }, index)
      intervalStart = clock.now()
      before = { ...own }
    }
    return { startMs, endMs: clock.now(), ...own }
  }
}

export function shareRates({ startMs, endMs, records, bytes }: ShareFigures) {
  const perSecond = (value: number): number => (endMs > startMs ? (value * 1000) / (endMs - startMs) : 0)
  const megabytes = bytes / MB
  return { megabytes, megabytesPerSecond: perSecond(megabytes), recordsPerSecond: perSecond(records) }
}

export const shareHeader =
  'start.time, end.time, data.consumed.in.MB, MB.sec, nMsg.sec, data.consumed.in.nMsg, fetch.time.ms'

/** A row below the header, with the milliseconds that it took as the last column. */
export function shareRow({ startMs, endMs, records, bytes }: ShareFigures, date: (millis: number) => string): string {
  const elapsed = endMs - startMs
  const perSecond = (value: number): string => ((value * 1000) / elapsed).toFixed(4)
  const megabytes = bytes / MB
  const rates = [megabytes.toFixed(4), perSecond(megabytes), perSecond(records)]
  return [date(startMs), date(endMs), ...rates, records, elapsed].join(', ')
}
