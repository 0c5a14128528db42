import { defaultNodeOptions, NodeClient } from '../../../client/node.ts'
import { BrokerConfig } from '../../../config/broker.ts'
import type { ZooKeeperSettings } from '../../../config/zookeeper-era.ts'
import { DescribeCluster } from '../../../protocol/apis/index.ts'
import type { Runtime } from '../../../runtime/index.ts'
import { registeredBrokers } from '../../../zookeeper/brokers.ts'
import type { ZooKeeperClient } from '../../../zookeeper/client.ts'
import { joinDirectories, metadataDirOf } from '../../format.ts'
import { METADATA_TOPIC } from '../../raft/metadata-log.ts'
import { readQuorumState } from '../../raft/quorum-state.ts'
import { brokerSession, RegistrationRefused, reachZooKeeper, refusalBeside } from './sessions.ts'

type Properties = Readonly<Record<string, string>>

const CONTROLLERS = 2
const ANSWER_MS = 10_000

/**
 * Whether a broker of the ZooKeeper era is one of those that the controller beside its ZooKeeper has: unless its directory holds metadata
 * that it has decided itself, or it has a path behind the ZooKeeper's address, which would be a cluster of its own.
 */
export function joinsOthers(config: BrokerConfig, { disk }: Runtime): boolean {
  const { zooKeeper, nodeId } = config
  if (!zooKeeper?.required || zooKeeper.address.chroot !== '') return false
  const known = readQuorumState(disk, `${metadataDirOf(config)}/${METADATA_TOPIC}-0`)
  return known?.leaderId !== nodeId
}

/**
 * What the broker is in a cluster of today, with its directories made part of that. Throws one sentence when there is no ZooKeeper, or none that
 * has a controller, or when another broker is in the way.
 */
export async function joinEra(
  config: BrokerConfig,
  properties: Properties,
  runtime: Runtime,
  log: (line: string) => void,
): Promise<BrokerConfig> {
  const settings = config.zooKeeper as ZooKeeperSettings
  const { nodeId } = config
  const client = await reachZooKeeper(settings, runtime, (timeoutMs) => brokerSession(settings, runtime, timeoutMs))
  try {
    await checkNeighbours(client, config, settings)
    const { host, port } = client.server
    const { clusterId, controllerId } = await clusterAt(host, port, runtime)
    if (controllerId === nodeId)
      throw new RegistrationRefused(
        `broker.id=${nodeId} is the id of the controller beside the ZooKeeper: choose another.`,
      )
    log(`Broker ${nodeId} belongs to cluster ${clusterId} of the ZooKeeper at ${settings.address.text}.`)
    const joined = new BrokerConfig(asMember(properties, config, `${controllerId}@${host}:${port}`))
    joinDirectories(runtime, joined, clusterId)
    return joined
  } finally {
    client.close()
  }
}

/** A node that is its own controller has the ZooKeeper for itself; an id belongs to one broker. */
async function checkNeighbours(
  client: ZooKeeperClient,
  config: BrokerConfig,
  settings: ZooKeeperSettings,
): Promise<void> {
  const others = await registeredBrokers(client)
  if (others.length === 0) return
  const { brokerid } = JSON.parse((await client.data('/controller')).toString()) as { brokerid: number }
  const sovereign = others.find(({ id }) => id === brokerid)
  if (sovereign) throw refusalBeside(sovereign, config.nodeId, settings)
  // It may be this broker itself, as it was before it was killed.
  const ports = config.listeners.map(({ port }) => port)
  const same = others.find(({ id }) => id === config.nodeId)
  const isElsewhere = same?.endpoints.every((endpoint) => !ports.some((port) => endpoint.endsWith(`:${port}`)))
  if (same && isElsewhere && config.advertised.length === 0) throw refusalBeside(same, config.nodeId, settings)
}

/** The cluster of the controller that answers on the ZooKeeper's port. */
async function clusterAt(
  host: string,
  port: number,
  runtime: Runtime,
): Promise<{ clusterId: string; controllerId: number }> {
  const node = new NodeClient(
    -1,
    host,
    port,
    { ...defaultNodeOptions, clientId: 'broker', requestTimeoutMs: ANSWER_MS },
    runtime,
  )
  try {
    return await node.send(DescribeCluster, {
      includeClusterAuthorizedOperations: false,
      endpointType: CONTROLLERS,
      includeFencedBrokers: false,
    })
  } catch (error) {
    throw new RegistrationRefused(
      `No controller answers beside the ZooKeeper at ${host}:${port}: ${(error as Error).message}`,
    )
  } finally {
    node.close()
  }
}

/** The properties of a broker that joins a controller elsewhere. */
function asMember(properties: Properties, config: BrokerConfig, voter: string): Properties {
  const { 'zookeeper.connect': _, ...own } = properties
  return {
    ...own,
    'process.roles': 'broker',
    'node.id': String(config.nodeId),
    'controller.quorum.voters': voter,
    'controller.listener.names': 'CONTROLLER',
    'offsets.topic.replication.factor': String(config.get('offsets.topic.replication.factor')),
  }
}
