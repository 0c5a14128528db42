import { UpdateFeatures } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import { KRAFT_VERSION, updateFeatures } from '../../controller/features.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

type Services = Pick<BrokerServices, 'controller' | 'raft' | 'voterChanges'>

/** Levels of features are records of the metadata; that of the quorum is in the log's control records (KIP-853). */
export const updateFeaturesHandler = (broker: Services): Handler =>
  handler(UpdateFeatures, async (request, { access }) => {
    access.check('ALTER', 'CLUSTER')
    const { controller, raft, voterChanges } = broker
    const { quorumLevel } = raft
    const raised = request.featureUpdates.some(
      ({ feature, maxVersionLevel }) => feature === KRAFT_VERSION && maxVersionLevel > 0,
    )
    const reply = await controller.submit((context) => {
      const quorumObstacle = raft.isDynamic ? undefined : voterChanges.obstacle
      return updateFeatures({ ...context, quorumLevel, quorumObstacle }, request)
    })
    if (raised && !request.validateOnly && reply.errorCode === Errors.NONE)
      // What is asked for again may be in the log, and not be committed.
      await (raft.isDynamic ? raft.committed(raft.logEndOffset) : voterChanges.makeDynamic())
    return reply
  })
