import type { BrokerConfig } from '../../../../../config/broker.ts'
import type { ShareGroupHeartbeat } from '../../../../../protocol/apis/index.ts'
import type { ResponseInput } from '../../../../../protocol/schema/index.ts'
import type { Clock } from '../../../../../runtime/index.ts'
import type { Uuid } from '../../../../../std/uuid.ts'
import { groupSetting } from '../../../../metadata/effective-config.ts'
import type { MetadataImage } from '../../../../metadata/image.ts'
import type { GroupShard } from '../../shard.ts'
import { MemberEpoch } from '../member.ts'
import { Sessions } from '../sessions.ts'
import { ShareAdministration } from './administration.ts'
import type { ShareHeartbeatContext } from './context.ts'
import { find, obtain } from './finding.ts'
import { heartbeat, removeMember, type ShareHeartbeatOutcome, type ShareHeartbeatRequest } from './heartbeat.ts'
import { topicsRecord } from './records.ts'
import { ShareGroup } from './share-group.ts'
import { type NamedPartitions, withoutTopics } from './shared-topics.ts'
import { eachOf, type ShareStates, StateKeeper } from './states.ts'
import { mustSpread } from './target.ts'

export interface ShareGroupsOptions {
  readonly clock: Clock
  readonly config: BrokerConfig
  readonly states: ShareStates
  image(): MetadataImage
}

/** Where the leader of a partition is to begin, by the group's property. */
const BY_PROPERTY = -1
/** Partitions whose state could not be set up are tried again after so long; milliseconds. */
const RETRY_MS = 30_000
/** When a member of a group comes back that waits for its first partitions, and for how long; milliseconds. To set them up takes a few. */
const SOON_MS = 100
const SOON_FOR_MS = 2000

/** The protocol of share groups (KIP-932): one instance serves all such groups of a coordinator; their state is in the shards. */
export class ShareGroups {
  readonly administration: ShareAdministration
  private readonly sessions: Sessions
  private readonly keeper: StateKeeper
  /** When partitions of a group's topic began to be set up, on the monotonic clock. */
  private readonly begun = new Map<string, Map<Uuid, number>>()

  constructor(private readonly options: ShareGroupsOptions) {
    this.sessions = new Sessions(options.clock)
    this.keeper = new StateKeeper(options)
    this.administration = new ShareAdministration(this.keeper, options.image)
  }

  private context(groupId: string): ShareHeartbeatContext {
    const { clock, config, image } = this.options
    return {
      now: clock.now(),
      image: image(),
      maxSize: config.get('group.share.max.size'),
      heartbeatIntervalMs: groupSetting(image(), config, groupId, 'share.heartbeat.interval.ms'),
      assignmentIntervalMs: groupSetting(image(), config, groupId, 'share.assignment.interval.ms'),
      retries: (topicId) => {
        const since = this.begun.get(groupId)?.get(topicId)
        return since === undefined || clock.monotonic() - since >= RETRY_MS
      },
    }
  }

  /** Throws what the protocol has errors for. */
  async heartbeat(
    shard: GroupShard,
    request: ShareHeartbeatRequest,
  ): Promise<ResponseInput<typeof ShareGroupHeartbeat>> {
    const { groupId, memberId, memberEpoch } = request
    if (memberEpoch === MemberEpoch.leave) return this.leave(shard, request)
    const group = obtain(shard, groupId, memberEpoch === MemberEpoch.join)
    let outcome: ShareHeartbeatOutcome | undefined
    const done = shard.submit(() => {
      const decision = heartbeat(group, request, this.context(groupId))
      outcome = decision.reply
      return decision
    })
    try {
      // The records are replayed already: what is in memory only follows at once.
      if (outcome?.sawTopics) find(shard, groupId).noteTopics('seen')
      if (outcome) this.keepAlive(shard, groupId, memberId)
      if (outcome?.initialize) this.noteBegun(groupId, outcome.initialize.partitions)
    } catch (error) {
      // A group that could not be written down is not there: the journal says why.
      await done
      throw error
    }
    const { response, initialize } = await done
    if (initialize) void this.initialize(shard, groupId, initialize).catch(() => {})
    return this.waitsForFirst(shard, groupId)
      ? { ...response, heartbeatIntervalMs: Math.min(response.heartbeatIntervalMs, SOON_MS) }
      : response
  }

