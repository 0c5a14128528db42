import type { Voter } from '../../../config/topology.ts'
import { DescribeCluster } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import { registeredControllers } from '../../controller/controller-registration.ts'
import { type Handler, handler } from '../router.ts'
import { type BrokerServices, OPERATIONS_NOT_ASKED } from '../services.ts'
import { brokerAddresses, clusterOperations, controllerFor } from './03-metadata.ts'

type Services = Pick<
  BrokerServices,
  'image' | 'config' | 'clusterId' | 'controllerEndpoints' | 'runtime' | 'raft' | 'quorumVoters'
>

const BROKERS = 1
const CONTROLLERS = 2

/** `serves` says which kind of nodes this listener knows: clients ask brokers for brokers and controllers for controllers (KIP-919). */
export function describeCluster(broker: Services, serves: 'brokers' | 'controllers'): Handler {
  return handler(DescribeCluster, (request, { peer, access }) => {
    const { clusterId, image } = broker
    const clusterAuthorizedOperations = request.includeClusterAuthorizedOperations
      ? clusterOperations(access)
      : OPERATIONS_NOT_ASKED
    const base = {
      throttleTimeMs: 0,
      endpointType: request.endpointType,
      clusterId,
      controllerId: serves === 'brokers' ? controllerFor(broker) : broker.raft.leaderId,
      clusterAuthorizedOperations,
    }
    const expected = serves === 'brokers' ? BROKERS : CONTROLLERS
    if (request.endpointType !== expected) {
      const known = request.endpointType === BROKERS || request.endpointType === CONTROLLERS
      const errorCode = known ? Errors.MISMATCHED_ENDPOINT_TYPE : Errors.UNSUPPORTED_ENDPOINT_TYPE
      const errorMessage = `The request was sent to an endpoint of type ${serves === 'brokers' ? 'BROKER' : 'CONTROLLER'}`
      return { ...base, errorCode, errorMessage, brokers: [] }
    }
    const brokers =
      serves === 'brokers'
        ? brokerAddresses(image, peer.listener, request.includeFencedBrokers).map(({ nodeId, host, port, rack }) => ({
            brokerId: nodeId,
            host,
            port,
            rack,
            isFenced: image.brokers.get(nodeId)?.fenced ?? false,
          }))
        : controllerAddresses(broker, peer.listener).map(({ id, host, port }) => ({ brokerId: id, host, port }))
    return { ...base, errorCode: Errors.NONE, brokers }
  })
}

/** Where all controllers are: as they have registered, or else as the quorum names its voters. */
function controllerAddresses(broker: Services, listener: string): Voter[] {
  const { image, config, quorumVoters } = broker
  const endpointOf = <E extends { readonly name: string }>(all: readonly E[]) =>
    all.find(({ name }) => name === listener) ?? all[0]
  const own = endpointOf(broker.controllerEndpoints)
  const found = new Map(quorumVoters.map((voter) => [voter.id, voter]))
  for (const { controllerId: id, endPoints } of registeredControllers(image)) {
    const at = endpointOf(endPoints)
    if (at) found.set(id, { id, host: at.host, port: at.port })
  }
  if (own) found.set(config.nodeId, { id: config.nodeId, host: own.host, port: own.port })
  return [...found.values()].sort((a, b) => a.id - b.id)
}
