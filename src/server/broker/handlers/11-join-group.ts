import { JoinGroup } from '../../../protocol/apis/index.ts'
import { KafkaError } from '../../../protocol/errors.ts'
import { copyOf } from '../../../std/bytes.ts'
import { ConsumerGroup } from '../../coordinator/group/modern/consumer/consumer-group.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { hostOf } from './client-host.ts'

export function joinGroup(broker: BrokerServices): Handler {
  const { config, groups } = broker
  const shortest = config.get('group.min.session.timeout.ms')
  const longest = config.get('group.max.session.timeout.ms')
  return handler(JoinGroup, async (request, { version, clientId, peer, access }) => {
    const refused = (error: KafkaError, memberId: string) => ({
      errorCode: error.code,
      protocolName: version >= 7 ? null : '',
      leader: '',
      memberId,
      members: [],
    })
    let { memberId } = request
    try {
      const refusal = access.refusal('READ', 'GROUP', request.groupId)
      if (refusal) return refused(refusal, '')
      const shard = groups.shard(request.groupId)
      if (request.sessionTimeoutMs < shortest || request.sessionTimeoutMs > longest)
        throw new KafkaError('INVALID_SESSION_TIMEOUT')
      if (request.memberId !== '' && !shard.find(request.groupId)) throw new KafkaError('UNKNOWN_MEMBER_ID')
      const joining = {
        memberId: request.memberId,
        groupInstanceId: request.groupInstanceId,
        clientId,
        clientHost: hostOf(peer),
        sessionTimeoutMs: request.sessionTimeoutMs,
        rebalanceTimeoutMs: request.rebalanceTimeoutMs >= 0 ? request.rebalanceTimeoutMs : request.sessionTimeoutMs,
        protocolType: request.protocolType,
        protocols: request.protocols.map(({ name, metadata }) => ({ name, metadata: copyOf(metadata) })),
        requiresMemberId: version >= 4,
        canSkipAssignment: version >= 9,
      }
      const group = shard.find(request.groupId)
      const isNewKind = group instanceof ConsumerGroup && !group.isEmpty
      // What such a group refuses, it refuses without a name.
      if (isNewKind) memberId = ''
      const reply = isNewKind
        ? await groups.consumers.classic.join(shard, group, joining)
        : await groups.membership.join(shard.obtain(request.groupId), joining)
      return { ...reply, protocolName: reply.protocolName ?? (version >= 7 ? null : '') }
    } catch (error) {
      if (error instanceof KafkaError) return refused(error, memberId)
      throw error
    }
  })
}
