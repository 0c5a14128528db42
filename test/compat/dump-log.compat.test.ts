import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { main } from '../../src/cli/classic/dump-log.ts'
import type { NewRecord } from '../../src/protocol/records/record.ts'
import * as consumerGroups from '../../src/protocol/stored/consumer-group-records.ts'
import * as control from '../../src/protocol/stored/control-records.ts'
import * as groups from '../../src/protocol/stored/group-records.ts'
import * as metadata from '../../src/protocol/stored/metadata-records.ts'
import * as remoteLog from '../../src/protocol/stored/remote-log-records.ts'
import * as shareGroups from '../../src/protocol/stored/share-group-records.ts'
import * as shareState from '../../src/protocol/stored/share-state-records.ts'
import * as streamsGroups from '../../src/protocol/stored/streams-group-records.ts'
import * as transactions from '../../src/protocol/stored/transaction-records.ts'
import { apacheMissing, runTool, startBroker } from '../support/apache.ts'
import { startTestServer } from '../support/server.ts'
import { coordinatorRecords, framedRecords, logOf } from '../support/stored-records.ts'
import { runClassic } from '../support/test-console.ts'

/** kafka-dump-log, Apache's and ours, on the same files: of Apache's broker, of ours, and made up with every kind of record there is. */
const missing = apacheMissing()
if (missing) console.warn(`the comparison of dumps is skipped: ${missing}`)

const work = mkdtempSync(join(tmpdir(), 'dump-compat-'))
const PORT = 22_100
const SEGMENT = '00000000000000000000'
const theirs = join(work, 'theirs')
const ours = join(work, 'ours')

function made(folder: string, records: readonly NewRecord[], isControl = false): void {
  mkdirSync(join(work, folder), { recursive: true })
  writeFileSync(join(work, folder, `${SEGMENT}.log`), logOf(records, isControl))
}

function controlRecords(): NewRecord[] {
  const head = (type: number) => Buffer.from([0, 0, 0, type])
  const messages = [
    [
      2,
      control.LeaderChangeMessage.encode(0, { version: 0, leaderId: 1, voters: [{ voterId: 1 }], grantingVoters: [] }),
    ],
    [3, control.SnapshotHeaderRecord.encode(0, { version: 0, lastContainedLogTimestamp: 2 ** 63 })],
    [4, control.SnapshotFooterRecord.encode(0, { version: 0 })],
    [5, control.KRaftVersionRecord.encode(0, { version: 0, kRaftVersion: 1 })],
    [6, control.VotersRecord.encode(0, { version: 0, voters: [] })],
    [0, Buffer.from([0, 0, 0, 0, 0, 7])],
    [1, Buffer.from([0, 0, 0, 0, 0, 8])],
    [9, Buffer.alloc(0)],
  ] as const
  return messages.map(([type, value], timestamp) => ({ key: head(type), value, timestamp }))
}

async function produce(bootstrap: string): Promise<void> {
  const at = ['--bootstrap-server', bootstrap]
  for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd'])
    await runTool(
      'kafka-console-producer',
      [
        ...at,
        '--topic',
        't',
        '--compression-codec',
        codec,
        '--reader-property',
        'parse.key=true',
        '--reader-property',
        'key.separator=:',
      ],
      { input: 'k1:a\nk2:b\n' },
    )
  const perf = ['--topic', 't', '--num-records', '2000', '--record-size', '100', '--throughput', '-1']
  await runTool('kafka-producer-perf-test', [...perf, '--producer-props', `bootstrap.servers=${bootstrap}`])
  await runTool('kafka-console-consumer', [
    ...at,
    '--topic',
    't',
    '--from-beginning',
    '--group',
    'g',
    '--max-messages',
    '3',
  ])
}

/** All files of one kind in a log directory. */
function files(root: string, suffix: string, folder = /./): string {
  const found = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(suffix) && folder.test(name))
    .sort()
  return found.map((name) => join(root, name)).join(',')
}

beforeAll(async () => {
  if (missing) return
  made('groups', coordinatorRecords([groups, consumerGroups, shareGroups, streamsGroups], 1))
  made('share', coordinatorRecords([shareState], 2))
  made('transactions', coordinatorRecords([transactions], 3))
  made('metadata', framedRecords(metadata, 4))
  made('remote', framedRecords(remoteLog, 5))
  made('control', controlRecords(), true)
  const apache = await startBroker(theirs, PORT)
  await runTool('kafka-topics', [
    '--bootstrap-server',
    apache.bootstrap,
    '--create',
    '--topic',
    't',
    '--partitions',
    '1',
  ])
  await produce(apache.bootstrap)
  await runTool('kafka-producer-perf-test', [
    ...['--topic', 't', '--num-records', '500', '--record-size', '10', '--throughput', '-1', '--transactional-id', 'x'],
    ...['--transaction-duration-ms', '20', '--producer-props', `bootstrap.servers=${apache.bootstrap}`],
  ])
  await runTool('kafka-console-consumer', [
    ...['--bootstrap-server', apache.bootstrap, '--topic', 't', '--group', 'g2', '--from-beginning'],
    ...['--max-messages', '3', '--consumer-property', 'group.protocol=consumer'],
  ])
  await apache.stop()
  const server = await startTestServer({}, { dir: ours })
  await runTool('kafka-topics', [
    '--bootstrap-server',
    server.bootstrap,
    '--create',
    '--topic',
    't',
    '--partitions',
    '1',
  ])
  await produce(server.bootstrap)
  await server.server.close()
  // An index that leads nowhere, and a log with half a batch at its end.
  mkdirSync(join(work, 'broken'))
  const log = readFileSync(join(theirs, 'logs', 't-0', `${SEGMENT}.log`))
  writeFileSync(join(work, 'broken', `${SEGMENT}.log`), log)
  truncateSync(join(work, 'broken', `${SEGMENT}.log`), log.length - 5)
  const index = Buffer.from(readFileSync(join(theirs, 'logs', 't-0', `${SEGMENT}.index`)).subarray(0, 16))
  index.writeInt32BE(3, 0)
  index.writeInt32BE(5, 8)
  writeFileSync(join(work, 'broken', `${SEGMENT}.index`), index)
  const times = Buffer.alloc(36)
  for (const [at, time, offset] of [
    [0, 1n, 1],
    [12, 2n, 2],
    [24, 1n, 3],
  ] as const) {
    times.writeBigInt64BE(time, at)
    times.writeInt32BE(offset, at + 8)
  }
  writeFileSync(join(work, 'broken', `${SEGMENT}.timeindex`), times)
}, 180_000)
afterAll(() => rmSync(work, { recursive: true, force: true }))

