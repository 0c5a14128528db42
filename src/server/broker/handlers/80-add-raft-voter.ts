import { AddRaftVoter } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import { handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { voterIn } from './raft-voters.ts'

/** Gives a controller a vote that follows the metadata already (KIP-853). */
export const addRaftVoter = (broker: Pick<BrokerServices, 'raft' | 'clusterId' | 'voterChanges'>) =>
  handler(AddRaftVoter, async (request, { access }) => {
    access.check('ALTER', 'CLUSTER')
    const voter = voterIn(broker, request, 'Add')
    await broker.voterChanges.add(voter, request.listeners, request.ackWhenCommitted)
    return { throttleTimeMs: 0, errorCode: Errors.NONE, errorMessage: null }
  })
