import { beforeEach, describe, expect, it } from 'vitest'
import { encodeBatch } from '../../../src/protocol/records/record.ts'
import {
  controlBatch,
  kraftVersionRecord,
  supportedKRaftVersions,
  votersRecord,
} from '../../../src/server/raft/control-batch.ts'
import { RaftNode } from '../../../src/server/raft/raft-node.ts'
import { encodeSnapshot, readSnapshot, snapshotName } from '../../../src/server/raft/snapshot-file.ts'
import { withoutVoter } from '../../../src/server/raft/voter-set.ts'
import { memoryRuntime } from '../../support/memory-runtime.ts'
import { metadataSettings } from '../../support/metadata-settings.ts'

/** Voters that are in the log, with their directories (KIP-853): `1` is this node, and `2` leads. */
const DIR = '/logs/__cluster_metadata-0'
let runtime: ReturnType<typeof memoryRuntime>
beforeEach(() => {
  runtime = memoryRuntime()
})

const directoryOf = (id: number): string => Buffer.alloc(16, id).toString('base64url')
const OTHER = directoryOf(99)
const records = (...ids: number[]) => [
  kraftVersionRecord(1),
  votersRecord(
    ids.map((id) => ({ id, directoryId: directoryOf(id), endpoint: { name: 'C', host: `h${id}`, port: 9 } })),
  ),
]

/** A node that was formatted with three voters. */
function open(directoryId = directoryOf(1)): RaftNode {
  runtime.disk.mkdir(DIR)
  const first = snapshotName({ endOffset: 0, epoch: 0 })
  const quorum = records(1, 2, 3)
  runtime.disk.writeFile(
    `${DIR}/${first}`,
    encodeSnapshot([], { epoch: 0, timestamp: 0, lastContainedTimestamp: 0, quorum }),
  )
  return new RaftNode(options(directoryId))
}

const options = (directoryId = directoryOf(1)) => ({
  ...{ runtime, dir: DIR, nodeId: 1, directoryId, ...metadataSettings },
  ...{ onSnapshot() {}, onCommit() {}, onFailure() {} },
})

const batch = (baseOffset: number, leaderEpoch: number, value: string) =>
  encodeBatch([{ key: null, value: Buffer.from(value), timestamp: 0 }], { baseOffset, leaderEpoch })
const voters = (baseOffset: number, leaderEpoch: number, ...ids: number[]) =>
  controlBatch(records(...ids), { baseOffset, leaderEpoch, timestamp: 0 })

