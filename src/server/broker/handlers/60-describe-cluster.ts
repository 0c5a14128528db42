import { DescribeCluster } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import { type Handler, handler } from '../router.ts'
import { type BrokerServices, OPERATIONS_NOT_ASKED } from '../services.ts'
import { brokerAddresses, clusterOperations, controllerFor } from './03-metadata.ts'

const BROKERS = 1
const CONTROLLERS = 2

/** `serves` says which kind of nodes this listener knows: clients ask brokers for brokers and controllers for controllers (KIP-919). */
export function describeCluster(
  broker: Pick<BrokerServices, 'image' | 'config' | 'clusterId' | 'controllerEndpoints' | 'runtime'>,
  serves: 'brokers' | 'controllers',
): Handler {
  return handler(DescribeCluster, (request, { peer, access }) => {
    const { config, clusterId, image } = broker
    const clusterAuthorizedOperations = request.includeClusterAuthorizedOperations
      ? clusterOperations(access)
      : OPERATIONS_NOT_ASKED
    const base = {
      throttleTimeMs: 0,
      endpointType: request.endpointType,
      clusterId,
      controllerId: serves === 'brokers' ? controllerFor(broker) : config.nodeId,
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
        : broker.controllerEndpoints
            .slice(0, 1)
            .map(({ host, port }) => ({ brokerId: config.nodeId, host, port, isFenced: false }))
    return { ...base, errorCode: Errors.NONE, brokers }
  })
}
