import { DescribeGroups } from '../../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../../protocol/errors.ts'
import { ClassicGroup } from '../../coordinator/group/classic-group.ts'
import { type Handler, handler } from '../router.ts'
import { type BrokerServices, OPERATIONS_NOT_ASKED } from '../services.ts'
import { attempt } from './attempt.ts'

const unknown = { groupState: '', errorMessage: null, authorizedOperations: OPERATIONS_NOT_ASKED }

/** The first version that tells a group that is not there from one that is dead (KIP-1043). */
const TELLS_MISSING = 6

export function describeGroups({ groups }: BrokerServices): Handler {
  return handler(DescribeGroups, (request, { version, access }) => {
    const operations = (groupId: string) =>
      request.includeAuthorizedOperations ? access.operations('GROUP', groupId) : OPERATIONS_NOT_ASKED
    const dead = { groupState: 'Dead', protocolType: '', protocolData: '', members: [] }
    return {
      groups: request.groups.map((groupId) =>
        attempt(
          () => {
            access.check('DESCRIBE', 'GROUP', groupId)
            const group = groups.shard(groupId, true).get(groupId)
            if (!(group instanceof ClassicGroup))
              throw new KafkaError('GROUP_ID_NOT_FOUND', `Group ${groupId} is not a classic group.`)
            const settled = group.state === 'Stable'
            return {
              errorCode: Errors.NONE as number,
              errorMessage: null as string | null,
              groupId,
              groupState: group.state as string,
              protocolType: group.protocolType ?? '',
              protocolData: settled ? (group.protocol ?? '') : '',
              members: [...group.members.values()].map((member) => ({
                memberId: member.memberId,
                groupInstanceId: member.groupInstanceId,
                clientId: member.clientId,
                clientHost: member.clientHost,
                memberMetadata: settled ? group.metadataOf(member) : Buffer.alloc(0),
                memberAssignment: member.assignment,
              })),
              authorizedOperations: operations(groupId),
            }
          },
          (error) => {
            // Of a group that the sender may not know, not even that it is there.
            if (error.code === Errors.GROUP_AUTHORIZATION_FAILED)
              return { ...dead, ...unknown, groupId, errorCode: error.code }
            const authorizedOperations = operations(groupId)
            const missing = error.code === Errors.GROUP_ID_NOT_FOUND || error.code === Errors.COORDINATOR_NOT_AVAILABLE
            if (missing && version < TELLS_MISSING)
              return { ...dead, groupId, errorCode: Errors.NONE, errorMessage: null, authorizedOperations }
            const errorMessage = version >= TELLS_MISSING ? error.message : null
            const unasked = missing ? OPERATIONS_NOT_ASKED : authorizedOperations
            return { ...dead, groupId, errorCode: error.code, errorMessage, authorizedOperations: unasked }
          },
        ),
      ),
    }
  })
}
