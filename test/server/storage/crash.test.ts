import { describe, expect, it } from 'vitest'
import * as batch from '../../../src/protocol/records/batch.ts'
import type { Log } from '../../../src/server/storage/log.ts'
import { defaultLogConfig } from '../../../src/server/storage/log-config.ts'
import { LogManager } from '../../../src/server/storage/log-manager.ts'
import { ProcessDied } from '../../support/memory-disk.ts'
import { memoryRuntime } from '../../support/memory-runtime.ts'
import { asClient, asCoordinator, batchOf, markerOf, TOPIC_ID, valuesFrom } from './batches.ts'

/**
 * One scripted life of a log, ended at every single disk operation in turn, by a kill of the process and by a loss of power. What a
 * client was told must hold afterwards, and nothing that was not written may be there.
 */

const config = { ...defaultLogConfig, segmentBytes: 600, indexIntervalBytes: 100 }

type World = ReturnType<typeof memoryRuntime>

const managerOn = (runtime: World, preallocate: boolean) =>
  new LogManager({
    runtime,
    dirs: ['/logs'],
    nodeId: 1,
    clusterId: 'c',
    configFor: () => ({ ...config, preallocate }),
    onDirFailure: ({ error }) => {
      if (!(error instanceof ProcessDied)) throw error
    },
  })

/** What clients and operators know. */
interface Knowledge {
  /** Contents that the log has had, one for each truncation; markers count as values. */
  histories: string[][]
  /** Appended to the last of them with an answer. */
  acknowledged: number
  /** Of these, certainly on the device. */
  flushed: number
  logStart: number
  created: boolean
  deleted: boolean
}

async function live(runtime: World, known: Knowledge, preallocate: boolean): Promise<void> {
  const manager = managerOn(runtime, preallocate)
  manager.load()
  const log = manager.getOrCreate('t', 0, TOPIC_ID)
  manager.getOrCreate('gone', 3, TOPIC_ID)
  known.created = true
  let sequence = 0
  const noteFlushed = () => {
    known.flushed = Math.max(known.flushed, Math.min(log.recoveryPoint, known.acknowledged))
  }
  const append = (value: string, epoch: number, isMarker = false) => {
    const history = known.histories.at(-1) as string[]
    history.push(value)
    if (isMarker) log.append(markerOf('abort', 7, 0), { ...asCoordinator, leaderEpoch: epoch })
    else
      log.append(
        batchOf({ values: [value], producerId: 7, producerEpoch: 0, baseSequence: sequence++, transactional: true }),
        { ...asClient, leaderEpoch: epoch },
      )
    log.advanceHighWatermark(log.logEndOffset)
    known.acknowledged = log.logEndOffset
  }
  for (let i = 0; i < 18; i++) {
    append(`v${i}`, 0)
    if (i % 5 === 4) append('marker', 0, true)
    await runtime.clock.settle()
    noteFlushed()
  }
  await log.flush()
  noteFlushed()
  manager.checkpoint()
  log.deleteRecordsBefore(9)
  known.logStart = 9
  known.histories.push((known.histories.at(-1) as string[]).slice(0, 14))
  known.flushed = Math.min(known.flushed, 14)
  known.acknowledged = Math.min(known.acknowledged, 14)
  log.truncateTo(14)
  sequence = log.activeProducers()[0]!.lastSequence + 1
  for (let i = 0; i < 12; i++) {
    append(`w${i}`, 1)
    if (i % 4 === 3) await log.flush()
    noteFlushed()
  }
  manager.delete('gone', 3)
  known.deleted = true
  await manager.shutdown()
  known.flushed = known.acknowledged
}

/** Values, and `marker` for control batches, from the log's first batch on. */
function contentOf(log: Log): { first: number; values: string[] } {
  let first = -1
  const values: string[] = []
  let epoch = -1
  let next = -1
  for (const { buffer } of log.readBatches(0)) {
    expect(batch.crcMatches(buffer)).toBe(true)
    expect(batch.leaderEpoch(buffer)).toBeGreaterThanOrEqual(epoch)
    if (next >= 0) expect(batch.baseOffset(buffer)).toBe(next)
    if (first < 0) first = batch.baseOffset(buffer)
    epoch = batch.leaderEpoch(buffer)
    next = batch.lastOffset(buffer) + 1
    if (batch.isControl(buffer)) values.push('marker')
    else values.push(String(Buffer.from(buffer.subarray(67, buffer.length - 1))).trim())
  }
  return { first, values }
}

