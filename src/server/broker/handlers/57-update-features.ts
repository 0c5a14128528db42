import { UpdateFeatures } from '../../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../../protocol/errors.ts'
import { KRAFT_VERSION, updateFeatures } from '../../controller/features.ts'
import type { QuorumVoter } from '../../raft/control-batch.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

type Services = Pick<
  BrokerServices,
  'controller' | 'raft' | 'config' | 'runtime' | 'metadataDirectoryId' | 'controllerEndpoints'
>

/** Levels of features are records of the metadata; that of the quorum is in the log's control records (KIP-853). */
export const updateFeaturesHandler = (broker: Services): Handler =>
  handler(UpdateFeatures, async (request, { access }) => {
    access.check('ALTER', 'CLUSTER')
    const { controller, raft } = broker
    const { quorumLevel } = raft
    const raised = request.featureUpdates.some(
      ({ feature, maxVersionLevel }) => feature === KRAFT_VERSION && maxVersionLevel > 0,
    )
    if (raised && !raft.isDynamic && raft.voters.length > 1)
      throw new KafkaError(
        'UNSUPPORTED_VERSION',
        'This quorum has several voters, which are in controller.quorum.voters: it is not made a dynamic one so far.',
      )
    const reply = await controller.submit((context) => updateFeatures({ ...context, quorumLevel }, request))
    if (raised && !raft.isDynamic && !request.validateOnly && reply.errorCode === Errors.NONE)
      await raft.makeDynamic(ownVoter(broker))
    return reply
  })

/** A node without a listener for controllers is reached by nobody else; its voter needs an address nevertheless. */
function ownVoter({ config, runtime, metadataDirectoryId, controllerEndpoints }: Services): QuorumVoter {
  const [listener] = controllerEndpoints
  const [configured] = config.voters
  const { host, port } = listener ?? configured ?? { host: runtime.network.hostName(), port: 0 }
  const name = listener?.name ?? config.get('controller.listener.names')[0] ?? 'CONTROLLER'
  return { id: config.nodeId, directoryId: metadataDirectoryId, endpoint: { name, host, port } }
}
