import type { BrokerConfig } from '../../../../../config/broker.ts'
import type { ConsumerGroupHeartbeat } from '../../../../../protocol/apis/index.ts'
import { KafkaError } from '../../../../../protocol/errors.ts'
import type { ResponseInput } from '../../../../../protocol/schema/index.ts'
import { type Clock, type Random, randomUuid } from '../../../../../runtime/index.ts'
import type { Decision } from '../../../../machine/runner.ts'
import { groupSetting } from '../../../../metadata/effective-config.ts'
import type { MetadataImage } from '../../../../metadata/image.ts'
import { ClassicGroup } from '../../classic-group.ts'
import type { GroupRecord } from '../../records.ts'
import type { GroupShard } from '../../shard.ts'
import { MemberEpoch, MemberState } from '../member.ts'
import { Sessions } from '../sessions.ts'
import { ClassicMembers } from './classic/classic-members.ts'
import { withoutMembers } from './classic/downgrade.ts'
import { upgrade } from './classic/upgrade.ts'
import { ConsumerGroup } from './consumer-group.ts'
import type { HeartbeatContext, Migration } from './context.ts'
import { type HeartbeatOutcome, type HeartbeatRequest, heartbeat, leave } from './heartbeat.ts'
import type { ConsumerMember } from './member.ts'
import { resolve } from './regexes.ts'

export interface ConsumerGroupsOptions {
  readonly clock: Clock
  readonly random: Random
  readonly config: BrokerConfig
  image(): MetadataImage
  /** A classic group has become one of these: who waits for an answer has to join again. */
  upgraded(group: ClassicGroup): void
  /** And the other way round: its members have to find themselves anew. */
  downgraded(group: ClassicGroup): void
}

/** The consumer group protocol (KIP-848): one instance serves all such groups of a coordinator; their state is in the shards. */
export class ConsumerGroups {
  private readonly sessions: Sessions
  /** Members that speak the classic protocol still. */
  readonly classic: ClassicMembers
  /** Offset of the metadata at which topics came or went last. */
  private topicsVersion = 0

  constructor(private readonly options: ConsumerGroupsOptions) {
    const { clock, random, image } = options
    this.sessions = new Sessions(clock)
    this.classic = new ClassicMembers({
      ...{ sessions: this.sessions, random, image },
      context: (groupId) => this.context(groupId),
      keepAlive: (shard, groupId, memberId) => this.keepAlive(shard, groupId, memberId),
      expel: (shard, groupId, memberId) => this.expel(shard, groupId, memberId),
      handOver: (shard, groupId) => this.handOver(shard, groupId),
    })
  }

