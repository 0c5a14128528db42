import { KafkaError } from '../../../../../protocol/errors.ts'
import type { Assignment, EpochAssignment, Partitions } from '../assignment.ts'
import { MemberState } from '../member.ts'
import type { StreamsMember } from './member.ts'
import type { StreamsGroup } from './streams-group.ts'
import { type CurrentTasks, haveCommon, isNothing, noTasks, type Role, sameCurrent, type Tasks } from './tasks.ts'

interface Situation {
  readonly target: Tasks
  readonly targetEpoch: number
  /** What the member says it has; null when it does not say. */
  readonly owned: Tasks | null
}

/**
 * Brings a member one step nearer to its target: first it gives up what is not in it, then it gets what is free, and with that the epoch of
 * the target. Gives the member itself when there is nothing to do. Throws FENCED_MEMBER_EPOCH.
 */
export function reconcile(group: StreamsGroup, member: StreamsMember, situation: Situation): StreamsMember {
  const next = step(group, member, situation)
  const isSame =
    next.state === member.state &&
    next.memberEpoch === member.memberEpoch &&
    next.previousMemberEpoch === member.previousMemberEpoch &&
    sameCurrent(next.assigned, member.assigned) &&
    sameCurrent(next.pendingRevocation, member.pendingRevocation)
  return isSame ? member : next
}

function step(group: StreamsGroup, member: StreamsMember, situation: Situation): StreamsMember {
  const { targetEpoch, owned } = situation
  switch (member.state) {
    case MemberState.stable:
      return member.memberEpoch === targetEpoch ? member : advance(group, member, member.memberEpoch, situation)
    case MemberState.unrevoked:
      if (owned === null || haveCommon(owned, member.pendingRevocation)) return member
      return advance(group, member, member.memberEpoch + 1, situation)
    case MemberState.unreleased:
      return advance(group, member, member.memberEpoch, situation)
    default:
      // A state of later Kafka: the member has to begin anew.
      if (owned === null || !isNothing(owned))
        throw new KafkaError(
          'FENCED_MEMBER_EPOCH',
          'The streams group member is in a unknown state. The member must abandon all its tasks and rejoin.',
        )
      return advance(group, member, targetEpoch, situation)
  }
}

function advance(
  group: StreamsGroup,
  member: StreamsMember,
  memberEpoch: number,
  { target, targetEpoch, owned }: Situation,
): StreamsMember {
  const { processId, assigned } = member
  const inProcess = (role: Role) => (subtopology: string, partition: number) =>
    group.isHeld(role, subtopology, partition, processId)
  const [active, standby, warmup] = [inProcess('active'), inProcess('standby'), inProcess('warmup')]
  const has = (subtopology: string, partition: number) =>
    standby(subtopology, partition) || warmup(subtopology, partition)
  // A task has one owner, and a process no more than one copy of its state.
  const isTaken = (subtopology: string, partition: number) =>
    group.isHeld('active', subtopology, partition) || has(subtopology, partition)
  const isCopied = (subtopology: string, partition: number) =>
    active(subtopology, partition) || has(subtopology, partition)
  const changes = {
    active: compare(assigned.active, target.active, isTaken),
    standby: compare(assigned.standby, target.standby, isCopied),
    warmup: compare(assigned.warmup, target.warmup, isCopied),
  }
  const lost: CurrentTasks = {
    active: pick(assigned.active, changes.active.lost),
    standby: changes.standby.lost,
    warmup: changes.warmup.lost,
  }
  const kept: CurrentTasks = {
    active: pick(assigned.active, changes.active.kept),
    standby: changes.standby.kept,
    warmup: changes.warmup.kept,
  }
  const now = { ...member, previousMemberEpoch: member.memberEpoch }
  if (!isNothing(lost) && (owned === null || haveCommon(owned, lost)))
    return { ...now, memberEpoch, state: MemberState.unrevoked, assigned: kept, pendingRevocation: lost }
  const waits = changes.active.waits || changes.standby.waits || changes.warmup.waits
  const all: CurrentTasks = {
    active: merged(kept.active, changes.active.added, targetEpoch),
    standby: joined(kept.standby, changes.standby.added),
    warmup: joined(kept.warmup, changes.warmup.added),
  }
  const state = waits ? MemberState.unreleased : MemberState.stable
  return { ...now, memberEpoch: targetEpoch, state, assigned: all, pendingRevocation: noTasks }
}

interface Change {
  readonly kept: Assignment
  readonly lost: Assignment
  readonly added: Assignment
  /** Something that is to come is not free yet. */
  readonly waits: boolean
}

function compare(
  present: Partitions,
  target: Assignment,
  isTaken: (subtopology: string, partition: number) => boolean,
): Change {
  const [kept, lost, added] = [new Map(), new Map(), new Map()] as [
    Map<string, Set<number>>,
    Map<string, Set<number>>,
    Map<string, Set<number>>,
  ]
  let waits = false
  for (const subtopology of new Set([...present.keys(), ...target.keys()])) {
    const mine = [...(present.get(subtopology)?.keys() ?? [])]
    const wanted = target.get(subtopology) ?? new Set<number>()
    const missing = [...wanted].filter((partition) => !present.get(subtopology)?.has(partition))
    const free = missing.filter((partition) => !isTaken(subtopology, partition))
    waits ||= free.length < missing.length
    note(
      kept,
      subtopology,
      mine.filter((partition) => wanted.has(partition)),
    )
    note(
      lost,
      subtopology,
      mine.filter((partition) => !wanted.has(partition)),
    )
    note(added, subtopology, free)
  }
  return { kept, lost, added, waits }
}

function note(tasks: Map<string, Set<number>>, subtopology: string, partitions: readonly number[]): void {
  if (partitions.length > 0) tasks.set(subtopology, new Set(partitions))
}

const pick = (tasks: EpochAssignment, wanted: Assignment): EpochAssignment =>
  new Map(
    Array.from(wanted, ([subtopology, partitions]) => [
      subtopology,
      new Map(Array.from(partitions, (one) => [one, tasks.get(subtopology)?.get(one) as number])),
    ]),
  )

function merged(tasks: EpochAssignment, added: Assignment, epoch: number): EpochAssignment {
  const all = new Map(tasks)
  for (const [subtopology, partitions] of added)
    all.set(
      subtopology,
      new Map([...(all.get(subtopology) ?? []), ...Array.from(partitions, (one) => [one, epoch] as const)]),
    )
  return all
}

function joined(tasks: Assignment, added: Assignment): Assignment {
  const all = new Map(tasks)
  for (const [subtopology, partitions] of added)
    all.set(subtopology, new Set([...(all.get(subtopology) ?? []), ...partitions]))
  return all
}
