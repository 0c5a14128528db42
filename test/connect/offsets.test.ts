import { describe, expect, it } from 'vitest'
import { readHashMap, writeHashMap } from '../../src/connect/offsets/java-hash-map.ts'
import { OffsetStore } from '../../src/connect/offsets/offset-store.ts'
import { SubmittedRecords } from '../../src/connect/worker/submitted-records.ts'
import { memoryRuntime } from '../support/memory-runtime.ts'

/** What Java's ObjectOutputStream wrote of maps with so many entries. */
const HEAD =
  'aced0005737200116a6176612e7574696c2e486173684d61700507dac1c31660d103000246000a6c6f6164466163746f724900097468726573686f6c6478703f400000'
const empty = Buffer.from(`${HEAD}0000000077080000001000000000` + '78', 'hex')
const oneNull = Buffer.from(
  `${HEAD}0000000c77080000001000000001757200025b42acf317f8060854e00200007870000000026b307078`,
  'hex',
)
/** The file of Apache's worker with one source at byte 8. */
const apache = Buffer.concat([
  Buffer.from(`${HEAD}0000000c77080000001000000001757200025b42acf317f8060854e00200007870`, 'hex'),
  Buffer.from('00000037', 'hex'),
  Buffer.from('["local-file-source",{"filename":"/tmp/cx/j/test.txt"}]'),
  Buffer.from('757100' + '7e00020000000e', 'hex'),
  Buffer.from('{"position":8}'),
  Buffer.from('78', 'hex'),
])

describe('the offset file', () => {
  it("is Java's, byte for byte", () => {
    expect(writeHashMap([])).toEqual(empty)
    expect(writeHashMap([{ key: Buffer.from('k0'), value: null }])).toEqual(oneNull)
    expect(writeHashMap(readHashMap(apache))).toEqual(apache)
    const many = Array.from({ length: 25 }, (_, i) => ({ key: Buffer.from(`k${i}`), value: Buffer.from(`v${i}`) }))
    const bytes = writeHashMap(many)
    // Java's table for 25 entries: 64 places, 48 of which may be taken.
    expect(bytes.subarray(HEAD.length / 2, HEAD.length / 2 + 14).toString('hex')).toBe(
      '00000030' + '7708' + '0000004000000019',
    )
    expect(readHashMap(bytes)).toEqual(many)
  })

  it('is refused when it is another or damaged', () => {
    for (let length = 0; length < apache.length; length++)
      expect(() => readHashMap(apache.subarray(0, length))).toThrow('no Java-serialized HashMap')
    const { disk } = memoryRuntime()
    disk.writeFile('/logs/offsets', 'something else')
    expect(() => OffsetStore.open('/logs/offsets', disk)).toThrow(
      'The offsets in /logs/offsets cannot be read: it is no Java-serialized HashMap of bytes.',
    )
  })

  it('keeps what it does not know, and forgets partitions', async () => {
    const { disk } = memoryRuntime()
    disk.writeFile('/logs/offsets', apache)
    const store = OffsetStore.open('/logs/offsets', disk)
    expect(store.get('local-file-source', { filename: '/tmp/cx/j/test.txt' })).toEqual({ position: 8 })
    await store.put('db', [{ partition: { table: 't', host: 'h' }, offset: { row: 9007199254740993n } }])
    const again = OffsetStore.open('/logs/offsets', disk)
    expect(again.get('db', { host: 'h', table: 't' })).toEqual({ row: 9007199254740993n })
    expect(again.all('local-file-source')).toHaveLength(1)
    await again.put('local-file-source', [{ partition: { filename: '/tmp/cx/j/test.txt' }, offset: null }])
    expect(OffsetStore.open('/logs/offsets', disk).all('local-file-source')).toEqual([])
  })

  it('changes nothing when the disk refuses', async () => {
    const { disk } = memoryRuntime()
    const store = OffsetStore.open('/missing/offsets', disk)
    await expect(store.put('a', [{ partition: {}, offset: { n: 1 } }])).rejects.toThrow()
    expect(store.all('a')).toEqual([])
  })
})

describe('offsets of records on their way', () => {
  const record = (file: string, position: number) => ({
    topic: 't',
    sourcePartition: { file },
    sourceOffset: { position },
  })

  it('are committed behind what is acknowledged without a gap', () => {
    const submitted = new SubmittedRecords()
    const [a1, a2, a3] = [1, 2, 3].map((position) => submitted.submit(record('a', position)))
    const b1 = submitted.submit(record('b', 1))
    for (const item of [a1, a3, b1]) if (item) item.acked = true
    expect(submitted.takeCommittable()).toEqual([
      { partition: { file: 'a' }, offset: { position: 1 } },
      { partition: { file: 'b' }, offset: { position: 1 } },
    ])
    expect(submitted.takeCommittable()).toEqual([])
    if (a2) a2.acked = true
    expect(submitted.takeCommittable()).toEqual([{ partition: { file: 'a' }, offset: { position: 3 } }])
  })
})
