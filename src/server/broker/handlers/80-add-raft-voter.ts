import { AddRaftVoter } from '../../../protocol/apis/index.ts'
import { KafkaError } from '../../../protocol/errors.ts'
import { handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { checkQuorum, voterSet } from './raft-voters.ts'

/** A quorum of one node stays one: its own voter is known already, and no other can be added so far. */
export const addRaftVoter = (broker: Pick<BrokerServices, 'raft' | 'config' | 'clusterId' | 'metadataDirectoryId'>) =>
  handler(AddRaftVoter, ({ clusterId, voterId, voterDirectoryId: directoryId }, { access }): never => {
    access.check('ALTER', 'CLUSTER')
    checkQuorum(broker, clusterId, 'adding')
    if (voterId === broker.config.nodeId) {
      const voter = `ReplicaKey(id=${voterId}, directoryId=${directoryId})`
      throw new KafkaError(
        'DUPLICATE_VOTER',
        `The voter id for ${voter} is already part of the set of voters ${voterSet(broker)}.`,
      )
    }
    throw new KafkaError('INVALID_REQUEST', 'This controller is a quorum of its own: it takes no other voter so far.')
  })
