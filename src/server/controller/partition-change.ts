import type { Uuid } from '../../std/uuid.ts'
import { NO_LEADER, type PartitionImage } from '../metadata/image.ts'
import { recordVersions } from '../metadata/record-forms.ts'
import { type FieldsOf, type MetadataRecord, metadataRecord } from '../metadata/records.ts'
import { completedReassignment } from './reassignment-sets.ts'

/** Whether a leader may have lost committed records, and its replicas must not be counted on yet (KIP-704). */
export const RecoveryState = { recovered: 0, recovering: 1 } as const

/** `online` keeps a leader that can stay; `preferred` gives the place to the first replica; `unclean` takes whoever lives before nobody. */
export type Election = 'online' | 'preferred' | 'unclean'

/** What a partition shall become; what is left out stays. */
export interface PartitionTarget {
  readonly isr?: readonly number[]
  readonly replicas?: readonly number[]
  readonly removing?: readonly number[]
  readonly adding?: readonly number[]
  readonly leaderRecoveryState?: number
  /** The log directory of one replica. */
  readonly directory?: { readonly brokerId: number; readonly id: Uuid }
  /** A broker that may have lost what it had: it is no candidate. */
  readonly uncleanShutdown?: number
}

/** What holds for a partition while it is changed. */
export interface PartitionRules {
  /** Whether a broker could lead the partition now. */
  isAcceptable(brokerId: number): boolean
  /** The directory of a new replica. */
  directoryFor(brokerId: number): Uuid
  readonly election: Election
  /** Whether eligible leaders outside of the ISR are kept (KIP-966). */
  readonly withElr: boolean
  /** min.insync.replicas, never more than there are replicas. */
  readonly minIsr: number
  /** Whether a smaller ISR makes a new leader epoch, as before metadata.version 3.6. */
  readonly shrinkMakesEpoch: boolean
}

export interface PartitionPlace {
  readonly topicId: Uuid
  readonly partitionId: number
}

type Change = { -readonly [K in keyof FieldsOf<'PartitionChangeRecord'>]?: FieldsOf<'PartitionChangeRecord'>[K] }

interface Sets {
  readonly isr: readonly number[]
  readonly replicas: readonly number[]
  readonly removing: readonly number[]
  readonly adding: readonly number[]
  readonly elr: readonly number[]
}

/** The record that brings a partition to what it shall be, with the leader that follows from it; undefined when nothing changes. */
export function partitionChange(
  place: PartitionPlace,
  before: PartitionImage,
  rules: PartitionRules,
  target: PartitionTarget = {},
): MetadataRecord | undefined {
  const sets = withElr(before, rules, target, completed(before, target))
  const elected = elect(before, rules, sets)
  const change: Change = {}
  let { isr, elr } = sets
  if (elected.leader !== before.leader) {
    change.leader = elected.leader
    if (elr.includes(elected.leader)) {
      isr = [elected.leader]
      elr = elr.filter((id) => id !== elected.leader)
    }
    if (elected.isUnclean) {
      isr = [elected.leader]
      elr = []
      if (before.leaderRecoveryState !== RecoveryState.recovering) change.leaderRecoveryState = RecoveryState.recovering
    }
  }
  // A leader must stop to wait for replicas that are none any more.
  if (change.leader === undefined && !includesAll(sets.replicas, before.replicas)) change.leader = before.leader
  // Once the ISR is large enough records can be committed without those outside of it.
  if (!rules.withElr || isr.length >= rules.minIsr) elr = []
  if (!isSame(elr, before.elr)) change.eligibleLeaderReplicas = [...elr]
  // Without ELR the last member stays in the ISR: somebody has to know who has the records.
  const isKept = isr.length === 0 && !rules.withElr
  if (!isKept && !isSame(isr, before.isr)) change.isr = [...isr]
  if (rules.shrinkMakesEpoch && change.leader === undefined && !includesAll(isr, before.isr) && !isKept)
    change.leader = before.leader
  if (rules.withElr) noteLastLeader(before, change)
  noteAssignment(before, rules, target, sets, change)
  const recovery = target.leaderRecoveryState ?? before.leaderRecoveryState
  if (recovery !== before.leaderRecoveryState) change.leaderRecoveryState = recovery
  if (Object.keys(change).length === 0) return undefined
  return metadataRecord('PartitionChangeRecord', recordVersions.partitionChange, { ...place, ...change })
}

