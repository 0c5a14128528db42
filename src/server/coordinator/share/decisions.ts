import { Errors, KafkaError } from '../../../protocol/errors.ts'
import { type Decision, nothing } from '../../machine/runner.ts'
import type { SharePartitionKey, SharePartitionState, SharePartitionWrite } from '../../replication/share/persister.ts'
import { combineBatches } from '../../replication/share/state-batch.ts'
import type { ShareSnapshot, ShareStateRecord } from './records.ts'

/** A share partition as its coordinator has it. */
export interface KnownState extends ShareSnapshot {
  /** Updates since the snapshot. */
  readonly updates: number
  /** The latest leader that was heard of, also before the state was set anew: earlier ones are fenced. */
  readonly latestLeader: number
}

export interface ShareDecisionContext {
  /** Wall time in milliseconds. */
  readonly now: number
  readonly updatesPerSnapshot: number
}

type Known = KnownState | undefined
type Decided<Reply = void> = Decision<ShareStateRecord, Reply>

/** Throws INVALID_REQUEST for a share partition that nobody has initialized. */
function initialized(known: Known, verb: string): KnownState {
  if (!known)
    throw new KafkaError(Errors.INVALID_REQUEST, `${verb} operation on uninitialized share partition not allowed.`)
  return known
}

/** Throws FENCED_LEADER_EPOCH when a later leader was heard of. */
function checkLeader(known: KnownState, leaderEpoch: number): void {
  if (leaderEpoch !== -1 && known.latestLeader > leaderEpoch) throw new KafkaError('FENCED_LEADER_EPOCH')
}

/** Throws FENCED_STATE_EPOCH when the state was set anew meanwhile. */
function checkState(known: KnownState, stateEpoch: number): void {
  if (stateEpoch !== -1 && known.stateEpoch > stateEpoch) throw new KafkaError('FENCED_STATE_EPOCH')
}

/** Sets where a group begins to read; an offset of -1 leaves that to the leader. */
export function initialize(
  known: Known,
  key: SharePartitionKey,
  { stateEpoch, startOffset }: Pick<SharePartitionState, 'stateEpoch' | 'startOffset'>,
  { now }: ShareDecisionContext,
): Decided {
  if (known) checkState(known, stateEpoch)
  // A group's coordinator asks until it is answered, and the next one asks as well: what was set up meanwhile may be in use by now.
  if (known?.stateEpoch === stateEpoch && startOffset === -1) return { records: nothing, reply: undefined }
  const value: ShareSnapshot = {
    snapshotEpoch: known ? known.snapshotEpoch + 1 : 0,
    stateEpoch,
    leaderEpoch: 0,
    startOffset,
    deliveryCompleteCount: startOffset === -1 ? -1 : 0,
    createTimestamp: now,
    writeTimestamp: now,
    stateBatches: [],
  }
  return { records: [{ type: 'snapshot', key, value }], reply: undefined }
}

/** Gives the state; a leader epoch that is new is noted, so that earlier leaders write no more. */
export function read(
  known: Known,
  key: SharePartitionKey,
  leaderEpoch: number,
  context: ShareDecisionContext,
): Decided<SharePartitionState> {
  const state = initialized(known, 'Read')
  checkLeader(state, leaderEpoch)
  const reply = { stateEpoch: state.stateEpoch, startOffset: state.startOffset, batches: state.stateBatches }
  if (leaderEpoch === -1 || leaderEpoch === state.latestLeader) return { records: nothing, reply }
  const { stateEpoch, startOffset, deliveryCompleteCount } = state
  const change = { stateEpoch, startOffset, deliveryCompleteCount, leaderEpoch, batches: [] }
  return { records: [changeRecord(state, key, change, leaderEpoch, context)], reply }
}

/** Takes over what a leader says of its share partition. */
export function write(
  known: Known,
  key: SharePartitionKey,
  change: SharePartitionWrite,
  context: ShareDecisionContext,
): Decided {
  const state = initialized(known, 'Write')
  checkLeader(state, change.leaderEpoch)
  checkState(state, change.stateEpoch)
  return { records: [changeRecord(state, key, inOrder(state, change), state.leaderEpoch, context)], reply: undefined }
}

/**
 * A group goes forward only while its state lasts. Who says that it begins earlier has said so before what is known already, and is late: what lies
 * between has been forgotten as done with, and would be delivered again.
 */
function inOrder(state: KnownState, change: SharePartitionWrite): SharePartitionWrite {
  const { startOffset, deliveryCompleteCount } = state
  if (change.startOffset === -1 || change.startOffset >= startOffset) return change
  return { ...change, startOffset, deliveryCompleteCount }
}

/** Removes the state. */
export function remove(known: Known, key: SharePartitionKey): Decided {
  return { records: known ? [{ type: 'snapshot', key, value: undefined }] : nothing, reply: undefined }
}

/** An update, or the whole state anew after so many of them. */
function changeRecord(
  state: KnownState,
  key: SharePartitionKey,
  { startOffset, deliveryCompleteCount, batches }: SharePartitionWrite,
  leaderEpoch: number,
  { now, updatesPerSnapshot }: ShareDecisionContext,
): ShareStateRecord {
  const { snapshotEpoch, stateEpoch } = state
  if (state.updates < updatesPerSnapshot) {
    const stateBatches = combineBatches([], batches, startOffset)
    return {
      type: 'update',
      key,
      value: { snapshotEpoch, leaderEpoch, startOffset, deliveryCompleteCount, stateBatches },
    }
  }
  const start = startOffset === -1 ? state.startOffset : startOffset
  const value: ShareSnapshot = {
    ...{ snapshotEpoch: snapshotEpoch + 1, stateEpoch, leaderEpoch, startOffset: start, deliveryCompleteCount },
    ...{ createTimestamp: now, writeTimestamp: now, stateBatches: combineBatches(state.stateBatches, batches, start) },
  }
  return { type: 'snapshot', key, value }
}

/** The state after a record. */
export function applyRecord(known: Known, { type, value }: ShareStateRecord): Known {
  if (!value) return undefined
  const latestLeader = Math.max(known?.latestLeader ?? -1, value.leaderEpoch)
  if (type === 'snapshot') return { ...value, updates: 0, latestLeader }
  // An update without its snapshot is all that a log tells whose beginning was lost.
  const base = known ?? { ...value, stateEpoch: 0, createTimestamp: 0, writeTimestamp: 0, stateBatches: [], updates: 0 }
  const { leaderEpoch, deliveryCompleteCount } = value
  const startOffset = value.startOffset === -1 ? base.startOffset : value.startOffset
  const stateBatches = combineBatches(base.stateBatches, value.stateBatches, startOffset)
  return {
    ...base,
    leaderEpoch,
    startOffset,
    deliveryCompleteCount,
    stateBatches,
    updates: base.updates + 1,
    latestLeader,
  }
}

/** The whole state anew for share partitions that nobody has written of for long, so that the log before it may go. */
export function snapshotCold(
  states: Iterable<readonly [SharePartitionKey, KnownState]>,
  now: number,
  coldMs: number,
): ShareStateRecord[] {
  const records: ShareStateRecord[] = []
  for (const [key, { updates, latestLeader, ...value }] of states) {
    // One that was written so before has nothing new.
    if (now - value.writeTimestamp < coldMs || value.createTimestamp !== value.writeTimestamp) continue
    const anew = { ...value, snapshotEpoch: value.snapshotEpoch + 1, writeTimestamp: now }
    records.push({ type: 'snapshot', key, value: anew })
  }
  return records
}