describe('voters in the log', () => {
  it('count from where they are written, and not any more when that is cut off', () => {
    const node = open()
    expect(node.voters).toEqual([1, 2, 3])
    node.learn({ leaderId: 2, epoch: 1 })
    node.appendFetched(batch(0, 1, 'a'))
    node.appendFetched(voters(1, 1, 1, 2, 3, 4))
    expect(node.voters).toEqual([1, 2, 3, 4])
    expect(node.dynamicVoters[3]).toMatchObject({ id: 4, directoryId: directoryOf(4), endpoint: { host: 'h4' } })
    node.learn({ leaderId: 3, epoch: 2 })
    node.truncateToLeader(1, 1)
    expect(node.voters).toEqual([1, 2, 3])
  })

  it('are in a snapshot as they were where it ends', () => {
    const node = open()
    node.learn({ leaderId: 2, epoch: 1 })
    node.appendFetched(batch(0, 1, 'a'))
    node.appendFetched(voters(1, 1, 1, 2, 3, 4))
    node.commitTo(1)
    node.writeSnapshot([], { endOffset: 1, epoch: 1 })
    const stored = readSnapshot(runtime.disk, `${DIR}/${snapshotName({ endOffset: 1, epoch: 1 })}`)
    expect(stored?.voters?.value).toEqual(records(1, 2, 3)[1]?.value)
    expect(node.voters).toEqual([1, 2, 3, 4])
  })

  it('are in the next snapshot once that is committed, and are loaded from there', async () => {
    const node = open()
    node.learn({ leaderId: 2, epoch: 1 })
    node.appendFetched(batch(0, 1, 'a'))
    node.appendFetched(voters(1, 1, 1, 2, 3, 4))
    node.commitTo(node.logEndOffset)
    node.writeSnapshot([], { endOffset: 3, epoch: 1 })
    await node.close()
    expect(runtime.disk.list(DIR)?.filter((name) => name.endsWith('.checkpoint'))).toEqual([
      snapshotName({ endOffset: 3, epoch: 1 }),
    ])
    const again = new RaftNode(options())
    expect(again.voters).toEqual([1, 2, 3, 4])
    // They are in the log, or were: an epoch does not write them down again.
    expect(again.votersAt).toBe(2)
  })

  it('are written down by the first epoch, and by one whose leader has something else to say of itself', async () => {
    const lead = async (node: RaftNode) => {
      node.stand()
      node.voted(2, node.epoch, true, true)
      node.voted(2, node.epoch, true, false)
      await new Promise((resolve) => setImmediate(resolve))
      node.followed(2, directoryOf(2), node.logEndOffset)
      const { storedVoters, votersAt, logEndOffset } = node
      await node.close()
      return { own: storedVoters[0]?.endpoints[0]?.host, votersAt, logEndOffset }
    }
    const entry = { voterId: 1, voterDirectoryId: directoryOf(1), kRaftVersionFeature: supportedKRaftVersions }
    const at = (host: string) => ({ ...entry, endpoints: [{ name: 'C', host, port: 9 }] })
    expect(await lead(open())).toEqual({ own: 'h1', votersAt: 0, logEndOffset: 3 })
    const reopen = (host: string) => new RaftNode({ ...options(), ownEntry: () => at(host) })
    expect(await lead(reopen('h1'))).toEqual({ own: 'h1', votersAt: 0, logEndOffset: 4 })
    expect(await lead(reopen('elsewhere'))).toEqual({ own: 'elsewhere', votersAt: 4, logEndOffset: 7 })
  })

  it('can be less: a leader that is none of them any more goes when that is committed', async () => {
    const node = open()
    node.stand()
    node.voted(2, node.epoch, true, true)
    node.voted(2, node.epoch, true, false)
    await new Promise((resolve) => setImmediate(resolve))
    node.followed(2, directoryOf(2), node.logEndOffset)
    const said: string[] = []
    node.speakThrough({
      ...{ askForVotes() {}, leads() {}, active() {}, follows() {} },
      leaves: () => {
        said.push(`leaves at ${node.highWatermark}`)
        node.resign()
      },
      resigned: () => said.push('resigned'),
    })
    const left = withoutVoter(node.storedVoters, { id: 1, directoryId: directoryOf(1) }) ?? []
    const done = node.committed(node.changeVoters(left))
    expect(node).toMatchObject({ voters: [2, 3], hasVote: false, leads: true })
    await new Promise((resolve) => setImmediate(resolve))
    node.followed(2, directoryOf(2), node.logEndOffset)
    expect(said).toEqual([])
    node.followed(3, directoryOf(3), node.logEndOffset)
    await done
    expect(said).toEqual([`leaves at ${node.logEndOffset}`, 'resigned'])
    node.stand()
    expect(node.epoch).toBe(1)
  })

  it('are known by their directories: a node that has lost its disk is none of them', async () => {
    const strange = open(OTHER)
    strange.stand()
    expect(strange).toMatchObject({ hasVote: false, leads: false, epoch: 0 })
    await strange.close()
    const node = open()
    node.stand()
    node.voted(2, node.epoch, true, true)
    node.voted(2, node.epoch, true, false)
    expect(node.leads).toBe(true)
    await new Promise((resolve) => setImmediate(resolve))
    node.followed(2, OTHER, node.logEndOffset)
    expect(node.highWatermark).toBe(0)
    node.followed(2, directoryOf(2), node.logEndOffset)
    expect(node.highWatermark).toBe(node.logEndOffset)
  })

  it('follow a leader that goes in the order of what they have', () => {
    const node = open()
    node.stand()
    node.voted(2, node.epoch, true, true)
    node.voted(2, node.epoch, true, false)
    node.followed(3, directoryOf(3), node.logEndOffset)
    expect(node.successors).toEqual([3, 2])
  })

  it('get a vote with their directory, which is not forgotten', () => {
    const question = { epoch: 1, preVote: false, lastEpoch: 0, lastOffset: 0 }
    expect(open().vote(2, question, directoryOf(2))).toBe(true)
    const state = runtime.disk.readFile(`${DIR}/quorum-state`)
    expect(JSON.parse(String(state))).toEqual({
      ...{ leaderId: -1, leaderEpoch: 1, votedId: 2, votedDirectoryId: directoryOf(2), data_version: 1 },
    })
    expect(open().vote(2, question, OTHER)).toBe(false)
    expect(open().vote(2, question, directoryOf(2))).toBe(true)
  })
})
