import { describe, expect, it } from 'vitest'
import type { Log } from '../../../../src/server/storage/log.ts'
import { memoryRuntime } from '../../../support/memory-runtime.ts'
import { TOPIC_ID } from '../batches.ts'
import { Author, allIn, check, managerOn, pass } from './compacted-life.ts'

/**
 * One scripted life of a compacted log with several cleanings, ended at every single disk operation in turn, by a kill of the process and by
 * a loss of power: of what was written, nothing that counts may be missing, nothing that was aborted or deleted may come back.
 */

type World = ReturnType<typeof memoryRuntime>

interface Knowledge {
  author: Author | undefined
  /** Records that were certainly on the device. */
  flushed: number
  cleanings: number
}

async function live(runtime: World, known: Knowledge): Promise<void> {
  const { clock } = runtime
  const manager = managerOn(runtime, {}, {}, (line) => {
    if (line.startsWith('Compacted')) known.cleanings++
  })
  manager.load()
  manager.start()
  const log = manager.getOrCreate('t', 0, TOPIC_ID)
  const author = new Author(log, () => clock.now())
  known.author = author
  const note = () => {
    known.flushed = Math.max(known.flushed, log.recoveryPoint)
  }
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 6; i++) author.append([[`k${i % 4}`, `r${round}i${i}${'.'.repeat(40)}`]], i % 2 === 0 ? 7 : -1)
    const first = author.written.length
    author.append(
      [
        ['k1', `t${round}`],
        ['own', `t${round}`],
      ],
      8,
      true,
    )
    author.append([['k2', `t${round}`]], 8, true)
    author.end(8, round % 2 === 0 ? 'aborted' : 'committed', author.written.slice(first))
    author.append([
      ['gone', `g${round}`],
      ['k3', `g${round}`],
      ['once', round === 0 ? 'here' : `o${round}`],
    ])
    author.append([['gone', null]])
    await clock.settle()
    note()
    await pass(clock, 1600)
    note()
  }
  log.deleteRecordsBefore(8)
  await pass(clock, 5500)
  author.append([['k0', 'last']])
  await log.flush()
  note()
  await manager.shutdown()
  known.flushed = author.written.length
}

function answers(log: Log) {
  return { start: log.logStartOffset, end: log.logEndOffset, stable: log.lastStableOffset, records: allIn(log) }
}

async function examine(runtime: World, known: Knowledge, processOnly: boolean): Promise<void> {
  let manager = managerOn(runtime)
  manager.load()
  const log = manager.get('t', 0)
  if (log === undefined || known.author === undefined) return expect(known.flushed).toBe(0)
  const { written } = known.author
  log.advanceHighWatermark(log.logEndOffset)
  // The last record may have been under way.
  const certain = processOnly ? written.length - 3 : known.flushed
  expect([...check(log, written, certain)]).toEqual([])
  const before = answers(log)
  await manager.shutdown()
  for (const path of runtime.disk.files().keys())
    if (/\/t-0\/.*(index|snapshot|epoch-checkpoint)$/.test(path)) runtime.disk.remove(path)
  manager = managerOn(runtime)
  manager.load()
  const again = manager.get('t', 0) as Log
  again.advanceHighWatermark(again.logEndOffset)
  expect(answers(again)).toEqual(before)
  // It goes on being cleaned, and stays what it is.
  manager.start()
  await pass(runtime.clock, 1500)
  expect([...check(again, written, certain)]).toEqual([])
  await manager.shutdown()
}

async function dieAt(operation: number, seed: number): Promise<{ runtime: World; known: Knowledge; died: boolean }> {
  const runtime = memoryRuntime(seed)
  const known: Knowledge = { author: undefined, flushed: 0, cleanings: 0 }
  runtime.disk.faults.dieAt(runtime.disk.operations + operation)
  try {
    await live(runtime, known)
  } catch (error) {
    if (!runtime.disk.faults.dead) throw error
  }
  const died = runtime.disk.faults.dead
  runtime.clock.reset()
  return { runtime, known, died }
}

describe('a compacted log that dies at any disk operation', () => {
  it('loses nothing when only the process died', async () => {
    let operation = 0
    let cleanings = 0
    for (; ; operation++) {
      const { runtime, known, died } = await dieAt(operation, operation)
      runtime.disk.killProcess()
      await examine(runtime, known, true)
      cleanings = Math.max(cleanings, known.cleanings)
      if (!died) break
    }
    expect(operation).toBeGreaterThan(200)
    expect(cleanings).toBeGreaterThan(2)
  })

  it.each(['nothing', 'everything', ...Array.from({ length: Number(process.env.CRASH_SEEDS ?? 2) }, (_, i) => i)])(
    'loses nothing that was flushed when the power failed (%s)',
    async (how) => {
      for (let operation = 0; ; operation++) {
        const { runtime, known, died } = await dieAt(operation, operation)
        runtime.disk.losePower(typeof how === 'number' ? { seed: how * 1000 + operation } : (how as 'nothing'))
        await examine(runtime, known, false)
        if (!died) break
      }
    },
  )
})
