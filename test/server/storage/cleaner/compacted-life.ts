import * as batch from '../../../../src/protocol/records/batch.ts'
import { decodeRecords, encodeBatch } from '../../../../src/protocol/records/record.ts'
import type { Runtime } from '../../../../src/runtime/index.ts'
import type { CleanerSettings } from '../../../../src/server/storage/cleaner/log-cleaner.ts'
import type { Log } from '../../../../src/server/storage/log.ts'
import { defaultLogConfig, type LogConfig } from '../../../../src/server/storage/log-config.ts'
import { LogManager } from '../../../../src/server/storage/log-manager.ts'
import { ProcessDied } from '../../../support/memory-disk.ts'
import type { ManualClock } from '../../../support/memory-runtime.ts'
import { asClient, asCoordinator, markerOf } from '../batches.ts'

/** What was appended to a compacted log, in the order of offsets, and what the log must still say of it. */

export type Fate = 'plain' | 'open' | 'committed' | 'aborted' | 'marker'

export interface Written {
  readonly key: string
  /** Null for a tombstone. */
  readonly value: string | null
  fate: Fate
}

const compacted: LogConfig = {
  ...defaultLogConfig,
  cleanupPolicy: ['compact'],
  segmentBytes: 400,
  indexIntervalBytes: 100,
  minCleanableDirtyRatio: 0.01,
  deleteRetentionMs: 5000,
}

const settings: CleanerSettings = {
  enabled: true,
  bufferBytes: 1 << 20,
  loadFactor: 0.9,
  ioBytes: 256,
  bytesPerSecond: Number.MAX_VALUE,
  backoffMs: 1000,
}

export const managerOn = (
  runtime: Runtime,
  config: Partial<LogConfig> = {},
  cleaner: Partial<CleanerSettings> = {},
  log?: (line: string) => void,
) =>
  new LogManager({
    runtime,
    dirs: ['/logs'],
    nodeId: 1,
    clusterId: 'c',
    configFor: () => ({ ...compacted, ...config }),
    cleaner: () => ({ ...settings, ...cleaner }),
    onDirFailure: ({ error }) => {
      if (!(error instanceof ProcessDied)) throw error
    },
    log,
    // Nothing else is to happen by itself: a process that dies in it would be told of.
    initialDelayMs: 1e9,
    highWatermarkCheckpointMs: 1e9,
  })

/** Appends to a log, and writes down what. */
export class Author {
  readonly written: Written[] = []
  readonly #sequences = new Map<number, number>()

  constructor(
    public log: Log,
    private readonly now: () => number,
  ) {}

  append(records: readonly (readonly [string, string | null])[], producerId = -1, transactional = false): void {
    const sequence = this.#sequences.get(producerId) ?? 0
    const idempotent = producerId < 0 ? {} : { producerId, producerEpoch: 0, baseSequence: sequence, transactional }
    this.#sequences.set(producerId, sequence + records.length)
    const bytes = encodeBatch(
      records.map(([key, value]) => ({
        key: bytesOf(key),
        value: value === null ? null : bytesOf(value),
        timestamp: this.now(),
      })),
      { ...idempotent, codec: records.length > 2 ? 'gzip' : 'none' },
    )
    for (const [key, value] of records) this.written.push({ key, value, fate: transactional ? 'open' : 'plain' })
    this.log.append(bytes, { ...asClient, leaderEpoch: 0 })
    this.log.advanceHighWatermark(this.log.logEndOffset)
  }

  end(producerId: number, fate: 'committed' | 'aborted', records: readonly Written[]): void {
    for (const record of records) record.fate = fate
    this.written.push({ key: `marker of ${producerId}`, value: null, fate: 'marker' })
    this.log.append(markerOf(fate === 'aborted' ? 'abort' : 'commit', producerId, 0), asCoordinator)
    this.log.advanceHighWatermark(this.log.logEndOffset)
  }
}

const bytesOf = (text: string): Buffer => Buffer.from(text)

export interface Found {
  readonly offset: number
  readonly key: string
  readonly value: string | null
}

/** What readers of committed data see, from the log's start. */
export function committedIn(log: Log): Found[] {
  return allIn(log).filter(({ visible }) => visible)
}

/** Every record, and whether readers of committed data see it. */
export function allIn(log: Log): (Found & { visible: boolean })[] {
  const from = log.logStartOffset
  const aborted = log.abortedTransactions(from, log.logEndOffset).sort((a, b) => a.firstOffset - b.firstOffset)
  const open = new Set<number>()
  const found: (Found & { visible: boolean })[] = []
  let next = from
  for (const { buffer } of log.readBatches(from)) {
    if (!batch.crcMatches(buffer)) throw new Error(`wrong checksum at ${batch.baseOffset(buffer)}`)
    if (batch.baseOffset(buffer) < next && next !== from) throw new Error(`offset ${batch.baseOffset(buffer)} twice`)
    next = batch.lastOffset(buffer) + 1
    while (aborted[0] !== undefined && aborted[0].firstOffset < next)
      open.add((aborted.shift() as { producerId: number }).producerId)
    const producerId = batch.producerId(buffer)
    if (batch.isControl(buffer)) {
      open.delete(producerId)
      continue
    }
    const visible = !(batch.isTransactional(buffer) && open.has(producerId)) && next <= log.lastStableOffset
    for (const { offset, key, value } of decodeRecords(buffer))
      found.push({ offset, key: String(key), value: value && String(value), visible })
  }
  return found.filter(({ offset }) => offset >= from)
}

/** All that a log shows to be wrong. Everything below `certain` must be there; what stands behind it may be missing from some offset on. */
export function* check(log: Log, written: readonly Written[], certain: number): Generator<string> {
  if (log.logEndOffset < certain) yield `the log ends at ${log.logEndOffset}, and ${certain} records are certain`
  if (log.logEndOffset > written.length)
    yield `the log ends at ${log.logEndOffset}, and ${written.length} records were written`
  const all = allIn(log)
  for (const { offset, key, value, visible } of all) {
    const real = written[offset]
    if (real?.key !== key || real.value !== value)
      yield `invented: ${key}=${value} at ${offset}, where ${JSON.stringify(real)} was written`
    else if (visible && real.fate === 'aborted') yield `aborted: ${key}=${value} at ${offset} is seen`
  }
  const newest = new Map<string, number>()
  for (const [offset, { key, fate }] of written.entries())
    if (offset < certain && offset >= log.logStartOffset && (fate === 'plain' || isCommitted(written, offset, certain)))
      newest.set(key, offset)
  for (const [key, offset] of newest) {
    const here = all.filter((record) => record.key === key && record.visible)
    // A later one may stand for it.
    if (here.some((record) => record.offset >= offset)) continue
    if (written[offset]?.value !== null) yield `lost: ${key}=${written[offset]?.value} at ${offset}`
    else if (here.length > 0) yield `back again: ${key}, which was deleted at ${offset}`
  }
}

/** Whether the transaction of a record is committed by a marker below an offset; transactions of a test do not overlap. */
function isCommitted(written: readonly Written[], offset: number, below: number): boolean {
  if (written[offset]?.fate !== 'committed') return false
  const marker = written.findIndex(({ fate }, at) => at > offset && fate === 'marker')
  return marker >= 0 && marker < below
}

/** Time goes by in small steps: what waits for many promises gets on in between. */
export async function pass(clock: ManualClock, ms: number): Promise<void> {
  for (let gone = 0; gone < ms; gone += 50) await clock.advance(50)
}