  private context(groupId: string): HeartbeatContext {
    const { clock, config, image } = this.options
    const setting = (name: Parameters<typeof groupSetting>[3]) => groupSetting(image(), config, groupId, name)
    return {
      now: clock.now(),
      image: image(),
      maxSize: config.get('group.consumer.max.size'),
      migration: migrationOf(config),
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
    const { groupId } = request
    const leaves = request.memberEpoch === MemberEpoch.leave || request.memberEpoch === MemberEpoch.leaveStatic
    const context = this.context(groupId)
    const former = shard.groups.get(groupId)
    const { reply, committed } = shard.decide(() =>
      leaves ? leave(find(shard, groupId), request, context) : joined(shard, request, context),
    )
    // The records are replayed already: what is in memory only follows at once.
    if (former instanceof ClassicGroup) this.takeOver(shard, former)
    this.follow(shard, request, reply)
    await committed
    return reply.response
  }

  private follow(shard: GroupShard, request: HeartbeatRequest, outcome: HeartbeatOutcome): void {
    const { groupId, memberId } = request
    const { member, moved, sawTopics, unresolved } = outcome
    const group = shard.groups.get(groupId)
    if (!(group instanceof ConsumerGroup)) return this.handOver(shard, groupId)
    if (sawTopics) group.noteTopics('seen')
    if (member) this.keepAlive(shard, groupId, memberId)
    else if (!group.members.has(memberId)) this.sessions.forget(groupId, memberId)
    if (member && moved) this.watchRevocation(shard, groupId, member)
    if (unresolved.length > 0) this.resolve(shard, group, unresolved, (topic) => request.seesTopic(topic))
  }

  /** A classic group became one of these: its members go on here. */
  private takeOver(shard: GroupShard, former: ClassicGroup): void {
    const group = shard.groups.get(former.id)
    if (!(group instanceof ConsumerGroup)) return
    this.options.upgraded(former)
    for (const memberId of group.members.keys()) this.keepAlive(shard, group.id, memberId)
  }

  /** The group became a classic one, or is gone. */
  private handOver(shard: GroupShard, groupId: string): void {
    this.stop(groupId)
    const group = shard.groups.get(groupId)
    if (group instanceof ClassicGroup) this.options.downgraded(group)
  }

  private keepAlive(shard: GroupShard, groupId: string, memberId: string): void {
    const { image, config } = this.options
    const group = shard.groups.get(groupId)
    const side = group instanceof ConsumerGroup ? group.members.get(memberId)?.classic : null
    const timeout = side?.sessionTimeoutMs ?? groupSetting(image(), config, groupId, 'consumer.session.timeout.ms')
    this.sessions.begin(groupId, memberId, 'session', timeout, () => this.expel(shard, groupId, memberId))
  }

  /** A member that gives nothing up in time is taken out. */
  private watchRevocation(shard: GroupShard, groupId: string, member: ConsumerMember): void {
    const { memberId, memberEpoch, rebalanceTimeoutMs, state } = member
    if (state !== MemberState.unrevoked || member.classic) return this.sessions.end(groupId, memberId, 'revocation')
    this.sessions.begin(groupId, memberId, 'revocation', rebalanceTimeoutMs, () =>
      this.expel(shard, groupId, memberId, memberEpoch),
    )
  }

  private expel(shard: GroupShard, groupId: string, memberId: string, onlyIn?: number): void {
    const group = shard.groups.get(groupId)
    const member = group instanceof ConsumerGroup ? group.members.get(memberId) : undefined
    if (!member || (onlyIn !== undefined && member.memberEpoch !== onlyIn)) return
    this.sessions.forget(groupId, memberId)
    const context = this.context(groupId)
    const records = () => withoutMembers(group as ConsumerGroup, [member], context)
    const again = (error: unknown) =>
      this.sessions.beginAgain(error, groupId, memberId, onlyIn === undefined ? 'session' : 'revocation', () =>
        this.expel(shard, groupId, memberId, onlyIn),
      )
    void shard.submit(() => ({ records: records(), reply: undefined })).catch(again)
    if (!(shard.groups.get(groupId) instanceof ConsumerGroup)) this.handOver(shard, groupId)
  }

  private resolve(
    shard: GroupShard,
    group: ConsumerGroup,
    regexes: readonly string[],
    sees: (topic: string) => boolean,
  ): void {
    const { clock, image } = this.options
    void shard.submit(() => resolve(group, regexes, { image: image(), now: clock.now(), sees })).catch(() => {})
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

function migrationOf(config: BrokerConfig): Migration {
  const policy = config.get('group.consumer.migration.policy').toLowerCase()
  return {
    upgrades: policy === 'bidirectional' || policy === 'upgrade',
    downgrades: policy === 'bidirectional' || policy === 'downgrade',
    maxClassicSize: config.get('group.max.size'),
  }
}

/** A heartbeat in its group: one that joins makes it, or turns a classic group into one. */
function joined(
  shard: GroupShard,
  request: HeartbeatRequest,
  context: HeartbeatContext,
): Decision<GroupRecord, HeartbeatOutcome> {
  const { groupId, memberEpoch } = request
  const present = shard.find(groupId)
  if (present instanceof ConsumerGroup) return heartbeat(present, request, context)
  const joins = memberEpoch === MemberEpoch.join
  if (!present && !joins) throw new KafkaError('GROUP_ID_NOT_FOUND', `Consumer group ${groupId} not found.`)
  if (present && !(joins && present instanceof ClassicGroup))
    throw new KafkaError('GROUP_ID_NOT_FOUND', `Group ${groupId} is not a consumer group.`)
  const group = new ConsumerGroup(groupId)
  const turned = present instanceof ClassicGroup && present.state !== 'Empty' ? upgrade(present, context) : []
  for (const record of turned) group.replay(record)
  const { records, reply } = heartbeat(group, request, context)
  return { records: [...(present?.tombstones() ?? []), ...turned, ...records], reply }
}
