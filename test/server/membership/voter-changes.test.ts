import { beforeEach, describe, expect, it } from 'vitest'
import { BrokerConfig } from '../../../src/config/broker.ts'
import { VoterChanges } from '../../../src/server/membership/voter-changes.ts'
import { kraftVersionRecord, supportedKRaftVersions, votersRecord } from '../../../src/server/raft/control-batch.ts'
import { RaftNode } from '../../../src/server/raft/raft-node.ts'
import { encodeSnapshot, snapshotName } from '../../../src/server/raft/snapshot-file.ts'
import { memoryRuntime } from '../../support/memory-runtime.ts'
import { metadataSettings } from '../../support/metadata-settings.ts'

/** What keeps voters from changing, at the leader of three: `1` is this node. */
const DIR = '/logs/__cluster_metadata-0'
const directoryOf = (id: number): string => Buffer.alloc(16, id).toString('base64url')
const key = (id: number) => ({ id, directoryId: directoryOf(id) })
const settled = () => new Promise((resolve) => setImmediate(resolve))

let runtime: ReturnType<typeof memoryRuntime>
let raft: RaftNode
let changes: VoterChanges

function open(kraftVersion: number): void {
  runtime = memoryRuntime()
  runtime.disk.mkdir(DIR)
  const endpoint = (id: number) => ({ name: 'CONTROLLER', host: `h${id}`, port: 9 })
  const voters = [1, 2, 3].map((id) => ({ ...key(id), endpoint: endpoint(id) }))
  const quorum = kraftVersion > 0 ? [kraftVersionRecord(kraftVersion), votersRecord(voters)] : []
  const times = { timestamp: 0, lastContainedTimestamp: 0 }
  const bytes = encodeSnapshot([], { epoch: 0, ...times, quorum })
  runtime.disk.writeFile(`${DIR}/${snapshotName({ endOffset: 0, epoch: 0 })}`, bytes)
  raft = new RaftNode({
    ...{ runtime, dir: DIR, nodeId: 1, directoryId: directoryOf(1), ...metadataSettings, voters: [1, 2, 3] },
    ...{ onSnapshot() {}, onCommit() {}, onFailure() {} },
  })
  const config = new BrokerConfig({
    ...{ 'process.roles': 'controller', 'node.id': '1', 'controller.listener.names': 'CONTROLLER' },
    ...{ listeners: 'CONTROLLER://h1:9', 'controller.quorum.bootstrap.servers': 'h1:9,h2:9' },
  })
  changes = new VoterChanges({ raft, config, runtime, isAlone: false, ownVoter: () => entryOf(1) })
  raft.stand()
  raft.voted(2, raft.epoch, true, true)
  raft.voted(2, raft.epoch, true, false)
}

/** These have fetched all there is. */
async function fetched(...ids: number[]): Promise<void> {
  await settled()
  for (const id of ids) raft.followed(id, directoryOf(id), raft.logEndOffset)
  await settled()
}

const why = (work: Promise<void>): Promise<string> =>
  work.then(
    () => 'done',
    ({ error, message }) => `${error}: ${message}`,
  )

beforeEach(() => open(1))

