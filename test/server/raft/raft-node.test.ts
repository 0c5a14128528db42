import { beforeEach, describe, expect, it } from 'vitest'
import type { MetadataLogOptions } from '../../../src/server/raft/metadata-log.ts'
import { RaftNode } from '../../../src/server/raft/raft-node.ts'
import { listSnapshots, readSnapshot, snapshotName } from '../../../src/server/raft/snapshot-file.ts'
import { ZERO_UUID } from '../../../src/std/uuid.ts'
import { MemoryDisk } from '../../support/memory-disk.ts'
import { memoryRuntime } from '../../support/memory-runtime.ts'
import { metadataSettings } from '../../support/metadata-settings.ts'

const DIR = '/logs/__cluster_metadata-0'
let runtime: ReturnType<typeof memoryRuntime>
beforeEach(() => {
  runtime = memoryRuntime()
})

/** A voter and what it was given: `snapshot` values first, then the committed ones. */
async function open(settings: Partial<MetadataLogOptions> = {}) {
  const seen: string[] = []
  const failures: Error[] = []
  const node = new RaftNode({
    runtime,
    dir: DIR,
    nodeId: 1,
    ...metadataSettings,
    ...settings,
    onSnapshot: ({ values, offset }) => seen.push(`snapshot@${offset}`, ...values.map(String)),
    onCommit: ({ values }) => seen.push(...values.map(String)),
    onFailure: (error) => failures.push(error),
  })
  await node.start()
  return { node, seen, failures }
}

async function append(node: RaftNode, ...values: string[]): Promise<void> {
  await node.committed(node.append(values.map((value) => Buffer.from(value))) + values.length)
}

const snapshot = (node: RaftNode, endOffset: number, ...values: string[]) =>
  node.writeSnapshot(
    values.map((value) => Buffer.from(value)),
    { endOffset, epoch: node.epoch },
  )

describe('a node of the quorum', () => {
  it('gives what is committed, in order, again after each start, in a new epoch', async () => {
    const first = await open()
    await Promise.all([append(first.node, 'a', 'b'), append(first.node, 'c')])
    expect(first.seen).toEqual(['a', 'b', 'c'])
    expect(first.node).toMatchObject({ epoch: 1, leaderId: 1, highWatermark: 4 })
    await first.node.close()
    const second = await open()
    expect(second.seen).toEqual(['a', 'b', 'c'])
    expect(second.node).toMatchObject({ epoch: 2, highWatermark: 5 })
  })

  it('refuses to start when it may have forgotten a vote', async () => {
    const { node } = await open()
    await node.close()
    for (const damage of ['', '{', '{"leaderEpoch":1}', '{"leaderEpoch":"1","votedId":1,"leaderId":1}', '\0\0\0']) {
      runtime.disk.writeFile(`${DIR}/quorum-state`, damage)
      await expect(open()).rejects.toThrow(`${DIR}/quorum-state is damaged`)
    }
  })

  it('never goes back in epochs, even when its vote file is gone', async () => {
    for (let start = 0; start < 3; start++) await (await open()).node.close()
    runtime.disk.remove(`${DIR}/quorum-state`)
    expect((await open()).node.epoch).toBe(4)
  })

  it('does not go on from a record that nobody here understands', async () => {
    const { node } = await open()
    await append(node, 'from the future')
    await node.close()
    const failures: string[] = []
    const again = new RaftNode({
      ...{ runtime, dir: DIR, nodeId: 1, ...metadataSettings, onSnapshot: () => {} },
      onCommit: ({ values }) => {
        if (values.length > 0) throw new Error('what is this')
      },
      onFailure: (error) => failures.push(error.message),
    })
    await expect(again.start()).rejects.toThrow('what is this')
    expect(failures).toEqual(['what is this'])
  })

  it('leaves nobody waiting when it closes', async () => {
    const { node, seen } = await open()
    node.append([Buffer.from('a')])
    const never = node.committed(99)
    await node.close()
    await expect(never).rejects.toThrow('shutting down')
    expect(seen).toEqual(['a'])
  })
})