  /** Partitions are on their way to members that have none: they shall not wait for them until their next regular heartbeat, as at Apache's broker. */
  private waitsForFirst(shard: GroupShard, groupId: string): boolean {
    const group = shard.groups.get(groupId)
    if (!(group instanceof ShareGroup && group.gaveNothing)) return false
    const now = this.options.clock.monotonic()
    const begun = [...(this.begun.get(groupId)?.values() ?? [])]
    return mustSpread(group) || begun.some((since) => now - since < SOON_FOR_MS)
  }

  private async leave(
    shard: GroupShard,
    { groupId, memberId, memberEpoch }: ShareHeartbeatRequest,
  ): Promise<ResponseInput<typeof ShareGroupHeartbeat>> {
    const group = find(shard, groupId)
    const member = group.member(memberId)
    this.sessions.forget(groupId, memberId)
    const context = { image: this.options.image() }
    await shard.submit(() => ({ records: removeMember(group, member, context), reply: undefined }))
    return { throttleTimeMs: 0, errorCode: 0, memberId, memberEpoch, heartbeatIntervalMs: 0 }
  }

  /** Has the share coordinator set up the group's state, after which members are given the partitions. */
  private async initialize(
    shard: GroupShard,
    groupId: string,
    { partitions, stateEpoch }: NonNullable<ShareHeartbeatOutcome['initialize']>,
  ): Promise<void> {
    const starts = eachOf(partitions).map((one) => ({ ...one, startOffset: BY_PROPERTY }))
    await this.keeper.setUp(shard, groupId, { starts, stateEpoch })
  }

  private noteBegun(groupId: string, partitions: NamedPartitions): void {
    const since = this.begun.get(groupId) ?? new Map<Uuid, number>()
    this.begun.set(groupId, since)
    for (const { topicId } of partitions.listed()) since.set(topicId, this.options.clock.monotonic())
  }

  private keepAlive(shard: GroupShard, groupId: string, memberId: string): void {
    const { image, config } = this.options
    const timeout = groupSetting(image(), config, groupId, 'share.session.timeout.ms')
    this.sessions.begin(groupId, memberId, 'session', timeout, () => this.expel(shard, groupId, memberId))
  }

  private expel(shard: GroupShard, groupId: string, memberId: string): void {
    const group = shard.groups.get(groupId)
    const member = group instanceof ShareGroup ? group.members.get(memberId) : undefined
    if (!member) return
    this.sessions.forget(groupId, memberId)
    const context = { image: this.options.image() }
    void shard
      .submit(() => ({ records: removeMember(group as ShareGroup, member, context), reply: undefined }))
      .catch(() => {})
  }

  /** Members of a group that was read from the log have a whole session to make themselves heard. */
  load(shard: GroupShard): void {
    for (const group of sharesOf(shard))
      for (const memberId of group.members.keys()) this.keepAlive(shard, group.id, memberId)
  }

  stop(groupId: string): void {
    this.sessions.forgetGroup(groupId)
    this.begun.delete(groupId)
  }

  /** Topics are gone for good: what groups know of them goes too. */
  forgetTopic(shard: GroupShard, topicId: Uuid): void {
    const gone = new Set([topicId])
    for (const group of sharesOf(shard)) {
      const { initialized, initializing, deleting } = group.shared
      const isKnown = initialized.of(topicId).size > 0 || initializing.of(topicId).size > 0 || deleting.has(topicId)
      if (!isKnown) continue
      const records = [topicsRecord(group.id, withoutTopics(group.shared, gone))]
      void shard.submit(() => ({ records, reply: undefined })).catch(() => {})
    }
  }
}

const sharesOf = (shard: GroupShard): ShareGroup[] =>
  [...shard.groups.values()].filter((group) => group instanceof ShareGroup)
