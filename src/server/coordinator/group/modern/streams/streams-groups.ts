import type { BrokerConfig } from '../../../../../config/broker.ts'
import type { StreamsGroupHeartbeat } from '../../../../../protocol/apis/index.ts'
import { KafkaError } from '../../../../../protocol/errors.ts'
import type { ResponseInput } from '../../../../../protocol/schema/index.ts'
import type { Clock, Timer } from '../../../../../runtime/index.ts'
import { groupSetting } from '../../../../metadata/effective-config.ts'
import type { MetadataImage } from '../../../../metadata/image.ts'
import { ClassicGroup } from '../../classic-group.ts'
import type { GroupShard } from '../../shard.ts'
import { MemberEpoch, MemberState } from '../member.ts'
import { Sessions } from '../sessions.ts'
import type { StreamsContext, StreamsHeartbeatRequest } from './context.ts'
import { heartbeat, leave, type StreamsOutcome } from './heartbeat.ts'
import type { StreamsMember } from './member.ts'
import { removeMember } from './membership.ts'
import type { InternalTopic } from './partition-counts.ts'
import { StreamsGroup } from './streams-group.ts'
import { delayedTarget } from './target.ts'

export interface StreamsGroupsOptions {
  readonly clock: Clock
  readonly config: BrokerConfig
  image(): MetadataImage
  /** Makes topics that an application needs; gives the name of each that could not be made, and why. */
  createTopics(topics: readonly InternalTopic[]): Promise<ReadonlyMap<string, string>>
}

/** The streams group protocol (KIP-1071): one instance serves all such groups of a coordinator; their state is in the shards. */
export class StreamsGroups {
  private readonly sessions: Sessions
  /** Groups that wait for more members before their first assignment. */
  private readonly delays = new Map<string, Timer>()
  /** Group -> which of its own topics could not be made when it was tried last, and why. */
  private readonly failures = new Map<string, string>()

  constructor(private readonly options: StreamsGroupsOptions) {
    this.sessions = new Sessions(options.clock)
  }

  private setting(groupId: string, name: Parameters<typeof groupSetting>[3]): number {
    return groupSetting(this.options.image(), this.options.config, groupId, name)
  }

  private context(groupId: string): StreamsContext {
    const { clock, config, image } = this.options
    return {
      now: clock.now(),
      image: image(),
      maxSize: config.get('group.streams.max.size'),
      heartbeatIntervalMs: this.setting(groupId, 'streams.heartbeat.interval.ms'),
      assignmentIntervalMs: this.setting(groupId, 'streams.assignment.interval.ms'),
      standbyReplicas: this.setting(groupId, 'streams.num.standby.replicas'),
      creationFailure: this.failures.get(groupId),
      isDelayed: this.delays.has(groupId),
      delaysFirst: this.setting(groupId, 'streams.initial.rebalance.delay.ms') > 0,
    }
  }

  /** Throws what the protocol has errors for. */
  async heartbeat(
    shard: GroupShard,
    request: StreamsHeartbeatRequest,
  ): Promise<ResponseInput<typeof StreamsGroupHeartbeat>> {
    const { groupId, memberEpoch } = request
    const leaves = memberEpoch === MemberEpoch.leave || memberEpoch === MemberEpoch.leaveStatic
    const context = this.context(groupId)
    const { reply, committed } = shard.decide(() =>
      leaves
        ? leave(find(shard, groupId), request)
        : joined(shard, request, (group) => heartbeat(group, request, context)),
    )
    // The records are replayed already: what is in memory only follows at once.
    this.follow(shard, request, reply)
    await committed
    const { response, missingTopics } = reply
    if (missingTopics.length === 0) this.failures.delete(groupId)
    else void this.createTopics(groupId, missingTopics).catch(() => {})
    return response
  }

  /** What cannot be made is told with the next heartbeat, and tried again. */
  private async createTopics(groupId: string, topics: readonly InternalTopic[]): Promise<void> {
    const failed = await this.options.createTopics(topics)
    if (failed.size === 0) this.failures.delete(groupId)
    else this.failures.set(groupId, Array.from(failed, ([topic, why]) => `${topic} (${why})`).join(', '))
  }

