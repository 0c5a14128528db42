import { AllocateProducerIds } from '../../../protocol/apis/index.ts'
import { allocateProducerIdsFor } from '../../controller/brokers.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

/** Gives a broker a block of producer ids of its own (KIP-730). */
export const allocateProducerIdsHandler = ({ controller }: Pick<BrokerServices, 'controller'>): Handler =>
  handler(AllocateProducerIds, async ({ brokerId, brokerEpoch }, { access }) => {
    access.check('CLUSTER_ACTION', 'CLUSTER')
    const block = await controller.submit((context) => allocateProducerIdsFor(context, brokerId, brokerEpoch))
    return { throttleTimeMs: 0, errorCode: 0, producerIdStart: block.first, producerIdLen: block.count }
  })
