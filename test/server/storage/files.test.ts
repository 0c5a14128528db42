import { describe, expect, it } from 'vitest'
import { parseCheckpoint } from '../../../src/server/storage/checkpoint.ts'
import { cleanUp } from '../../../src/server/storage/crash-leftovers.ts'
import { readMetaProperties, writeMetaProperties } from '../../../src/server/storage/meta-properties.ts'
import { deletedDir, parsePartitionDir } from '../../../src/server/storage/names.ts'
import { readPartitionMetadata } from '../../../src/server/storage/partition-metadata.ts'
import { memoryRuntime } from '../../support/memory-runtime.ts'
import { asClient, batchOf, openLog, valuesFrom } from './batches.ts'

describe('meta.properties', () => {
  const apache =
    '#\n#Sat Nov 21 03:37:25 UTC 2026\nnode.id=1\ndirectory.id=WZdhi9XNDBrTIqT-FVFWRw\nversion=1\ncluster.id=fbKuhmxGSLqsRi96vzl2Kw\n'

  it('is read as Apache writes it, and back', () => {
    const { disk } = memoryRuntime()
    disk.writeFile('/logs/meta.properties', apache)
    const meta = readMetaProperties(disk, '/logs')
    expect(meta).toEqual({ clusterId: 'fbKuhmxGSLqsRi96vzl2Kw', nodeId: 1, directoryId: 'WZdhi9XNDBrTIqT-FVFWRw' })
    writeMetaProperties(disk, '/logs', meta!)
    expect(readMetaProperties(disk, '/logs')).toEqual(meta)
    expect(readMetaProperties(disk, '/elsewhere')).toBeUndefined()
  })

  it.each([
    ['no version', apache.replace('version=1\n', '')],
    ['another version', apache.replace('version=1', 'version=0')],
    ['no number', apache.replace('node.id=1', 'node.id=one')],
    ['a short id', apache.replace('WZdhi9XNDBrTIqT-FVFWRw', 'WZ')],
    ['nothing', ''],
    ['zeros', '\0'.repeat(100)],
  ])('with %s is refused by name', (_, text) => {
    const { disk } = memoryRuntime()
    disk.writeFile('/logs/meta.properties', text)
    expect(() => readMetaProperties(disk, '/logs')).toThrow('/logs/meta.properties is damaged')
  })
})

describe('partition.metadata', () => {
  it('is refused when damaged', () => {
    const { disk } = memoryRuntime()
    disk.writeFile('/logs/partition.metadata', 'version: 0\ntopic_id: nOgH1fHBTOmfgnVjn0s3XA')
    expect(readPartitionMetadata(disk, '/logs')).toBe('nOgH1fHBTOmfgnVjn0s3XA')
    disk.writeFile('/logs/partition.metadata', 'version: 0\ntopic_id: nOgH')
    expect(readPartitionMetadata(disk, '/logs')).toBeUndefined()
  })
})

describe('checkpoints', () => {
  it.each(['1\n0\n', '0\n1\n', '0\n1\na 0 1', '0\n2\na 0 1\n', '0\n1\na 0\n', 'x', '0\n0\na 0 1\n'])(
    '%j is damaged',
    (text) => {
      expect(parseCheckpoint(Buffer.from(text), 3)).toBeUndefined()
    },
  )
  it('are empty or whole', () => {
    expect(parseCheckpoint(Buffer.from(''), 3)).toEqual([])
    expect(parseCheckpoint(Buffer.from('0\n0\n'), 3)).toEqual([])
    expect(parseCheckpoint(Buffer.from('0\n1\na-b 0 1\n'), 3)).toEqual([['a-b', '0', '1']])
  })
})

describe('names', () => {
  it('of partitions', () => {
    expect(parsePartitionDir('a-b-12')).toEqual({ topic: 'a-b', partition: 12 })
    for (const name of ['a', 'a-', '-1', 'a-0-delete', 'a-0.x-future', 'lost+found'])
      expect(parsePartitionDir(name)).toBeUndefined()
  })
  it('of deleted partitions fit in a file system', () => {
    const hex = '0123456789abcdef'.repeat(2)
    expect(deletedDir('t', 3, hex)).toBe(`t-3.${hex}-delete`)
    expect(deletedDir('t'.repeat(249), 12345, hex)).toHaveLength(255)
  })
})

describe('what a crash in compaction leaves', () => {
  const dir = '/logs/t-0'
  const name = (offset: number, suffix: string) => `${dir}/${String(offset).padStart(20, '0')}${suffix}`

  async function threeSegments() {
    const runtime = memoryRuntime()
    const config = { segmentBytes: 400, indexIntervalBytes: 1 }
    const log = openLog(runtime, { config })
    for (let i = 0; i < 12; i++) log.append(batchOf({ values: [`${i}`] }), asClient)
    await log.close()
    const bases = [...runtime.disk.files().keys()]
      .filter((p) => p.endsWith('.log'))
      .map((p) => Number(p.slice(-24, -4)))
    return { runtime, disk: runtime.disk, config, bases }
  }

  it('is removed when it was not finished', async () => {
    const { runtime, disk, config, bases } = await threeSegments()
    const before = disk.files()
    disk.writeFile(name(0, '.log.cleaned'), 'half')
    disk.writeFile(name(bases[1]!, '.log.swap'), 'half')
    disk.writeFile(name(bases[2]!, '.log.deleted'), 'old')
    disk.writeFile(name(77, '.index'), 'orphan')
    cleanUp(disk, dir)
    expect(disk.files()).toEqual(before)
    expect(valuesFrom(openLog(runtime, { config }), 0)).toHaveLength(12)
  })

  it('is completed when it was', async () => {
    const { runtime, disk, config, bases } = await threeSegments()
    const kept = Buffer.concat([
      batchOf({ values: ['1'], baseOffset: 1, leaderEpoch: 0 }),
      batchOf({ values: ['last'], baseOffset: bases[2]! - 1, leaderEpoch: 0 }),
    ])
    disk.writeFile(name(0, '.log.swap'), kept)
    cleanUp(disk, dir)
    expect(disk.stat(name(bases[1]!, '.log'))).toBeUndefined()
    const log = openLog(runtime, { config: { ...config, cleanupPolicy: ['compact'] } })
    expect(valuesFrom(log, 0)).toEqual([
      '1',
      'last',
      ...Array.from({ length: 12 - bases[2]! }, (_, i) => `${bases[2]! + i}`),
    ])
  })
})
