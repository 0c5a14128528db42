import { expect, it } from 'vitest'
import { defaultNodeOptions, NodeClient } from '../../../src/client/node.ts'
import { BrokerConfig } from '../../../src/config/broker.ts'
import { BrokerHeartbeat } from '../../../src/protocol/apis/index.ts'
import type { Network } from '../../../src/runtime/index.ts'
import { ControllerChannel } from '../../../src/server/membership/controller-channel.ts'
import { MetadataFetcher } from '../../../src/server/membership/metadata-fetcher.ts'
import type { QuorumNodes } from '../../../src/server/membership/quorum-nodes.ts'
import type { MetadataObserver } from '../../../src/server/raft/observer.ts'
import { ZERO_UUID } from '../../../src/std/uuid.ts'
import { memoryRuntime } from '../../support/memory-runtime.ts'

const heartbeat = { brokerId: 1, brokerEpoch: 1, currentMetadataOffset: 1, wantFence: false, wantShutDown: false }

/** Controllers of which the first has gone from the network: nobody refuses a connection to it. The others note what they are asked. */
function controllers() {
  const { clock, ...runtime } = memoryRuntime()
  const network = { connect: () => new Promise(() => {}) } as unknown as Network
  const options = { ...defaultNodeOptions, requestTimeoutMs: 2000 }
  const gone = new NodeClient(-1, 'one', 1, options, { ...runtime, clock, network })
  const asked: string[] = []
  const at = ({ host }: { host: string }) => {
    if (host === 'one') return gone
    const send = async () => {
      asked.push(host)
      return { errorCode: 0 }
    }
    return { connected: false, send }
  }
  return { clock, asked, nodes: { at } as unknown as QuorumNodes }
}

it('asks the next controller in time when the one before cannot even be reached', async () => {
  const { clock, asked, nodes } = controllers()
  const finder = { leader: { id: 1, host: 'one', port: 1 }, leaderOrTimeout: async () => {} }
  const channel = new ControllerChannel({ finder, nodes, clock, attemptMs: 1000 })
  const answer = channel.send('heartbeat', BrokerHeartbeat, heartbeat, 3000)
  await clock.advance(500)
  finder.leader = { id: 2, host: 'two', port: 2 }
  await clock.advance(600)
  expect(asked).toEqual(['two'])
  expect(await answer).toEqual({ errorCode: 0 })
})

it('gives up in time when none can be reached', async () => {
  const { clock, nodes } = controllers()
  const finder = { leader: { id: 1, host: 'one', port: 1 }, leaderOrTimeout: async () => {} }
  const channel = new ControllerChannel({ finder, nodes, clock, attemptMs: 30_000 })
  const answer = channel.send('heartbeat', BrokerHeartbeat, heartbeat, 3000).catch((error: Error) => error)
  await clock.advance(3000)
  expect(await answer).toMatchObject({ error: 'REQUEST_TIMED_OUT' })
})

it('looks for the controller elsewhere when one cannot even be reached', async () => {
  const { clock, asked, nodes } = controllers()
  const config = new BrokerConfig({
    ...{ 'node.id': '9', 'process.roles': 'broker', listeners: 'PLAINTEXT://nine:0' },
    ...{ 'controller.quorum.bootstrap.servers': 'one:1,two:2', 'controller.listener.names': 'CONTROLLER' },
  })
  const observer = {
    ...{ end: { offset: 0, lastEpoch: 0 }, leader: { leaderId: -1, epoch: 1 }, highWatermark: 0 },
    ...{ settleFetched: () => undefined, loseLeader: () => {} },
  } as unknown as MetadataObserver
  const fetcher = new MetadataFetcher({
    ...{ config, clock, clusterId: 'c', directoryId: ZERO_UUID, observer, nodes, log: () => {} },
    ...{ voters: () => [], onFatal: () => {} },
  })
  fetcher.start()
  await clock.advance(2100)
  expect(asked).toContain('two')
  fetcher.close()
})
