import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { main } from '../../src/cli/classic/dump-log.ts'
import { encodeBatch } from '../../src/protocol/records/record.ts'
import { TopicRecord } from '../../src/protocol/stored/metadata-records.ts'
import { decoderFor } from '../../src/tools/dump-log/record-decoders.ts'
import { runClassic } from '../support/test-console.ts'

/** Dumps of small files; Apache's tool is held against ours in compat/dump-log.compat.test.ts. */
const work = mkdtempSync(join(tmpdir(), 'dump-log-'))
afterAll(() => rmSync(work, { recursive: true, force: true }))

const SEGMENT = '00000000000000000000'

function file(folder: string, suffix: string, bytes: Buffer): string {
  mkdirSync(join(work, folder), { recursive: true })
  const path = join(work, folder, SEGMENT + suffix)
  writeFileSync(path, bytes)
  return path
}

const dump = (...args: string[]) => runClassic({ main }, args)
const record = (value: string, timestamp: number) => ({ key: null, value: Buffer.from(value), timestamp })

/** An entry of an offset index. */
function entry(offset: number, position: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeInt32BE(offset)
  bytes.writeInt32BE(position, 4)
  return bytes
}

describe('dump-log', () => {
  const first = encodeBatch([record('a', 5), record('b', 7)], { leaderEpoch: 3 })
  const second = encodeBatch([record('c', 8)], {
    baseOffset: 2,
    codec: 'gzip',
    producerId: 9,
    producerEpoch: 0,
    baseSequence: 4,
  })

  it('tells batches and records', async () => {
    const path = file('plain', '.log', Buffer.concat([first, second, Buffer.from('half a batch')]))
    const { out, code } = await dump('--files', path, '--print-data-log')
    expect(code).toBe(0)
    const crc = (batch: Buffer) => batch.readUInt32BE(17)
    expect(out.split('\n')).toEqual([
      `Dumping ${path}`,
      'Log starting offset: 0',
      `baseOffset: 0 lastOffset: 1 count: 2 baseSequence: -1 lastSequence: -1 producerId: -1 producerEpoch: -1 partitionLeaderEpoch: 3 isTransactional: false isControl: false deleteHorizonMs: OptionalLong.empty position: 0 CreateTime: 7 size: ${first.length} magic: 2 compresscodec: none crc: ${crc(first)} isvalid: true`,
      '| offset: 0 CreateTime: 5 keySize: -1 valueSize: 1 sequence: -1 headerKeys: [] payload: a',
      '| offset: 1 CreateTime: 7 keySize: -1 valueSize: 1 sequence: -1 headerKeys: [] payload: b',
      `baseOffset: 2 lastOffset: 2 count: 1 baseSequence: 4 lastSequence: 4 producerId: 9 producerEpoch: 0 partitionLeaderEpoch: -1 isTransactional: false isControl: false deleteHorizonMs: OptionalLong.empty position: ${first.length} CreateTime: 8 size: ${second.length} magic: 2 compresscodec: gzip crc: ${crc(second)} isvalid: true`,
      '| offset: 2 CreateTime: 8 keySize: -1 valueSize: 1 sequence: 4 headerKeys: [] payload: c',
      `Found 12 invalid bytes at the end of ${SEGMENT}.log`,
      '',
    ])
  })

  it('fails when an index that it verifies does not fit', async () => {
    file('index', '.log', Buffer.concat([first, second]))
    const good = file('index', '.index', entry(2, first.length))
    expect(await dump('--files', good, '--verify-index-only')).toEqual({ code: 0, out: `Dumping ${good}\n`, err: '' })
    const bad = file('index', '.index', entry(5, first.length))
    const { code, err } = await dump('--files', bad, '--verify-index-only')
    expect([code, err]).toEqual([1, `Mismatches in :${bad}\n  Index offset: 5, log offset: 2\n`])
  })

  it('decodes metadata', async () => {
    const value = Buffer.concat([
      Buffer.from([1, 2, 0]),
      TopicRecord.encode(0, { name: 'orders', topicId: 'AAAAAAAAAAAAAAAAAAAAAQ' }),
    ])
    const path = file('__cluster_metadata-0', '.log', encodeBatch([{ key: null, value, timestamp: 1 }]))
    expect((await dump('--files', path, '--cluster-metadata-decoder', '--skip-record-metadata')).out).toContain(
      '| payload: {"type":"TOPIC_RECORD","version":0,"data":{"name":"orders","topicId":"AAAAAAAAAAAAAAAAAAAAAQ"}}\n',
    )
    expect(decoderFor(path)).toBe('cluster-metadata')
    expect(decoderFor('data/__consumer_offsets-17/0.log')).toBe('offsets')
    expect(decoderFor('data/orders-0/0.log')).toBeUndefined()
  })

  it('ends before the zeros of a preallocated segment', async () => {
    const records = encodeBatch([{ key: null, value: Buffer.from('v'), timestamp: 1 }])
    const path = file('busy', '.log', Buffer.concat([records, Buffer.alloc(200_000)]))
    const { out, err, code } = await dump('--files', path)
    expect({ err, code }).toEqual({ err: '', code: 0 })
    expect(out.match(/^baseOffset/gm)).toHaveLength(1)
    expect(out).toContain(`Found 200000 invalid bytes at the end of ${path.slice(path.lastIndexOf('/') + 1)}\n`)
    const fresh = file('fresh', '.log', Buffer.alloc(100))
    expect(await dump('--files', fresh)).toMatchObject({ err: '', code: 0 })
  })

  it('says in a sentence what cannot be read', async () => {
    const zeros = file('zeros', '.log', Buffer.concat([Buffer.alloc(99), Buffer.from([1])]))
    expect((await dump('--files', zeros)).err).toBe(
      `Found record size 0 smaller than minimum record overhead (14) in file ${zeros}.\n`,
    )
    expect(await dump('--files', '/tmp/some.thing')).toMatchObject({
      code: 1,
      err: 'Ignoring unknown file /tmp/some.thing\n',
    })
    const snapshot = file('snapshot', '.snapshot', Buffer.alloc(10))
    expect(await dump('--files', snapshot)).toMatchObject({ code: 1 })
    expect((await dump('--files', zeros, '--print-data-log', '--value-decoder-class', 'my.Own')).err).toMatch(
      /^my\.Own cannot be loaded/,
    )
  })
})