/** The sets that are asked for, or those that are left when a reassignment has what it was waiting for. */
function completed(before: PartitionImage, target: PartitionTarget): Omit<Sets, 'elr'> {
  const sets = {
    isr: target.isr ?? before.isr,
    replicas: target.replicas ?? before.replicas,
    removing: target.removing ?? before.removingReplicas,
    adding: target.adding ?? before.addingReplicas,
  }
  const done = completedReassignment(sets)
  return done ? { ...done, removing: [], adding: [] } : sets
}

/** Whoever falls out of an ISR that is too small stays eligible: everything committed is on its disk. */
function withElr(
  before: PartitionImage,
  rules: PartitionRules,
  target: PartitionTarget,
  sets: Omit<Sets, 'elr'>,
): Sets {
  const { isr } = sets
  if (!rules.withElr) return { ...sets, elr: before.elr }
  if (isr.length >= rules.minIsr) return { ...sets, elr: [] }
  const candidates = new Set([...before.elr, ...before.isr])
  const elr = [...candidates].filter((id) => !isr.includes(id) && id !== target.uncleanShutdown)
  return { ...sets, elr: elr.sort((a, b) => a - b) }
}

interface Elected {
  readonly leader: number
  readonly isUnclean: boolean
}

function elect(before: PartitionImage, rules: PartitionRules, sets: Sets): Elected {
  const { isr, elr, replicas } = sets
  const canLead = (id: number) => (isr.includes(id) || (isr.length === 0 && elr.includes(id))) && rules.isAcceptable(id)
  const clean = (leader: number): Elected => ({ leader, isUnclean: false })
  const [preferred] = replicas
  if (rules.election === 'preferred' && preferred !== undefined && canLead(preferred)) return clean(preferred)
  if (canLead(before.leader)) return clean(before.leader)
  const online = replicas.find(canLead)
  if (online !== undefined) return clean(online)
  const [last] = before.lastKnownElr
  const isForsaken = rules.withElr && isr.length === 0 && elr.length === 0 && before.lastKnownElr.length === 1
  if (isForsaken && last !== undefined && rules.isAcceptable(last)) return { leader: last, isUnclean: true }
  const anybody = rules.election === 'unclean' ? replicas.find((id) => rules.isAcceptable(id)) : undefined
  return anybody === undefined ? clean(NO_LEADER) : { leader: anybody, isUnclean: true }
}

/** Where all is lost, the last leader is the one that lost least. */
function noteLastLeader(before: PartitionImage, change: Change): void {
  const { leader } = change
  if (leader === NO_LEADER && before.lastKnownElr.length === 0 && before.leader !== NO_LEADER)
    change.lastKnownElr = [before.leader]
  else if (leader !== undefined && leader >= 0 && before.lastKnownElr.length > 0) change.lastKnownElr = []
}

function noteAssignment(
  before: PartitionImage,
  rules: PartitionRules,
  { directory }: PartitionTarget,
  { replicas, removing, adding }: Sets,
  change: Change,
): void {
  const known = new Map(before.replicas.map((id, at) => [id, before.directories[at]]))
  if (directory) known.set(directory.brokerId, directory.id)
  const directories = replicas.map((id) => known.get(id) ?? rules.directoryFor(id))
  if (!isSame(directories, before.directories)) change.directories = directories
  if (!isSame(replicas, before.replicas)) change.replicas = [...replicas]
  if (!isSame(removing, before.removingReplicas)) change.removingReplicas = [...removing]
  if (!isSame(adding, before.addingReplicas)) change.addingReplicas = [...adding]
}

const isSame = <T>(a: readonly T[], b: readonly T[]): boolean => a.length === b.length && a.every((x, i) => x === b[i])
const includesAll = (all: readonly number[], some: readonly number[]): boolean => some.every((id) => all.includes(id))
