import { KafkaError } from '../../../../../protocol/errors.ts'
import type { GroupRecord } from '../../records.ts'
import type { Commit } from '../commit.ts'
import { MemberEpoch } from '../member.ts'
import { ModernGroup } from '../modern-group.ts'
import { newMember, type StreamsMember } from './member.ts'
import { sourcesOf } from './partition-counts.ts'
import { currentTasks, groupTombstones, type StreamsRecord, type Topology } from './records.ts'
import { assignmentOf, type Role, roles, type Tasks } from './tasks.ts'
import { requiredTopics } from './topology.ts'

const noConfigs: ReadonlyMap<string, string> = new Map()

/** A group of the threads of a Kafka Streams application, to which the coordinator assigns tasks (KIP-1071). */
export class StreamsGroup extends ModernGroup<StreamsMember, Tasks> {
  readonly type = 'streams'
  topology: Topology | undefined
  /** The topology's epoch, once all topics that it needs were there; -1 before. */
  validatedTopologyEpoch = -1
  configs = noConfigs
  /** Counts changes of who answers queries for what. In memory only, like the next. */
  endpointEpoch = 0
  /** Who asked for the whole application to stop. */
  shutdownRequestedBy: string | undefined
  /** Role -> task -> processes that have it -> how many members of theirs. */
  private readonly holders: Readonly<Record<Role, Map<string, Map<string, number>>>> = {
    ...{ active: new Map(), standby: new Map(), warmup: new Map() },
  }
  private required: ReadonlySet<string> = new Set()

  get topics(): ReadonlySet<string> {
    return this.required
  }

  override get state(): string {
    const isReady = this.topology !== undefined && this.topology.epoch === this.validatedTopologyEpoch
    return this.isEmpty || isReady ? super.state : 'NotReady'
  }

  /** An application that is not running reads nothing. */
  override isSubscribed(topic: string): boolean {
    return !this.isEmpty && (this.topology?.subtopologies.some((one) => sourcesOf(one).includes(topic)) ?? false)
  }

  /** Whether a process has a task in a role; without a process, whether any has. */
  isHeld(role: Role, subtopologyId: string, partition: number, processId?: string): boolean {
    const holders = this.holders[role].get(taskKey(subtopologyId, partition))
    return processId === undefined ? holders !== undefined : (holders?.has(processId) ?? false)
  }

  replay(record: StreamsRecord): void {
    switch (record.name) {
      case 'epoch':
        this.replayEpoch(record.value)
        this.validatedTopologyEpoch = record.value?.validatedTopologyEpoch ?? -1
        this.configs = new Map(record.value?.lastAssignmentConfigs?.map(({ key, value }) => [key, value]))
        return
      case 'member':
        return this.replayMember(record)
      case 'targetEpoch':
        return this.replayTargetEpoch(record.value)
      case 'target':
        if (record.value)
          this.target.set(record.key.memberId, {
            active: assignmentOf(record.value.activeTasks),
            standby: assignmentOf(record.value.standbyTasks),
            warmup: assignmentOf(record.value.warmupTasks),
          })
        else this.target.delete(record.key.memberId)
        return
      case 'current':
        return this.replayCurrent(record)
      case 'topology':
        this.topology = record.value
        this.required = record.value ? requiredTopics(record.value) : new Set()
    }
  }

  private replayMember({ key: { memberId }, value }: Extract<StreamsRecord, { name: 'member' }>): void {
    this.count(memberId, -1)
    if (value) {
      const { clientTags, userEndpoint, ...fields } = value
      const tags = new Map(clientTags.map(({ key, value: text }) => [key, text]))
      this.put({ ...(this.members.get(memberId) ?? newMember(memberId)), ...fields, userEndpoint, clientTags: tags })
    } else this.remove(memberId)
    this.count(memberId, 1)
    if (this.isEmpty) this.shutdownRequestedBy = undefined
  }

  private replayCurrent({ key: { memberId }, value }: Extract<StreamsRecord, { name: 'current' }>): void {
    const present = this.members.get(memberId)
    // A compacted log may have what a member was given without the member.
    if (!value && !present) return
    this.count(memberId, -1)
    const nothing = { ...newMember(memberId), memberEpoch: MemberEpoch.leave, previousMemberEpoch: MemberEpoch.leave }
    const { state, assigned, pendingRevocation } = value ? currentTasks(value) : nothing
    this.put({
      ...(present ?? newMember(memberId)),
      memberEpoch: value?.memberEpoch ?? MemberEpoch.leave,
      previousMemberEpoch: value?.previousMemberEpoch ?? MemberEpoch.leave,
      ...{ state, assigned, pendingRevocation },
    })
    this.count(memberId, 1)
  }

  /** Notes, or forgets, which process has the tasks of a member. */
  private count(memberId: string, by: 1 | -1): void {
    const member = this.members.get(memberId)
    if (!member) return
    for (const role of roles)
      for (const tasks of [member.assigned[role], member.pendingRevocation[role]])
        for (const [subtopologyId, partitions] of tasks)
          for (const partition of partitions.keys())
            countHolder(this.holders[role], taskKey(subtopologyId, partition), member.processId, by)
  }

  tombstones(): GroupRecord[] {
    return groupTombstones(this.id)
  }

  /**
   * Whether somebody may commit: a member in its epoch, or in an earlier one in which it had the tasks already (KIP-1251); anybody when
   * there are no members. Throws UNKNOWN_MEMBER_ID, STALE_MEMBER_EPOCH or UNSUPPORTED_VERSION.
   */
  checkCommit({ memberId, instanceId, memberEpoch, inTransaction, knowsEpochs, partitions }: Commit): void {
    if (memberEpoch < 0 && this.isEmpty) return
    if (inTransaction && memberEpoch === -1 && memberId === '' && instanceId === null) return
    const member = this.member(memberId)
    if (!knowsEpochs) throw new KafkaError('UNSUPPORTED_VERSION')
    if (memberEpoch === member.memberEpoch) return
    if (memberEpoch > member.memberEpoch) throw new KafkaError('STALE_MEMBER_EPOCH')
    for (const { topic, partition } of partitions) {
      const subtopology =
        this.topology?.subtopologies.find((one) => sourcesOf(one).includes(topic))?.subtopologyId ?? ''
      const since =
        member.assigned.active.get(subtopology)?.get(partition) ??
        member.pendingRevocation.active.get(subtopology)?.get(partition)
      if (since === undefined || memberEpoch < since) throw new KafkaError('STALE_MEMBER_EPOCH')
    }
  }
}

const taskKey = (subtopologyId: string, partition: number): string => `${partition}:${subtopologyId}`

function countHolder(tasks: Map<string, Map<string, number>>, task: string, processId: string, by: 1 | -1): void {
  const holders = tasks.get(task) ?? new Map<string, number>()
  const count = (holders.get(processId) ?? 0) + by
  if (count > 0) holders.set(processId, count)
  else holders.delete(processId)
  if (holders.size > 0) tasks.set(task, holders)
  else tasks.delete(task)
}