function answersOf(log: Log) {
  log.advanceHighWatermark(log.logEndOffset)
  return {
    start: log.logStartOffset,
    end: log.logEndOffset,
    stable: log.lastStableOffset,
    // A rebuild does not know how far below the log start a transaction began, and nobody can ask.
    aborted: log.abortedTransactions(log.logStartOffset, log.logEndOffset).map(({ producerId, firstOffset }) => ({
      producerId,
      firstOffset: Math.max(firstOffset, log.logStartOffset),
    })),
    // Only the last batch of a producer survives a clean stop in Kafka's format.
    producers: log.activeProducers(),
    epochs: log.epochs,
    values: valuesFrom(log, log.logStartOffset),
    times: log.offsetForTimestamp(0),
  }
}

async function check(runtime: World, known: Knowledge, preallocate: boolean, processOnly: boolean): Promise<void> {
  let manager = managerOn(runtime, preallocate)
  manager.load()
  const log = manager.get('t', 0)
  if (log === undefined) {
    expect(known.flushed).toBe(0)
    if (processOnly) expect(known.created).toBe(false)
    return
  }
  const { first, values } = contentOf(log)
  const latest = known.histories.at(-1) as string[]
  const isPrefixOf = (history: string[]) => values.every((value, i) => history[first + i] === value)
  expect(known.histories.some(isPrefixOf), `${values} of ${known.histories.map(String).join(' or ')}`).toBe(true)
  const atLeast = processOnly ? known.acknowledged : known.flushed
  expect(log.logEndOffset).toBeGreaterThanOrEqual(atLeast)
  expect(values.slice(0, Math.max(atLeast - first, 0))).toEqual(latest.slice(first, atLeast))
  expect(log.logStartOffset).toBeGreaterThanOrEqual(Math.min(known.logStart, log.logEndOffset))
  expect(log.recoveryPoint).toBeLessThanOrEqual(log.logEndOffset)
  if (known.deleted) expect(manager.get('gone', 3)).toBeUndefined()
  const before = answersOf(log)
  manager.getOrCreate('t', 0, log.topicId)
  await manager.shutdown()
  for (const path of runtime.disk.files().keys())
    if (/\/t-0\/.*(index|snapshot|epoch-checkpoint)$/.test(path)) runtime.disk.remove(path)
  manager = managerOn(runtime, preallocate)
  manager.load()
  expect(answersOf(manager.get('t', 0) as Log)).toEqual(before)
}

async function dieAt(
  operation: number,
  seed: number,
  preallocate: boolean,
): Promise<{ runtime: World; known: Knowledge; died: boolean }> {
  const runtime = memoryRuntime(seed)
  const known: Knowledge = { histories: [[]], acknowledged: 0, flushed: 0, logStart: 0, created: false, deleted: false }
  runtime.disk.faults.dieAt(runtime.disk.operations + operation)
  let died = false
  try {
    await live(runtime, known, preallocate)
  } catch (error) {
    if (!runtime.disk.faults.dead) throw error
    died = true
  }
  died ||= runtime.disk.faults.dead
  runtime.clock.reset()
  return { runtime, known, died }
}

describe.each([false, true])('a log that dies at any disk operation (preallocate=%s)', (preallocate) => {
  it('has everything that was acknowledged when only the process died', async () => {
    let operation = 0
    for (; ; operation++) {
      const { runtime, known, died } = await dieAt(operation, operation, preallocate)
      runtime.disk.killProcess()
      await check(runtime, known, preallocate, true)
      if (!died) break
    }
    expect(operation).toBeGreaterThan(100)
  })

  it.each(['nothing', 'everything', ...Array.from({ length: Number(process.env.CRASH_SEEDS ?? 4) }, (_, i) => i)])(
    'has everything that was flushed when the power failed (%s)',
    async (how) => {
      for (let operation = 0; ; operation++) {
        const { runtime, known, died } = await dieAt(operation, operation, preallocate)
        runtime.disk.losePower(typeof how === 'number' ? { seed: how * 1000 + operation } : (how as 'nothing'))
        await check(runtime, known, preallocate, false)
        if (!died) break
      }
    },
  )
})
