import { KafkaError } from '../../../../../../protocol/errors.ts'
import type { ClassicGroup, Member } from '../../../classic-group.ts'
import { epochsOf } from '../../assignment.ts'
import { metadataHash } from '../../metadata-hash.ts'
import { topicsOf } from '../consumer-group.ts'
import type { HeartbeatContext } from '../context.ts'
import { type ConsumerMember, newMember } from '../member.ts'
import {
  type ConsumerRecord,
  currentRecord,
  epochRecord,
  memberRecord,
  targetEpochRecord,
  targetRecord,
} from '../records.ts'
import { assignmentOf, subscriptionOf, withIds } from './embedded.ts'

const refuse = (group: ClassicGroup, why: string): KafkaError =>
  new KafkaError('GROUP_ID_NOT_FOUND', `Cannot upgrade classic group ${group.id} to consumer group because ${why}.`)

/**
 * Turns a classic group with members into one to which the coordinator assigns: they keep what they have, and go on by the classic
 * protocol until they come back by the new one. Throws GROUP_ID_NOT_FOUND for a group that cannot be turned.
 */
export function upgrade(group: ClassicGroup, context: HeartbeatContext): ConsumerRecord[] {
  const { migration, maxSize, image } = context
  if (!migration.upgrades) throw refuse(group, 'online upgrade is disabled')
  if (!group.isConsumerGroup) throw refuse(group, 'the group does not use the consumer embedded protocol')
  if (group.members.size > maxSize) throw refuse(group, 'the group size exceeds the consumer group maximum size')
  const members = Array.from(group.members.values(), (member) => turned(group, member, context))
  const { id, generation } = group
  return [
    ...members.map((member) => memberRecord(id, member)),
    epochRecord(id, generation, metadataHash(image, topicsOf(members, new Map()))),
    ...members.map(({ memberId, assigned }) =>
      targetRecord(
        id,
        memberId,
        new Map(Array.from(assigned, ([topic, partitions]) => [topic, new Set(partitions.keys())])),
      ),
    ),
    targetEpochRecord(id, generation, 0),
    ...members.map((member) => currentRecord(id, member)),
  ]
}

function turned(group: ClassicGroup, member: Member, { image }: HeartbeatContext): ConsumerMember {
  const { memberId, groupInstanceId, clientId, clientHost, rebalanceTimeoutMs, sessionTimeoutMs, protocols } = member
  const { subscription, assigned } = understood(group, member)
  if (!assigned)
    throw refuse(
      group,
      'an unsupported custom assignor is in use. Please refer to the documentation or switch to a default assignor before re-attempting the upgrade',
    )
  return {
    ...newMember(memberId, groupInstanceId),
    ...{ clientId, clientHost, rebalanceTimeoutMs, rackId: subscription.rackId },
    ...{ memberEpoch: group.generation, previousMemberEpoch: group.generation },
    subscribedTopicNames: new Set(subscription.topics),
    assigned: epochsOf(withIds(assigned, image), group.generation),
    classic: { sessionTimeoutMs, supportedProtocols: protocols },
  }
}

function understood(group: ClassicGroup, member: Member) {
  try {
    // Before they have agreed on one way to assign, what they say by their first choice counts.
    const metadata = group.protocol === null ? member.protocols[0]?.metadata : group.metadataOf(member)
    return { subscription: subscriptionOf(metadata as Buffer), assigned: assignmentOf(member.assignment) }
  } catch {
    throw refuse(group, 'the embedded consumer protocol is malformed')
  }
}
