/**
 * KRaft's rules (KIP-595, KIP-853, KIP-996) as a pure state machine: an event comes in, a new state and effects come out. It has no clock, socket or disk;
 * the driver carries the effects out. With one voter the same code elects and commits at once.
 */
import { type Uuid, ZERO_UUID } from '../../std/uuid.ts'

export interface RaftState {
  readonly nodeId: number
  /** Those of the newest record of voters in the log, committed or not. */
  readonly voters: readonly number[]
  /** Whether this node is one of them: one that has lost its disk is not the voter that had its id. */
  readonly hasVote: boolean
  /** Offset of that record; -1 for voters that no record names. */
  readonly votersAt: number
  readonly epoch: number
  /** Prospective: it asks whether it would be elected before it begins an epoch, which would end that of a leader that is well (KIP-996). */
  readonly role: 'follower' | 'prospective' | 'candidate' | 'leader'
  /** Of this epoch, for as long as the epoch lasts; -1 when unknown. */
  readonly leaderId: number
  /** Follower only: the leader is well, as far as is known. */
  readonly hears: boolean
  /** The candidate that has this epoch's vote; -1 when it was not given. */
  readonly votedFor: number
  /** Of that candidate, where it has told its directory: a node that has lost its disk is another voter (KIP-853). */
  readonly votedDirectory: Uuid
  readonly votes: readonly number[]
  /** Leader only: where this epoch begins; nothing older counts as committed by itself. */
  readonly epochStart: number
  /** Leader only: how far each voter's log is durable. */
  readonly ends: Readonly<Record<number, number>>
  readonly highWatermark: number
}

export type RaftEvent =
  /** No leader was heard of for an election time-out. `wasVoter`: the record that takes this node its vote may not be committed. */
  | { readonly type: 'election-timeout'; readonly wasVoter?: boolean }
  | {
      readonly type: 'vote-request'
      readonly from: number
      readonly directory?: Uuid
      readonly epoch: number
      readonly logIsBehind: boolean
      readonly preVote: boolean
    }
  | {
      readonly type: 'vote-response'
      readonly from: number
      readonly epoch: number
      readonly granted: boolean
      readonly preVote: boolean
    }
  /** An epoch was heard of whose leader is not known. */
  | { readonly type: 'epoch'; readonly epoch: number }
  /** The leader has said that it goes. */
  | { readonly type: 'leader-left' }
  /** A majority has not been heard of for too long. */
  | { readonly type: 'resign' }
  /** Somebody knows who leads in an epoch. */
  | { readonly type: 'leader'; readonly leaderId: number; readonly epoch: number }
  /** The leader itself was heard. */
  | { readonly type: 'leader-heard' }
  /** The leader's log starts its epoch at this offset. */
  | { readonly type: 'epoch-started'; readonly offset: number }
  /** The voters are others from here on, as the log says (KIP-853). */
  | { readonly type: 'voters'; readonly voters: readonly number[]; readonly hasVote: boolean; readonly at: number }
  /** A voter's log, our own included, is durable up to an offset. */
  | { readonly type: 'durable'; readonly voter: number; readonly end: number }

export type RaftEffect =
  /** Must be on disk before any later effect is carried out. */
  | {
      readonly type: 'persist'
      readonly epoch: number
      readonly votedFor: number
      readonly votedDirectory: Uuid
      readonly leaderId: number
    }
  | {
      readonly type: 'request-votes'
      readonly epoch: number
      readonly from: readonly number[]
      readonly preVote: boolean
    }
  | { readonly type: 'answer-vote'; readonly to: number; readonly epoch: number; readonly granted: boolean }
  /** Append the LeaderChange message of this epoch and tell the others. */
  | { readonly type: 'lead'; readonly epoch: number; readonly grantedBy: readonly number[] }
  | { readonly type: 'follow'; readonly leaderId: number; readonly epoch: number }
  | { readonly type: 'commit'; readonly highWatermark: number }
  /** It leads, and is no voter any more, which is committed: it has to go. */
  | { readonly type: 'leave' }

export interface Step {
  readonly state: RaftState
  readonly effects: readonly RaftEffect[]
}

