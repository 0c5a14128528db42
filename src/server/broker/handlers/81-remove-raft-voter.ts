import { RemoveRaftVoter } from '../../../protocol/apis/index.ts'
import { KafkaError } from '../../../protocol/errors.ts'
import { handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { checkQuorum, voterSet } from './raft-voters.ts'

/** The only voter of a quorum cannot be removed, as in Kafka, and none of several so far. */
export const removeRaftVoter = (broker: Pick<BrokerServices, 'raft' | 'clusterId'>) =>
  handler(RemoveRaftVoter, ({ clusterId, voterId, voterDirectoryId }, { access }): never => {
    access.check('ALTER', 'CLUSTER')
    checkQuorum(broker, clusterId, 'removing')
    if (broker.raft.voters.length > 1 && broker.raft.isVoter(voterId, voterDirectoryId))
      throw new KafkaError('INVALID_REQUEST', 'This quorum keeps the voters that it has: none is removed so far.')
    const voter = `ReplicaKey(id=${voterId}, directoryId=${voterDirectoryId})`
    throw new KafkaError('VOTER_NOT_FOUND', `Cannot remove voter ${voter} from the set of voters ${voterSet(broker)}`)
  })
