import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Codec, codecs } from '../../src/protocol/records/compression.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { defaultLogConfig, type LogConfig } from '../../src/server/storage/log-config.ts'
import { LogManager } from '../../src/server/storage/log-manager.ts'
import { asClient, asCoordinator, batchOf, markerOf, openLog, TOPIC_ID, valuesFrom } from '../server/storage/batches.ts'
import { apacheMissing, runTool, startBroker } from '../support/apache.ts'

const missing = apacheMissing()
if (missing) console.warn(`storage compatibility is not tested: ${missing}`)

const PORT = Number(process.env.COMPAT_PORT ?? 21010)
const root = mkdtempSync(path.join(os.tmpdir(), 'storage-compat-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const filesIn = (dir: string, pattern: RegExp) =>
  readdirSync(dir)
    .filter((name) => pattern.test(name))
    .map((name) => path.join(dir, name))

async function dump(files: readonly string[], ...options: string[]): Promise<string> {
  const { stdout, stderr, exitCode } = await runTool('kafka-dump-log', [...options, '--files', files.join(',')])
  // It says this of every segment but the first, Apache's own too: it takes each file for the begin of a log.
  const complaint = /^Non-consecutive offsets in .*\/0*([1-9]\d*)\.log\n {2}-1 is followed by \1\n/gm
  expect(stderr.replace(complaint, '')).toBe('')
  expect(exitCode).toBe(0)
  return stdout
}

const managerOn = (dir: string, config: Partial<LogConfig> = {}) =>
  new LogManager({
    runtime: nodeRuntime,
    dirs: [dir],
    nodeId: 1,
    clusterId: 'c',
    configFor: () => ({ ...defaultLogConfig, ...config }),
    onDirFailure: ({ error }) => {
      throw error
    },
  })

describe.skipIf(missing)("Apache's dump tool on our files", () => {
  const dir = path.join(root, 'ours', 't-0')
  const names = Object.keys(codecs) as Codec[]
  let written = 0

  beforeAll(async () => {
    const log = openLog(nodeRuntime, { dir, config: { segmentBytes: 60_000, indexIntervalBytes: 4096 } })
    for (let i = 0; i < 200; i++) {
      const values = Array.from({ length: 5 }, (_, n) => `value ${i}-${n} ${'lorem ipsum '.repeat(i % 400)}`)
      log.append(batchOf({ values, timestamp: 1_700_000_000_000 + i * 1000, codec: names[i % names.length] }), asClient)
      log.append(
        batchOf({
          values: ['t'],
          producerId: i % 7,
          producerEpoch: 0,
          baseSequence: Math.floor(i / 7),
          transactional: true,
        }),
        asClient,
      )
      if (i % 7 === 6) log.append(markerOf(i % 2 ? 'abort' : 'commit', i % 5, 0), asCoordinator)
    }
    written = log.logEndOffset
    expect(log.segmentCount).toBeGreaterThan(3)
    await log.close()
  })

  it('finds logs and indexes right', async () => {
    const files = filesIn(dir, /\.(log|index|timeindex)$/)
    const text = await dump(files, '--deep-iteration', '--print-data-log', '--verify-index-only')
    expect(text).not.toMatch(/mismatch|Found timestamp|out of order|does not|invalid/i)
    expect(await dump(filesIn(dir, /\.(index|timeindex)$/), '--index-sanity-check')).toMatch(/passed sanity check/)
  })

  it('reads every record of every codec', async () => {
    const text = await dump(filesIn(dir, /\.log$/), '--deep-iteration', '--print-data-log')
    expect(text.match(/^\| offset: /gm)).toHaveLength(written)
    expect(text).not.toContain('isvalid: false')
    for (const name of names) expect(text).toContain(`compresscodec: ${name}`)
    expect(text).toContain('payload: value 199-4 lorem')
  })

  it('reads snapshots and aborted transactions', async () => {
    const snapshots = await dump(filesIn(dir, /\.snapshot$/))
    expect(snapshots).toMatch(/producerId: 3 producerEpoch: 0 coordinatorEpoch: -?\d+ currentTxnFirstOffset: /)
    const aborted = await dump(filesIn(dir, /\.txnindex$/))
    expect(aborted).toMatch(/version: 0 producerId: \d firstOffset: \d+ lastOffset: \d+ lastStableOffset: \d+/)
  })
})

describe.skipIf(missing)("a directory that goes back and forth with Apache's broker", () => {
  const dir = path.join(root, 'shared')
  const theirs = Array.from({ length: 6000 }, (_, i) => `line ${i} ${'x'.repeat(500)}`)
  const ours = Array.from({ length: 300 }, (_, i) => `ours ${i}`)

  it('has the same records on both sides, after crashes and clean stops', { timeout: 180_000 }, async () => {
    const settings = { segmentBytes: 1 << 20, indexIntervalBytes: 4096 }
    let broker = await startBroker(dir, PORT)
    const topic = ['--bootstrap-server', broker.bootstrap, '--topic', 'shared']
    const config = ['--config', 'segment.bytes=1048576', '--config', 'index.interval.bytes=4096']
    expect((await runTool('kafka-topics', [...topic, '--create', '--partitions', '1', ...config])).exitCode).toBe(0)
    const input = `${theirs.join('\n')}\n`
    expect(
      (await runTool('kafka-console-producer', [...topic, '--compression-codec', 'none'], { input })).exitCode,
    ).toBe(0)
    await broker.stop('SIGKILL')

    const recovered = managerOn(broker.logDir, settings)
    recovered.load()
    const log = recovered.get('shared', 0)!
    expect(log.segmentCount).toBeGreaterThan(2)
    expect(valuesFrom(log, 0)).toEqual(theirs)
    expect(log.activeProducers()).toHaveLength(1)
    const leaderEpoch = log.latestEpoch ?? 0
    for (const value of ours)
      log.append(batchOf({ values: [value], timestamp: Date.now() }), { ...asClient, leaderEpoch })
    log.advanceHighWatermark(log.logEndOffset)
    await recovered.shutdown()

    broker = await startBroker(dir, PORT)
    const all = [...theirs, ...ours]
    const consume = ['--from-beginning', '--max-messages', String(all.length), '--timeout-ms', '30000']
    const consumed = await runTool('kafka-console-consumer', [...topic, ...consume])
    expect(consumed.stdout.split('\n').slice(0, -1)).toEqual(all)
    const offsets = await runTool('kafka-get-offsets', [...topic, '--time', '-1'])
    expect(offsets.stdout).toBe(`shared:0:${all.length}\n`)
    await broker.stop('SIGTERM')

    const clean = managerOn(broker.logDir, settings)
    clean.load()
    expect(clean.cleanStop.clean).toBe(true)
    expect(valuesFrom(clean.get('shared', 0)!, 0)).toEqual(all)
    expect(clean.get('shared', 0)?.highWatermark).toBe(all.length)
    clean.unlock()
  })
})

describe.skipIf(missing)('our directory', () => {
  it('opens again as we left it', async () => {
    const manager = managerOn(path.join(root, 'plain'))
    manager.load()
    manager.getOrCreate('t', 0, TOPIC_ID).append(batchOf({ values: ['a'] }), asClient)
    await manager.shutdown()
    const again = managerOn(path.join(root, 'plain'))
    again.load()
    expect(valuesFrom(again.get('t', 0)!, 0)).toEqual(['a'])
    await again.shutdown()
  })
})
