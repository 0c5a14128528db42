import { describe, expect, it } from 'vitest'
import type { NodeClient } from '../../../src/client/node.ts'
import { BrokerConfig } from '../../../src/config/broker.ts'
import { MetadataFetcher } from '../../../src/server/membership/metadata-fetcher.ts'
import type { QuorumNodes } from '../../../src/server/membership/quorum-nodes.ts'
import { fetchSnapshot } from '../../../src/server/membership/snapshot-fetch.ts'
import type { MetadataObserver } from '../../../src/server/raft/observer.ts'
import { ZERO_UUID } from '../../../src/std/uuid.ts'
import { memoryRuntime } from '../../support/memory-runtime.ts'

const config = new BrokerConfig({
  'node.id': '1',
  'process.roles': 'broker,controller',
  'controller.quorum.voters': '1@one:1,2@two:2,3@three:3',
  'controller.listener.names': 'CONTROLLER',
  listeners: 'PLAINTEXT://one:0,CONTROLLER://one:1',
})
const leader = { id: 2, host: 'two', port: 2 }
const self = { id: 1, host: 'one', port: 1 }

/** A fetcher of a node whose log is on disk when `settled` says so, and the requests that it has sent. */
function fetcherOver(settled: () => Promise<void> | undefined) {
  const { clock } = memoryRuntime()
  const sent: unknown[] = []
  const observer = {
    ...{ end: { offset: 0, lastEpoch: 0 }, leader: { leaderId: 2, epoch: 1 }, highWatermark: 0 },
    settleFetched: settled,
  } as unknown as MetadataObserver
  const send = (api: unknown) => {
    sent.push(api)
    return new Promise(() => {})
  }
  const nodes = { at: () => ({ send }) } as unknown as QuorumNodes
  const fetcher = new MetadataFetcher({
    voters: () => [],
    ...{ config, clock, clusterId: 'c', directoryId: ZERO_UUID, observer, nodes, log: () => {} },
    onFatal: (error) => {
      throw error
    },
  })
  return { fetcher, sent, clock }
}

describe('a follower of the metadata log', () => {
  it('asks for more when what it has is on its disk', async () => {
    let written = () => {}
    const { fetcher, sent, clock } = fetcherOver(() => new Promise((resolve) => (written = resolve)))
    fetcher.follow(leader)
    fetcher.start()
    await clock.settle()
    expect(sent).toHaveLength(0)
    written()
    await clock.settle()
    expect(sent).toHaveLength(1)
    fetcher.close()
  })

  it('tells whoever waits for a leader, also in the moment in which it stops to lead itself', async () => {
    const { fetcher, clock } = fetcherOver(() => undefined)
    fetcher.follow(self)
    fetcher.start()
    await clock.settle()
    fetcher.follow(undefined)
    let told = false
    void fetcher.leaderOrTimeout(30_000).then(() => (told = true))
    await clock.settle()
    expect(told).toBe(false)
    fetcher.follow(leader)
    await clock.settle()
    expect(told).toBe(true)
    fetcher.close()
  })

  it('hears the leader with each piece of a snapshot', async () => {
    const snapshotId = { endOffset: 5, epoch: 1 }
    let position = 0
    const download = {
      get position() {
        return position
      },
      write: (bytes: Buffer) => (position += bytes.length),
      finish: async () => {},
      abandon: () => {},
    }
    const piece = () => ({ errorCode: 0, size: 6, position, unalignedRecords: Buffer.from('abc') })
    const send = async () => ({ errorCode: 0, topics: [{ partitions: [piece()] }] })
    const observer = { leader: { epoch: 1 }, beginSnapshot: () => download } as unknown as MetadataObserver
    let heard = 0
    await fetchSnapshot(snapshotId, { send } as unknown as NodeClient, {
      ...{ config, clusterId: 'c', directoryId: ZERO_UUID, observer, log: () => {} },
      onHeard: () => heard++,
    })
    expect(heard).toBe(2)
  })
})
