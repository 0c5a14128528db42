import type { BrokerConfig } from '../../../../../config/broker.ts'
import type { ConsumerGroupHeartbeat } from '../../../../../protocol/apis/index.ts'
import { KafkaError } from '../../../../../protocol/errors.ts'
import type { ResponseInput } from '../../../../../protocol/schema/index.ts'
import { type Clock, type Random, randomUuid } from '../../../../../runtime/index.ts'
import { groupSetting } from '../../../../metadata/effective-config.ts'
import type { MetadataImage } from '../../../../metadata/image.ts'
import { ClassicGroup } from '../../classic-group.ts'
import type { GroupShard } from '../../shard.ts'
import { MemberEpoch, MemberState } from '../member.ts'
import { Sessions } from '../sessions.ts'
import { ConsumerGroup } from './consumer-group.ts'
import type { HeartbeatContext } from './context.ts'
import { type HeartbeatOutcome, type HeartbeatRequest, heartbeat, leave } from './heartbeat.ts'
import type { ConsumerMember } from './member.ts'
import { removeMembers } from './membership.ts'
import { resolve } from './regexes.ts'

export interface ConsumerGroupsOptions {
  readonly clock: Clock
  readonly random: Random
  readonly config: BrokerConfig
  image(): MetadataImage
}

/** The consumer group protocol (KIP-848): one instance serves all such groups of a coordinator; their state is in the shards. */
export class ConsumerGroups {
  private readonly sessions: Sessions
  /** Offset of the metadata at which topics came or went last. */
  private topicsVersion = 0

  constructor(private readonly options: ConsumerGroupsOptions) {
    this.sessions = new Sessions(options.clock)
  }

  private context(groupId: string): HeartbeatContext {
    const { clock, config, image } = this.options
    const setting = (name: Parameters<typeof groupSetting>[3]) => groupSetting(image(), config, groupId, name)
    return {
      now: clock.now(),
      image: image(),
      maxSize: config.get('group.consumer.max.size'),
      heartbeatIntervalMs: setting('consumer.heartbeat.interval.ms'),
      assignmentIntervalMs: setting('consumer.assignment.interval.ms'),
      assignor: config.get('group.consumer.assignors')[0] as string,
      topicsVersion: this.topicsVersion,
    }
  }

  /** Throws what the protocol has errors for. */
  async heartbeat(shard: GroupShard, asked: HeartbeatRequest): Promise<ResponseInput<typeof ConsumerGroupHeartbeat>> {
    // Clients before version 1 leave it to the coordinator to give them an id.
    const request = asked.memberId === '' ? { ...asked, memberId: randomUuid(this.options.random) } : asked
    const { groupId, memberId } = request
    const leaves = request.memberEpoch === MemberEpoch.leave || request.memberEpoch === MemberEpoch.leaveStatic
    const context = this.context(groupId)
    let outcome: HeartbeatOutcome | undefined
    const done = shard.submit(() => {
      const decision = leaves
        ? leave(find(shard, groupId), request, context)
        : joined(shard, request, (group) => heartbeat(group, request, context))
      outcome = decision.reply
      return decision
    })
    // The records are replayed already: what is in memory only follows at once.
    if (outcome) this.follow(shard, groupId, memberId, outcome)
    return (await done).response
  }

  private follow(shard: GroupShard, groupId: string, memberId: string, outcome: HeartbeatOutcome): void {
    const group = shard.groups.get(groupId)
    if (!(group instanceof ConsumerGroup)) return
    const { member, moved, sawTopics, unresolved } = outcome
    if (sawTopics) group.noteTopics('seen')
    if (member) this.keepAlive(shard, groupId, memberId)
    else if (!group.members.has(memberId)) this.sessions.forget(groupId, memberId)
    if (member && moved) this.watchRevocation(shard, groupId, member)
    if (unresolved.length > 0) this.resolve(shard, group, unresolved)
  }

  private keepAlive(shard: GroupShard, groupId: string, memberId: string): void {
    const { image, config } = this.options
    const timeout = groupSetting(image(), config, groupId, 'consumer.session.timeout.ms')
    this.sessions.begin(groupId, memberId, 'session', timeout, () => this.expel(shard, groupId, memberId))
  }

  /** A member that gives nothing up in time is taken out. */
  private watchRevocation(shard: GroupShard, groupId: string, member: ConsumerMember): void {
    const { memberId, memberEpoch, rebalanceTimeoutMs, state } = member
    if (state !== MemberState.unrevoked) return this.sessions.end(groupId, memberId, 'revocation')
    this.sessions.begin(groupId, memberId, 'revocation', rebalanceTimeoutMs, () =>
      this.expel(shard, groupId, memberId, memberEpoch),
    )
  }

  private expel(shard: GroupShard, groupId: string, memberId: string, onlyIn?: number): void {
    const group = shard.groups.get(groupId)
    const member = group instanceof ConsumerGroup ? group.members.get(memberId) : undefined
    if (!member || (onlyIn !== undefined && member.memberEpoch !== onlyIn)) return
    this.sessions.forget(groupId, memberId)
    const context = { image: this.options.image() }
    void shard
      .submit(() => ({ records: removeMembers(group as ConsumerGroup, [member], context), reply: undefined }))
      .catch(() => {})
  }

  private resolve(shard: GroupShard, group: ConsumerGroup, regexes: readonly string[]): void {
    const { clock, image } = this.options
    void shard.submit(() => resolve(group, regexes, { image: image(), now: clock.now() })).catch(() => {})
  }

  /** Members of a group that was read from the log have a whole session to make themselves heard. */
  load(shard: GroupShard): void {
    for (const group of shard.groups.values())
      if (group instanceof ConsumerGroup)
        for (const member of group.members.values()) {
          this.keepAlive(shard, group.id, member.memberId)
          this.watchRevocation(shard, group.id, member)
        }
  }

  stop(groupId: string): void {
    this.sessions.forgetGroup(groupId)
  }

  /** Topics came or went: regular expressions have to be looked at again. */
  topicsChanged(version: number): void {
    this.topicsVersion = version
  }
}

/** Throws GROUP_ID_NOT_FOUND. */
export function find(shard: GroupShard, groupId: string): ConsumerGroup {
  const group = shard.get(groupId)
  if (group instanceof ConsumerGroup) return group
  throw new KafkaError('GROUP_ID_NOT_FOUND', `Group ${groupId} is not a consumer group.`)
}

/** The group of a heartbeat: one that joins makes it, and turns a classic group without members into one. */
function joined<T extends { readonly records: readonly unknown[] }>(
  shard: GroupShard,
  { groupId, memberEpoch }: HeartbeatRequest,
  decide: (group: ConsumerGroup) => T,
): T {
  const present = shard.find(groupId)
  if (present instanceof ConsumerGroup) return decide(present)
  const joins = memberEpoch === MemberEpoch.join
  if (!present && !joins) throw new KafkaError('GROUP_ID_NOT_FOUND', `Consumer group ${groupId} not found.`)
  if (present && !(joins && present instanceof ClassicGroup && present.isEmpty))
    throw new KafkaError('GROUP_ID_NOT_FOUND', `Group ${groupId} is not a consumer group.`)
  const decision = decide(new ConsumerGroup(groupId))
  return { ...decision, records: [...(present?.tombstones() ?? []), ...decision.records] }
}