const own = (folder: string) => () => join(work, folder, `${SEGMENT}.log`)
const apaches = (suffix: string, folder?: RegExp) => () => files(join(theirs, 'logs'), suffix, folder)
const mine = (suffix: string, folder?: RegExp) => () => files(join(ours, 'logs'), suffix, folder)

interface Case {
  readonly what: string
  readonly paths: () => string
  readonly flags: string
  /** Apache's tool ends with 0 although it failed. */
  readonly failsSilently: boolean
}

const of = (what: string, paths: () => string, flags: string, failsSilently = false): Case => ({
  what,
  paths,
  flags,
  failsSilently,
})

const cases: readonly Case[] = [
  of('every record of groups', own('groups'), '--offsets-decoder'),
  of('every record of share state', own('share'), '--share-group-state-decoder'),
  of('every record of transactions', own('transactions'), '--transaction-log-decoder'),
  of('every record of metadata', own('metadata'), '--cluster-metadata-decoder'),
  of('every record of remote logs', own('remote'), '--remote-log-metadata-decoder'),
  of('control records', own('control'), '--print-data-log'),
  of('batches', apaches('.log'), ''),
  of('records', apaches('.log'), '--deep-iteration'),
  of('keys and values', apaches('.log', /^t-/), '--print-data-log'),
  of('no metadata', apaches('.log', /^t-/), '--print-data-log --skip-record-metadata'),
  of('a part', apaches('.log', /^t-/), '--max-bytes 700 --deep-iteration'),
  of('groups', apaches('.log', /offsets/), '--offsets-decoder'),
  of('transactions', apaches('.log', /transaction/), '--transaction-log-decoder'),
  of('metadata', apaches('.log', /metadata/), '--cluster-metadata-decoder'),
  of('the wrong decoder', apaches('.log', /^t-/), '--cluster-metadata-decoder'),
  of('snapshots of metadata', apaches('.checkpoint'), '--cluster-metadata-decoder'),
  of('offset indexes', apaches('.index'), ''),
  of('offset indexes, verified', apaches('.index'), '--verify-index-only'),
  of('sanity of indexes', apaches('index', /^t-/), '--index-sanity-check'),
  of('time indexes', apaches('.timeindex', /^t-/), ''),
  of('snapshots of producers', apaches('.snapshot'), ''),
  of('our batches', mine('.log'), ''),
  of('our keys and values', mine('.log', /^t-/), '--print-data-log'),
  of('our groups', mine('.log', /offsets/), '--offsets-decoder'),
  of('our metadata', mine('.log', /metadata/), '--cluster-metadata-decoder'),
  of('our snapshots of metadata', mine('.checkpoint'), '--cluster-metadata-decoder'),
  of('our offset indexes', mine('.index'), ''),
  of('our time indexes', mine('.timeindex', /^t-/), ''),
  of('our snapshots of producers', mine('.snapshot'), ''),
  of('a log that is cut off', own('broken'), '--deep-iteration'),
  of('an offset index that lies', () => join(work, 'broken', `${SEGMENT}.index`), ''),
  of('a time index that lies', () => join(work, 'broken', `${SEGMENT}.timeindex`), ''),
  of(
    'an offset index that lies, verified',
    () => join(work, 'broken', `${SEGMENT}.index`),
    '--verify-index-only',
    true,
  ),
  of('a file of another kind', () => '/tmp/some.thing', '', true),
  of('a log that is not there', () => `/nothing/${SEGMENT}.log`, ''),
]

/** The complaint before a stack, without the class name. */
const complaint = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !line.startsWith('\tat '))
    .map((line) => line.replace(/^(Exception in thread "main" )?([a-z]+\.)+\w+(Exception|Error): /, ''))
    .join('\n')

describe.skipIf(missing)('dumps', () => {
  it.each(cases)(
    'of $what are the same',
    async ({ paths, flags, failsSilently }) => {
      const args = ['--files', paths(), ...flags.split(' ').filter((word) => word !== '')]
      expect(args[1]).not.toBe('')
      const [expected, found] = await Promise.all([runTool('kafka-dump-log', args), runClassic({ main }, args)])
      expect(found.out.split('\n')).toEqual(expected.stdout.split('\n'))
      expect(complaint(found.err)).toBe(complaint(expected.stderr))
      expect(found.code).toBe(failsSilently ? 1 : expected.exitCode)
    },
    60_000,
  )

  it.each(['--help', '', '--nope', '--version', '--files'])('answer %s alike', async (line) => {
    const args = line.split(' ').filter((word) => word !== '')
    const [expected, found] = await Promise.all([runTool('kafka-dump-log', args), runClassic({ main }, args)])
    expect(found.out).toBe(expected.stdout)
    expect(complaint(found.err)).toBe(complaint(expected.stderr))
    expect(found.code).toBe(expected.exitCode)
  })
})