/** What is known at the start: `votedFor` and `leaderId` are of this epoch, and keep this node from voting in it once more. */
export function initialState(
  nodeId: number,
  voters: readonly number[],
  epoch: number,
  votedFor: number,
  leaderId = -1,
  votedDirectory = ZERO_UUID,
): RaftState {
  return {
    nodeId,
    voters,
    hasVote: voters.includes(nodeId),
    votersAt: -1,
    epoch,
    votedFor,
    votedDirectory,
    role: 'follower',
    leaderId,
    hears: false,
    votes: [],
    epochStart: 0,
    ends: {},
    highWatermark: 0,
  }
}

const noVote = { votedFor: -1, votedDirectory: ZERO_UUID }
const majority = (state: RaftState): number => Math.floor(state.voters.length / 2) + 1
const persist = ({ epoch, votedFor, votedDirectory, leaderId }: RaftState): RaftEffect => ({
  type: 'persist',
  epoch,
  votedFor,
  votedDirectory,
  leaderId,
})

export function step(state: RaftState, event: RaftEvent): Step {
  switch (event.type) {
    case 'election-timeout':
      if (state.role === 'leader') return { state, effects: [] }
      // Who has no vote asks for none, but may give one to somebody whom its log does not name yet. A leader that has removed itself, and was lost before
      // that was committed, asks nevertheless: nobody else may have a log as long as its own.
      if (!state.hasVote && !event.wasVoter) return { state: { ...state, hears: false }, effects: [] }
      return state.hasVote && state.voters.length === 1 ? campaign(state) : sound(state)
    case 'vote-request':
      return answerVote(state, event)
    case 'vote-response':
      return countVote(state, event)
    case 'leader':
      return followLeader(state, event)
    case 'epoch':
      return event.epoch > state.epoch ? enter(state, event.epoch) : { state, effects: [] }
    case 'leader-heard':
      return state.leaderId === -1 || state.leaderId === state.nodeId
        ? { state, effects: [] }
        : { state: { ...state, role: 'follower', hears: true }, effects: [] }
    case 'leader-left':
      return { state: { ...state, hears: false }, effects: [] }
    case 'resign':
      return state.role === 'leader'
        ? { state: { ...state, role: 'follower', hears: false }, effects: [] }
        : { state, effects: [] }
    case 'epoch-started':
      return { state: { ...state, epochStart: event.offset }, effects: [] }
    case 'voters':
      return { state: changeVoters(state, event), effects: [] }
    case 'durable':
      return advance(state, event)
  }
}

/** Asks whether others would elect it: they have not heard of a leader either, and have no more than it has. */
function sound(before: RaftState): Step {
  const state: RaftState = { ...before, role: 'prospective', hears: false, votes: ownVote(before) }
  return { state, effects: [{ type: 'request-votes', epoch: state.epoch, from: others(state), preVote: true }] }
}

const ownVote = ({ hasVote, nodeId }: RaftState): number[] => (hasVote ? [nodeId] : [])
const others = ({ voters, nodeId }: RaftState): number[] => voters.filter((voter) => voter !== nodeId)

function campaign(before: RaftState): Step {
  const state: RaftState = {
    ...before,
    role: 'candidate',
    epoch: before.epoch + 1,
    leaderId: -1,
    hears: false,
    votedFor: before.nodeId,
    votedDirectory: ZERO_UUID,
    votes: ownVote(before),
  }
  if (state.votes.length >= majority(state)) return win(state)
  const { epoch } = state
  return { state, effects: [persist(state), { type: 'request-votes', epoch, from: others(state), preVote: false }] }
}

function win(candidate: RaftState): Step {
  const state: RaftState = { ...candidate, role: 'leader', leaderId: candidate.nodeId, ends: {} }
  return {
    state,
    effects: [
      // The leader of an epoch is written down instead of the vote: it says more.
      persist({ ...state, ...noVote }),
      { type: 'lead', epoch: state.epoch, grantedBy: state.votes },
    ],
  }
}

/** An epoch that others have begun, in which nobody is known to lead. */
function enter(state: RaftState, epoch: number): Step {
  const next: RaftState = { ...state, role: 'follower', epoch, leaderId: -1, hears: false, ...noVote }
  return { state: next, effects: [persist(next)] }
}

