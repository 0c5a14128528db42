import { type BatchOptions, decodeRecords, encodeBatch } from '../../../src/protocol/records/record.ts'
import type { Runtime } from '../../../src/runtime/index.ts'
import { Log, type LogOptions } from '../../../src/server/storage/log.ts'
import { defaultLogConfig, type LogConfig } from '../../../src/server/storage/log-config.ts'

export const TOPIC_ID = 'mZpp4yFXQzKvUiVf8Vv6dQ'

export interface TestBatch extends BatchOptions {
  readonly values?: readonly string[]
  readonly timestamp?: number
  /** Bytes of filling in each value. */
  readonly padding?: number
}

/** A batch as a producer sends it. */
export function batchOf({ values = ['v'], timestamp = 1000, padding = 0, ...options }: TestBatch = {}): Buffer {
  const records = values.map((value, i) => ({
    key: null,
    value: Buffer.from(value + '.'.repeat(padding)),
    timestamp: timestamp + i,
  }))
  return encodeBatch(records, options)
}

/** A transaction marker as a coordinator writes it. */
export function markerOf(
  type: 'commit' | 'abort',
  producerId: number,
  producerEpoch: number,
  coordinatorEpoch = 0,
): Buffer {
  const key = Buffer.from([0, 0, 0, type === 'commit' ? 1 : 0])
  const value = Buffer.alloc(6)
  value.writeInt32BE(coordinatorEpoch, 2)
  return encodeBatch([{ key, value, timestamp: 2000 }], {
    producerId,
    producerEpoch,
    control: true,
    transactional: true,
  })
}

export function openLog(
  runtime: Runtime,
  options: Partial<Omit<LogOptions, 'runtime' | 'config'>> & { config?: Partial<LogConfig> } = {},
): Log {
  return Log.open({
    dir: '/logs/t-0',
    topic: 't',
    partition: 0,
    topicId: TOPIC_ID,
    recoveryPoint: 0,
    logStartOffset: 0,
    clean: false,
    ...options,
    runtime,
    config: { ...defaultLogConfig, ...options.config },
  })
}

export const asClient = { leaderEpoch: 0, origin: 'client' } as const
export const asCoordinator = { leaderEpoch: 0, origin: 'coordinator' } as const

/** Values of all records from an offset on, read the way a Fetch reads them. */
export function valuesFrom(log: Log, offset: number, maxBytes = 1 << 20, limit = log.logEndOffset): string[] {
  const values: string[] = []
  for (let next = offset; next < limit; ) {
    const read = log.read(next, maxBytes, limit, true)
    if (read.size === 0) break
    for (const buffer of read.buffers)
      for (let at = 0; at < buffer.length; ) {
        for (const record of decodeRecords(buffer, at)) {
          if (record.offset >= next) values.push(String(record.value).replace(/\.+$/, ''))
          next = Math.max(next, record.offset + 1)
        }
        at += buffer.readInt32BE(at + 8) + 12
      }
    read.release()
  }
  return values
}
