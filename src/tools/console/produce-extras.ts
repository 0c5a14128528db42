import type { ProducerRecord } from '../../client/types.ts'
import type { Clock } from '../../runtime/index.ts'
import type { RecordReader, SendRecord } from './produce.ts'

type Headers = NonNullable<ProducerRecord['headers']>

/** Adds headers to every record, and makes tombstones of lines that are keys. */
export function withExtras(reader: RecordReader, headers: Headers, tombstones: boolean): RecordReader {
  if (headers.length === 0 && !tombstones) return reader
  return {
    isPlain: false,
    read(line) {
      const record = reader.read(line)
      if (!record) return undefined
      const all = [...(record.headers ?? []), ...headers]
      return tombstones ? { ...record, key: record.value, value: null, headers: all } : { ...record, headers: all }
    },
  }
}

/** Sends each record several times, and no more than so many a second; undefined where neither is asked for. */
export function paced(
  clock: Clock,
  { repeat = 1, perSecond }: { readonly repeat?: number | undefined; readonly perSecond?: number | undefined },
): ((send: SendRecord) => SendRecord) | undefined {
  if (repeat === 1 && perSecond === undefined) return undefined
  let start: number | undefined
  let sent = 0
  /** The first record starts the clock: what waits for its input does not catch up afterwards. */
  const turn = async (): Promise<void> => {
    if (perSecond === undefined) return
    start ??= clock.monotonic()
    const early = start + (sent * 1000) / perSecond - clock.monotonic()
    if (early > 0) await clock.sleep(early)
    else if (early < -1000) {
      start = clock.monotonic()
      sent = 0
    }
    sent++
  }
  return (send) => async (record) => {
    for (let i = 0; i < repeat; i++) {
      await turn()
      const wait = send(record)
      if (wait) await wait
    }
  }
}
