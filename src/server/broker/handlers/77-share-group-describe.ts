import { ShareGroupDescribe } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import { listed } from '../../coordinator/group/modern/assignment.ts'
import { find } from '../../coordinator/group/modern/share/finding.ts'
import type { ShareGroup } from '../../coordinator/group/modern/share/share-group.ts'
import type { MetadataImage } from '../../metadata/image.ts'
import { type Handler, handler } from '../router.ts'
import { type BrokerServices, OPERATIONS_NOT_ASKED } from '../services.ts'
import { attempt } from './attempt.ts'
import { checkTopics, undescribed } from './modern-groups.ts'
import { checkShareVersion } from './share-requests.ts'

const ASSIGNOR = 'simple'

export function shareGroupDescribe(broker: BrokerServices): Handler {
  return handler(ShareGroupDescribe, ({ groupIds, includeAuthorizedOperations }, { access }) => {
    const operations = (groupId: string) =>
      includeAuthorizedOperations ? access.operations('GROUP', groupId) : OPERATIONS_NOT_ASKED
    const nothing = { groupState: '', groupEpoch: 0, assignmentEpoch: 0, assignorName: '', members: [] }
    return {
      throttleTimeMs: 0,
      groups: groupIds.map((groupId) =>
        attempt(
          () => {
            checkShareVersion(broker)
            access.check('DESCRIBE', 'GROUP', groupId)
            const group = find(broker.groups.shard(groupId), groupId)
            const description = described(broker.image, group)
            const { members } = description
            checkTopics(
              access,
              members.flatMap(({ assignment }) => assignment.topicPartitions.map(({ topicName }) => topicName)),
            )
            return { ...description, groupId, authorizedOperations: operations(groupId) }
          },
          (error) => ({ ...nothing, ...undescribed(groupId, error) }),
        ),
      ),
    }
  })
}

const described = (image: MetadataImage, group: ShareGroup) => ({
  errorCode: Errors.NONE as number,
  errorMessage: null as string | null,
  groupState: group.state,
  groupEpoch: group.epoch,
  assignmentEpoch: group.assignmentEpoch,
  assignorName: ASSIGNOR,
  members: Array.from(group.members.values(), (member) => ({
    memberId: member.memberId,
    rackId: member.rackId,
    memberEpoch: member.memberEpoch,
    clientId: member.clientId,
    clientHost: member.clientHost,
    subscribedTopicNames: [...member.subscribedTopicNames],
    // Topics that are gone have no name, and are left out.
    assignment: {
      topicPartitions: listed(member.assigned).flatMap(({ topicId, partitions }) => {
        const topicName = image.topicNames.get(topicId)
        return topicName === undefined ? [] : [{ topicId, topicName, partitions }]
      }),
    },
  })),
})