describe('a change of voters', () => {
  it('waits until a leader knows what was committed before it', async () => {
    const late =
      'REQUEST_TIMED_OUT: Request timed out waiting for leader to establish HWM and fence previous voter changes'
    expect(await why(changes.remove(key(3)))).toBe(late)
    expect(await why(changes.add(key(4), [{ name: 'controller', host: 'h4', port: 9 }], true))).toBe(late)
    expect(changes.update(entryOf(2))).toBe('REQUEST_TIMED_OUT')
    await fetched(2)
    const removed = why(changes.remove(key(3)))
    await fetched(2)
    expect(await removed).toBe('done')
    expect(raft.voters).toEqual([1, 2])
  })

  it('is the only one, until it is committed, or late', async () => {
    await fetched(2)
    const first = why(changes.remove(key(3)))
    expect(await why(changes.remove(key(2)))).toBe(
      'REQUEST_TIMED_OUT: Request timed out waiting for leader to handle previous voter change request',
    )
    expect(changes.update(entryOf(2))).toBe('REQUEST_TIMED_OUT')
    const at = raft.votersAt
    await runtime.clock.advance(2001)
    expect(await first).toMatch(/^REQUEST_TIMED_OUT/)
    // It is in the log, and may yet be committed.
    expect(await why(changes.remove(key(2)))).toBe(
      `REQUEST_TIMED_OUT: Request timed out waiting for voters to commit the latest voter change at Optional[${at}] with HWM ${at}`,
    )
    expect(changes.update(entryOf(2))).toBe('REQUEST_TIMED_OUT')
    await fetched(2)
    expect(changes.update(entryOf(2))).toBe('NONE')
  })

  it('is not known to be done when this node does not lead any more', async () => {
    await fetched(2)
    const removed = why(changes.remove(key(3)))
    raft.learn({ leaderId: 2, epoch: raft.epoch + 1 })
    expect(await removed).toMatch(/^NOT_LEADER_OR_FOLLOWER/)
  })

  it('needs voters that are in the log', async () => {
    open(0)
    await fetched(2)
    const sentence = (what: string) =>
      `UNSUPPORTED_VERSION: Cluster doesn't support ${what} voter because the kraft.version feature is 0`
    expect(await why(changes.remove(key(3)))).toBe(sentence('removing'))
    expect(await why(changes.add(key(4), [{ name: 'CONTROLLER', host: 'h4', port: 9 }], true))).toBe(sentence('adding'))
    // Static voters say where they are as well, and nothing is written down.
    const end = raft.logEndOffset
    expect(changes.update(entryOf(2))).toBe('NONE')
    expect(raft.logEndOffset).toBe(end)
  })

  it('can be made possible once all voters have told this leader of themselves, and can do it', async () => {
    open(0)
    await fetched(2)
    const obstacle = 'Invalid upgrade of kraft.version to KRAFT_VERSION_1 because not all of the voters support it'
    expect(changes.update(entryOf(2))).toBe('NONE')
    expect(changes.obstacle).toBe(obstacle)
    expect(await why(changes.makeDynamic())).toBe(`INVALID_UPDATE_VERSION: ${obstacle}`)
    const old = { minSupportedVersion: 0, maxSupportedVersion: 0 }
    expect(changes.update({ ...entryOf(3), kRaftVersionFeature: old })).toBe('NONE')
    expect(changes.obstacle).toBe(obstacle)
    expect(changes.update(entryOf(3))).toBe('NONE')
    expect(changes.obstacle).toBe(undefined)
    // What was said to an earlier leader counts no more.
    raft.learn({ leaderId: 2, epoch: raft.epoch + 1 })
    raft.stand()
    raft.voted(2, raft.epoch, true, true)
    raft.voted(2, raft.epoch, true, false)
    await fetched(2)
    expect(changes.obstacle).toBe(obstacle)
    expect([changes.update(entryOf(2)), changes.update(entryOf(3))]).toEqual(['NONE', 'NONE'])
    const made = why(changes.makeDynamic())
    await fetched(2)
    expect(await made).toBe('done')
    expect(raft.storedVoters).toEqual([entryOf(1), entryOf(2), entryOf(3)])
    const removed = why(changes.remove(key(3)))
    await fetched(2)
    expect(await removed).toBe('done')
    expect(raft.voters).toEqual([1, 2])
  })

  it('may be what a voter says of itself', async () => {
    await fetched(2)
    const elsewhere = [{ name: 'CONTROLLER', host: 'elsewhere', port: 9 }]
    const bad = { ...entryOf(2), kRaftVersionFeature: { minSupportedVersion: 0, maxSupportedVersion: 0 } }
    expect(changes.update(bad)).toBe('INVALID_REQUEST')
    expect(changes.update({ ...entryOf(2), endpoints: [] })).toBe('INVALID_REQUEST')
    expect(changes.update({ ...entryOf(2), voterDirectoryId: directoryOf(9) })).toBe('VOTER_NOT_FOUND')
    expect(changes.update({ ...entryOf(2), endpoints: elsewhere })).toBe('NONE')
    expect(raft.dynamicVoters.map(({ endpoint }) => endpoint.host)).toEqual(['h1', 'elsewhere', 'h3'])
  })
})

const entryOf = (id: number) => ({
  ...{ voterId: id, voterDirectoryId: directoryOf(id), kRaftVersionFeature: supportedKRaftVersions },
  endpoints: [{ name: 'CONTROLLER', host: `h${id}`, port: 9 }],
})
