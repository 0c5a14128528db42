import { describe, expect, it } from 'vitest'
import type { Log } from '../../../src/server/storage/log.ts'
import { memoryRuntime } from '../../support/memory-runtime.ts'
import { DirectoryNode, PLACE_A, PLACE_B, PRODUCED, TopicMetadata } from '../../support/replicas/directory-node.ts'
import { batchOf, valuesFrom } from '../storage/batches.ts'

/** A log on its way from one directory to another and back; its node is ended at every single disk operation in turn, by a kill of the process and by a loss of power. */

type World = ReturnType<typeof memoryRuntime>

const base = { segmentBytes: 700, indexIntervalBytes: 100, fileDeleteDelayMs: 50 }
/** Records are synced when it suits the node, or each before it is acknowledged. */
const configs = { 'syncs later': base, 'syncs first': { ...base, flushMessages: 1 } }
type Config = (typeof configs)[keyof typeof configs]

interface Knowledge {
  readonly metadata: TopicMetadata
  /** Values that clients were told of. */
  acknowledged: string[]
  /** How many of them are certainly on the device. */
  flushed: number
  /** Whether `deleteRecordsBefore` has moved the log start. */
  logStart: number
}

async function pass(runtime: World, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 5) await runtime.clock.advance(5)
}

async function live(runtime: World, known: Knowledge, config: Config): Promise<void> {
  const node = new DirectoryNode(runtime, known.metadata, { config })
  const { log } = node.partition
  const append = (count: number) => {
    for (let i = 0; i < count; i++) {
      const value = `v${known.acknowledged.length}`
      const { written } = node.partition.append(batchOf({ values: [value] }), PRODUCED)
      known.acknowledged.push(value)
      const told = known.acknowledged.length
      written?.then(
        () => {
          known.flushed = Math.max(known.flushed, told)
        },
        () => {},
      )
    }
  }
  const noteFlushed = () => {
    known.flushed = Math.max(known.flushed, Math.min(log.recoveryPoint, known.acknowledged.length))
  }
  append(20)
  await log.flush()
  noteFlushed()
  log.deleteRecordsBefore(3)
  known.logStart = 3
  for (const place of [PLACE_B, PLACE_A]) {
    append(4)
    node.replicas.alterDirectory('t', 0, place)
    for (let turn = 0; turn < 40; turn++) {
      if (turn % 10 === 0) append(1)
      await pass(runtime, 10)
      noteFlushed()
    }
    expect(node.folders).toEqual([place])
  }
  append(2)
  await node.logs.shutdown()
  known.flushed = known.acknowledged.length
}

async function check(runtime: World, known: Knowledge, config: Config, atLeast: number): Promise<void> {
  let node = new DirectoryNode(runtime, known.metadata, { config })
  const expectAll = ({ logStartOffset, logEndOffset }: Log) => {
    const values = valuesFrom(node.partition.log, logStartOffset)
    expect(values).toEqual(known.acknowledged.slice(logStartOffset, logEndOffset))
    expect(logEndOffset).toBeGreaterThanOrEqual(atLeast)
    expect(logStartOffset).toBeGreaterThanOrEqual(Math.min(known.logStart, logEndOffset))
  }
  expectAll(node.partition.log)
  // It goes on from there, wherever it was.
  const length = node.partition.log.logEndOffset
  known.acknowledged = [...known.acknowledged.slice(0, length), 'after']
  node.partition.append(batchOf({ values: ['after'] }), PRODUCED)
  await pass(runtime, 200)
  expect(node.folders).toHaveLength(1)
  expectAll(node.partition.log)
  await node.logs.shutdown()
  runtime.clock.reset()
  node = new DirectoryNode(runtime, known.metadata, { config })
  expectAll(node.partition.log)
  await pass(runtime, 500)
  const folders = [PLACE_A, PLACE_B].flatMap((path) => runtime.disk.list(path)?.filter((name) => name.startsWith('t-')))
  expect(folders).toEqual(['t-0'])
}

async function dieAt(operation: number, config: Config): Promise<{ runtime: World; known: Knowledge; died: boolean }> {
  const runtime = memoryRuntime(operation)
  const known: Knowledge = { metadata: new TopicMetadata(), acknowledged: [], flushed: 0, logStart: 0 }
  runtime.disk.faults.dieAt(runtime.disk.operations + operation)
  try {
    await live(runtime, known, config)
  } catch (error) {
    if (!runtime.disk.faults.dead) throw error
  }
  const died = runtime.disk.faults.dead
  runtime.clock.reset()
  return { runtime, known, died }
}

describe.each(Object.entries(configs))('a log that moves between directories and %s', (_, config) => {
  it('has everything that was acknowledged when only the process died', async () => {
    let operation = 0
    for (; ; operation++) {
      const { runtime, known, died } = await dieAt(operation, config)
      runtime.disk.killProcess()
      await check(runtime, known, config, known.acknowledged.length)
      if (!died) break
    }
    expect(operation).toBeGreaterThan(250)
  }, 120_000)

  it.each(['nothing', 'everything', 1])(
    'has everything that was flushed when the power failed (%s)',
    async (how) => {
      for (let operation = 0; ; operation++) {
        const { runtime, known, died } = await dieAt(operation, config)
        runtime.disk.losePower(typeof how === 'number' ? { seed: how * 1000 + operation } : (how as 'nothing'))
        await check(runtime, known, config, known.flushed)
        if (!died) break
      }
    },
    120_000,
  )
})
