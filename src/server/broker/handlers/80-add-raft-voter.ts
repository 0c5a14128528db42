import { AddRaftVoter } from '../../../protocol/apis/index.ts'
import { KafkaError } from '../../../protocol/errors.ts'
import { handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { checkQuorum, voterSet } from './raft-voters.ts'

/** A quorum stays what it is: its own voters are known already, and no other can be added so far. */
export const addRaftVoter = (broker: Pick<BrokerServices, 'raft' | 'clusterId'>) =>
  handler(AddRaftVoter, ({ clusterId, voterId, voterDirectoryId: directoryId }, { access }): never => {
    access.check('ALTER', 'CLUSTER')
    checkQuorum(broker, clusterId, 'adding')
    if (broker.raft.voters.includes(voterId)) {
      const voter = `ReplicaKey(id=${voterId}, directoryId=${directoryId})`
      throw new KafkaError(
        'DUPLICATE_VOTER',
        `The voter id for ${voter} is already part of the set of voters ${voterSet(broker)}.`,
      )
    }
    throw new KafkaError('INVALID_REQUEST', 'This quorum takes no other voter so far.')
  })