  private follow(shard: GroupShard, request: StreamsHeartbeatRequest, outcome: StreamsOutcome): void {
    const { groupId, memberId } = request
    const group = shard.groups.get(groupId)
    if (!(group instanceof StreamsGroup)) return
    const { member, moved, sawTopics, startsDelay, endpointEpoch } = outcome
    if (sawTopics) group.noteTopics('seen')
    if (request.shutdownApplication && !group.isEmpty) group.shutdownRequestedBy = memberId
    group.endpointEpoch = endpointEpoch
    if (startsDelay) this.delay(shard, groupId)
    if (!member) return this.sessions.forget(groupId, memberId)
    this.keepAlive(shard, groupId, memberId)
    if (moved) this.watchRevocation(shard, groupId, member)
  }

  private delay(shard: GroupShard, groupId: string): void {
    if (this.delays.has(groupId)) return
    const timer = this.options.clock.timer(this.setting(groupId, 'streams.initial.rebalance.delay.ms'), () => {
      this.delays.delete(groupId)
      const group = shard.groups.get(groupId)
      if (group instanceof StreamsGroup)
        void shard.submit(() => delayedTarget(group, this.context(groupId))).catch(() => {})
    })
    this.delays.set(groupId, timer)
  }

  private keepAlive(shard: GroupShard, groupId: string, memberId: string): void {
    const timeout = this.setting(groupId, 'streams.session.timeout.ms')
    this.sessions.begin(groupId, memberId, 'session', timeout, () => this.expel(shard, groupId, memberId))
  }

  /** A member that gives nothing up in time is taken out. */
  private watchRevocation(shard: GroupShard, groupId: string, member: StreamsMember): void {
    const { memberId, memberEpoch, rebalanceTimeoutMs, state } = member
    if (state !== MemberState.unrevoked) return this.sessions.end(groupId, memberId, 'revocation')
    this.sessions.begin(groupId, memberId, 'revocation', rebalanceTimeoutMs, () =>
      this.expel(shard, groupId, memberId, memberEpoch),
    )
  }

  private expel(shard: GroupShard, groupId: string, memberId: string, onlyIn?: number): void {
    const group = shard.groups.get(groupId)
    const member = group instanceof StreamsGroup ? group.members.get(memberId) : undefined
    if (!member || (onlyIn !== undefined && member.memberEpoch !== onlyIn)) return
    this.sessions.forget(groupId, memberId)
    const again = (error: unknown) =>
      this.sessions.beginAgain(error, groupId, memberId, onlyIn === undefined ? 'session' : 'revocation', () =>
        this.expel(shard, groupId, memberId, onlyIn),
      )
    void shard.submit(() => ({ records: removeMember(group as StreamsGroup, member), reply: undefined })).catch(again)
  }

  /** Members of a group that was read from the log have a whole session to make themselves heard. */
  load(shard: GroupShard): void {
    for (const group of shard.groups.values())
      if (group instanceof StreamsGroup)
        for (const member of group.members.values()) {
          this.keepAlive(shard, group.id, member.memberId)
          this.watchRevocation(shard, group.id, member)
        }
  }

  stop(groupId: string): void {
    this.sessions.forgetGroup(groupId)
    this.failures.delete(groupId)
    this.delays.get(groupId)?.cancel()
    this.delays.delete(groupId)
  }
}

/** Throws GROUP_ID_NOT_FOUND. */
export function find(shard: GroupShard, groupId: string): StreamsGroup {
  const group = shard.get(groupId)
  if (group instanceof StreamsGroup) return group
  throw new KafkaError('GROUP_ID_NOT_FOUND', `Group ${groupId} is not a streams group.`)
}

/** The group of a heartbeat: one that joins makes it, and turns a classic group without members into one. */
function joined<T extends { readonly records: readonly unknown[] }>(
  shard: GroupShard,
  { groupId, memberEpoch }: StreamsHeartbeatRequest,
  decide: (group: StreamsGroup) => T,
): T {
  const present = shard.find(groupId)
  if (present instanceof StreamsGroup) return decide(present)
  const joins = memberEpoch === MemberEpoch.join
  if (!present && !joins) throw new KafkaError('GROUP_ID_NOT_FOUND', `Streams group ${groupId} not found.`)
  if (present && !(joins && present instanceof ClassicGroup && present.state === 'Empty'))
    throw new KafkaError('GROUP_ID_NOT_FOUND', `Group ${groupId} is not a streams group.`)
  const decision = decide(new StreamsGroup(groupId))
  return { ...decision, records: [...(present?.tombstones() ?? []), ...decision.records] }
}
