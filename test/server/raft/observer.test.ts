import { beforeEach, describe, expect, it } from 'vitest'
import { encodeBatch } from '../../../src/protocol/records/record.ts'
import { MetadataObserver } from '../../../src/server/raft/observer.ts'
import { encodeSnapshot, listSnapshots } from '../../../src/server/raft/snapshot-file.ts'
import { memoryRuntime } from '../../support/memory-runtime.ts'
import { metadataSettings } from '../../support/metadata-settings.ts'

const DIR = '/logs/__cluster_metadata-0'
let runtime: ReturnType<typeof memoryRuntime>
beforeEach(() => {
  runtime = memoryRuntime()
})

function open() {
  const seen: string[] = []
  const observer = new MetadataObserver({
    ...{ runtime, dir: DIR, nodeId: 1, ...metadataSettings },
    onSnapshot: ({ values, offset }) => seen.push(`snapshot@${offset}`, ...values.map(String)),
    onCommit: ({ values }) => seen.push(...values.map(String)),
    onFailure: (error) => seen.push(error.message),
  })
  return { observer, seen }
}

const batch = (baseOffset: number, leaderEpoch: number, ...values: string[]) =>
  encodeBatch(
    values.map((value) => ({ key: null, value: Buffer.from(value), timestamp: 0 })),
    { baseOffset, leaderEpoch },
  )

const snapshotOf = (epoch: number, ...values: string[]) =>
  encodeSnapshot(
    values.map((value) => Buffer.from(value)),
    { epoch, timestamp: 0, lastContainedTimestamp: 0 },
  )

/** An observer that was told of a leader and has fetched two records of it, the first of which is committed. */
function following() {
  const { observer, seen } = open()
  observer.learn({ leaderId: 7, epoch: 3 })
  observer.appendFetched(Buffer.concat([batch(0, 3, 'a'), batch(1, 3, 'b')]))
  observer.commitTo(1)
  return { observer, seen }
}

describe('an observer of the metadata log', () => {
  it('hands out what the leader has committed, and no more', () => {
    const { observer, seen } = following()
    expect(seen).toEqual(['a'])
    observer.commitTo(99)
    expect(seen).toEqual(['a', 'b'])
    expect(observer.end).toEqual({ offset: 2, lastEpoch: 3 })
  })

  it('leaves out a batch that was cut off', () => {
    const { observer } = following()
    const whole = batch(2, 3, 'c')
    observer.appendFetched(Buffer.concat([whole, batch(3, 3, 'd').subarray(0, 65)]))
    expect(observer.end.offset).toBe(3)
  })

  it('goes on after a stop where it was, once it hears what is committed', async () => {
    await following().observer.close()
    const { observer, seen } = open()
    expect(seen).toEqual([])
    expect(observer.end).toEqual({ offset: 2, lastEpoch: 3 })
    expect(observer.leader).toEqual({ leaderId: -1, epoch: 3 })
    observer.commitTo(2)
    expect(seen).toEqual(['a', 'b'])
  })

  it('begins with a snapshot of a later epoch than its log, which the snapshot was to replace', async () => {
    await following().observer.close()
    runtime.disk.writeFile(`${DIR}/00000000000000000001-0000000005.checkpoint`, snapshotOf(5, 'A'))
    const { observer, seen } = open()
    expect(seen).toEqual(['snapshot@1', 'A'])
    expect(observer.end).toEqual({ offset: 1, lastEpoch: 5 })
  })

  it('keeps who leads as a follower of Apache does', () => {
    following()
    const file = runtime.disk.readFile(`${DIR}/quorum-state`)?.toString()
    expect(JSON.parse(file ?? '')).toEqual({
      ...{ clusterId: '', leaderId: 7, leaderEpoch: 3, votedId: -1, appliedOffset: 0 },
      ...{ currentVoters: [], data_version: 0 },
    })
  })

  it('believes no leader of an earlier epoch, and one at most in an epoch', () => {
    const { observer } = following()
    expect(observer.learn({ leaderId: 8, epoch: 2 })).toBe(false)
    expect(observer.learn({ leaderId: 8, epoch: 3 })).toBe(false)
    expect(observer.learn({ leaderId: -1, epoch: 3 })).toBe(false)
    expect(observer.learn({ leaderId: -1, epoch: 4 })).toBe(true)
    expect(observer.learn({ leaderId: 8, epoch: 4 })).toBe(true)
    expect(observer.leader).toEqual({ leaderId: 8, epoch: 4 })
  })

  it('cuts off what the new leader does not have', () => {
    const { observer, seen } = following()
    observer.learn({ leaderId: 8, epoch: 4 })
    observer.truncateToLeader(3, 1)
    observer.appendFetched(batch(1, 4, 'c'))
    observer.commitTo(2)
    expect(seen).toEqual(['a', 'c'])
  })

  it('does not give up what was committed', () => {
    const { observer } = following()
    observer.commitTo(2)
    expect(() => observer.truncateToLeader(3, 1)).toThrow(/before 2, which was committed/)
  })

  it('begins anew with a snapshot that came in pieces, and goes on behind it', async () => {
    const { observer, seen } = following()
    const bytes = snapshotOf(5, 'x', 'y')
    const download = observer.beginSnapshot({ endOffset: 40, epoch: 5 })
    for (let at = 0; at < bytes.length; at += 50) download.write(bytes.subarray(at, at + 50))
    expect(listSnapshots(runtime.disk, DIR)).toEqual([])
    await download.finish()
    expect(seen).toEqual(['a', 'snapshot@40', 'x', 'y'])
    expect(observer.end).toEqual({ offset: 40, lastEpoch: 5 })
    observer.learn({ leaderId: 8, epoch: 6 })
    observer.appendFetched(batch(40, 6, 'z'))
    observer.commitTo(41)
    expect(seen.at(-1)).toBe('z')
    await observer.close()
    const again = open()
    expect(again.seen).toEqual(['snapshot@40', 'x', 'y'])
    expect(again.observer.end).toEqual({ offset: 41, lastEpoch: 6 })
  })

  it('forgets a snapshot that was broken off', async () => {
    const { observer } = following()
    observer.beginSnapshot({ endOffset: 40, epoch: 5 }).write(snapshotOf(5, 'x').subarray(0, 50))
    await observer.close()
    const { observer: again, seen } = open()
    expect(seen).toEqual([])
    expect(again.end.offset).toBe(2)
    expect(runtime.disk.list(DIR)?.filter((name) => name.includes('checkpoint.part'))).toEqual([])
  })
})