describe('snapshots', () => {
  it('stand for the log before them, which goes', async () => {
    const first = await open({ segmentBytes: 200 })
    for (const value of ['a', 'b', 'c', 'd', 'e', 'f']) await append(first.node, value)
    snapshot(first.node, first.node.highWatermark, 'A-F')
    // A replica that is not far behind needs no snapshot.
    expect(first.node.logStartOffset).toBe(0)
    await append(first.node, 'g')
    await first.node.close()
    const second = await open({ segmentBytes: 200 })
    expect(second.seen).toEqual(['snapshot@7', 'A-F', 'g'])
    await append(second.node, 'h')
    snapshot(second.node, second.node.highWatermark, 'A-H')
    // Only the newest is kept, and the log from there.
    expect(second.node.logStartOffset).toBe(second.node.highWatermark)
    expect(listSnapshots(runtime.disk, DIR)).toEqual([{ endOffset: second.node.highWatermark, epoch: 2 }])
    await second.node.close()
    expect((await open({ segmentBytes: 200 })).seen).toEqual(['snapshot@10', 'A-H'])
  })

  it('are kept while there is room, and while they are young', async () => {
    const { node } = await open({ retention: { bytes: 100_000, ms: 3_600_000 } })
    const ends: number[] = []
    for (const value of ['a', 'b', 'c']) {
      await append(node, value)
      ends.push(node.highWatermark)
      snapshot(node, node.highWatermark, value)
      await runtime.clock.advance(1_500_000)
    }
    const kept = () => listSnapshots(runtime.disk, DIR).map(({ endOffset }) => endOffset)
    expect([kept(), node.logStartOffset]).toEqual([ends, 0])
    // The first one is old now, and goes with what is before the second.
    await append(node, 'd')
    expect([kept(), node.logStartOffset]).toEqual([ends.slice(1), ends[1]])
    await append(node, 'x'.repeat(100_000))
    await runtime.clock.advance(60_000)
    await append(node, 'e')
    expect([kept(), node.logStartOffset]).toEqual([ends.slice(2), ends[2]])
  })

  it('may be newer than the log, which then starts after them', async () => {
    const first = await open()
    await append(first.node, 'a', 'b', 'c')
    snapshot(first.node, first.node.highWatermark, 'A-C')
    await first.node.close()
    for (const name of runtime.disk.list(DIR) ?? [])
      if (/\.(log|index|timeindex)$/.test(name)) runtime.disk.remove(`${DIR}/${name}`)
    const second = await open()
    expect(second.seen).toEqual(['snapshot@4', 'A-C'])
    await append(second.node, 'd')
    await second.node.close()
    expect((await open()).seen).toEqual(['snapshot@4', 'A-C', 'd'])
  })

  it('do not count while they are unfinished, and stop the start when they are damaged', async () => {
    const { node } = await open()
    await append(node, 'a')
    const bytes = Buffer.from('not a snapshot')
    runtime.disk.writeFile(`${DIR}/${snapshotName({ endOffset: 9, epoch: 1 })}.part`, bytes)
    expect(listSnapshots(runtime.disk, DIR)).toEqual([])
    snapshot(node, node.highWatermark, 'A')
    await node.close()
    const path = `${DIR}/${snapshotName({ endOffset: 2, epoch: 1 })}`
    const whole = runtime.disk.readFile(path) as Buffer
    for (let at = 0; at < whole.length; at += 7) {
      const bent = Buffer.from(whole)
      bent[at] = (bent[at] as number) ^ 0x10
      runtime.disk.writeFile(path, bent)
      // The offset and the leader epoch in front of a batch are outside of its checksum.
      try {
        expect(readSnapshot(runtime.disk, path)?.values.map(String)).toEqual(['A'])
      } catch (error) {
        expect((error as Error).message).toContain(path)
      }
      runtime.disk.writeFile(path, whole.subarray(0, at))
      expect(() => readSnapshot(runtime.disk, path)).toThrow(path)
    }
  })
})

describe('one of three voters', () => {
  function voter(disk = runtime.disk) {
    const failures: Error[] = []
    const node = new RaftNode({
      ...{ runtime: { ...runtime, disk }, dir: DIR, nodeId: 1, ...metadataSettings, voters: [1, 2, 3] },
      onSnapshot: () => {},
      onCommit: () => {},
      onFailure: (error) => failures.push(error),
    })
    /** Is elected by voter 2, and gives the epoch. */
    const win = () => {
      node.stand()
      node.voted(2, node.epoch, true, true)
      node.voted(2, node.epoch, true, false)
      return node.epoch
    }
    return { node, failures, win }
  }

  it('does not take a sync of what was cut off since for one of what it has written there', async () => {
    const syncs: (() => void)[] = []
    const disk = new MemoryDisk({ delay: () => new Promise((resolve) => syncs.push(resolve)) })
    disk.mkdir('/logs')
    disk.syncDir('/')
    const finish = async () => {
      for (const sync of syncs.splice(0)) sync()
      await runtime.clock.settle()
    }
    const { node, win } = voter(disk)
    expect(win()).toBe(1)
    await runtime.clock.settle()
    node.learn({ leaderId: 2, epoch: 2 })
    node.truncateToLeader(1, 0)
    expect(win()).toBe(3)
    node.followed(2, ZERO_UUID, 1)
    for (let turn = 0; turn < 20 && !node.isActive; turn++) {
      const { length } = syncs
      await finish()
      // The file of the log is synced first.
      if (turn === 0) expect(length).toBe(1)
    }
    expect(node.isActive).toBe(true)
    disk.losePower('nothing')
    expect(disk.readFile(`${DIR}/00000000000000000000.log`)?.length).toBeGreaterThan(0)
  })

  it('cannot live on with a vote that could not be kept', () => {
    const { node, failures } = voter()
    runtime.disk.faults.add({ operation: 'rename', path: 'quorum-state', code: 'EIO', times: 1 })
    expect(() => node.vote(2, { epoch: 1, preVote: false, lastEpoch: 0, lastOffset: 0 })).toThrow()
    expect(failures).toHaveLength(1)
  })

  it('hears of followers that are still at a snapshot', async () => {
    const { node, win } = voter()
    node.voterHeard(2)
    win()
    expect(node.heardSince(0)).toEqual([])
    node.voterHeard(2)
    node.voterHeard(7)
    expect(node.heardSince(0)).toEqual([2])
    await node.close()
  })
})