function answerVote(before: RaftState, event: Extract<RaftEvent, { type: 'vote-request' }>): Step {
  const { from, directory = ZERO_UUID, epoch, logIsBehind, preVote } = event
  const answer = (at: RaftState, granted: boolean): RaftEffect => ({
    type: 'answer-vote',
    to: from,
    epoch: at.epoch,
    granted,
  })
  if (epoch < before.epoch) return { state: before, effects: [answer(before, false)] }
  const { state, effects } =
    epoch > before.epoch ? enter(before, epoch) : { state: before, effects: [] as readonly RaftEffect[] }
  if (preVote) {
    const missesLeader = !state.hears && state.role !== 'leader'
    return { state, effects: [...effects, answer(state, missesLeader && !logIsBehind)] }
  }
  // In an epoch that has had a leader there is no vote left: a second one must never win it.
  const isSame = state.votedFor === from && state.votedDirectory === directory
  const free = state.leaderId === -1 && (state.votedFor === -1 || isSame)
  if (!free || logIsBehind) return { state, effects: [...effects, answer(state, false)] }
  const voted: RaftState = { ...state, role: 'follower', votedFor: from, votedDirectory: directory }
  return { state: voted, effects: [persist(voted), answer(voted, true)] }
}

function countVote(state: RaftState, event: Extract<RaftEvent, { type: 'vote-response' }>): Step {
  if (event.epoch > state.epoch) return enter(state, event.epoch)
  const isOpen = state.role === (event.preVote ? 'prospective' : 'candidate') && event.epoch === state.epoch
  const counts = isOpen && event.granted && state.voters.includes(event.from)
  if (!counts || state.votes.includes(event.from)) return { state, effects: [] }
  const next: RaftState = { ...state, votes: [...state.votes, event.from] }
  if (next.votes.length < majority(next)) return { state: next, effects: [] }
  return event.preVote ? campaign(next) : win(next)
}

/** What was known of a voter that goes is forgotten: one that comes back under its id may have another disk. */
function changeVoters(state: RaftState, { voters, hasVote, at }: Extract<RaftEvent, { type: 'voters' }>): RaftState {
  const isKept = (id: number) => voters.includes(id) || id === state.nodeId
  const ends = Object.fromEntries(Object.entries(state.ends).filter(([id]) => isKept(Number(id))))
  const stands = state.role === 'prospective' || state.role === 'candidate'
  const role = stands && !hasVote ? 'follower' : state.role
  return { ...state, role, voters, hasVote, votersAt: at, ends }
}

function followLeader(state: RaftState, { leaderId, epoch }: Extract<RaftEvent, { type: 'leader' }>): Step {
  // That others know the leader which is known here is no sign that it is well.
  const isNews = epoch > state.epoch || (epoch === state.epoch && state.leaderId === -1)
  if (!isNews || leaderId === state.nodeId) return { state, effects: [] }
  const vote = epoch > state.epoch ? noVote : {}
  const next: RaftState = { ...state, role: 'follower', epoch, leaderId, hears: true, ...vote }
  return { state: next, effects: [persist(next), { type: 'follow', leaderId, epoch }] }
}

function advance(state: RaftState, event: Extract<RaftEvent, { type: 'durable' }>): Step {
  if (state.role !== 'leader') return { state, effects: [] }
  const ends = { ...state.ends, [event.voter]: event.end }
  const sorted = state.voters.map((voter) => ends[voter] ?? 0).sort((a, b) => b - a)
  const agreed = sorted[majority(state) - 1] as number
  const next = { ...state, ends }
  // An older epoch's records are committed only together with the first one of this epoch (Raft, figure 8).
  if (agreed <= state.highWatermark || agreed <= state.epochStart) return { state: next, effects: [] }
  const commit: RaftEffect = { type: 'commit', highWatermark: agreed }
  // A leader that was removed goes on until that is committed, without counting itself.
  const leaves = !state.hasVote && agreed > state.votersAt
  return { state: { ...next, highWatermark: agreed }, effects: leaves ? [commit, { type: 'leave' }] : [commit] }
}
