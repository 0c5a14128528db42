import { RemoveRaftVoter } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import { handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { voterIn } from './raft-voters.ts'

/** Takes a controller its vote: it goes on following the metadata (KIP-853). The only voter of a quorum stays. */
export const removeRaftVoter = (broker: Pick<BrokerServices, 'raft' | 'clusterId' | 'voterChanges'>) =>
  handler(RemoveRaftVoter, async (request, { access }) => {
    access.check('ALTER', 'CLUSTER')
    await broker.voterChanges.remove(voterIn(broker, request, 'Remove'))
    return { throttleTimeMs: 0, errorCode: Errors.NONE, errorMessage: null }
  })
