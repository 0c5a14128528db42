/**
 * KRaft's rules (KIP-595) as a pure state machine: an event comes in, a new state and effects come out. It has no clock, socket or disk;
 * the driver carries the effects out. With one voter the same code elects and commits at once.
 */
export interface RaftState {
  readonly nodeId: number
  readonly voters: readonly number[]
  readonly epoch: number
  readonly role: 'follower' | 'candidate' | 'leader'
  /** -1 when unknown. */
  readonly leaderId: number
  /** The candidate that has this epoch's vote; -1 when it was not given. */
  readonly votedFor: number
  readonly votes: readonly number[]
  /** Leader only: where this epoch begins; nothing older counts as committed by itself. */
  readonly epochStart: number
  /** Leader only: how far each voter's log is durable. */
  readonly ends: Readonly<Record<number, number>>
  readonly highWatermark: number
}

export type RaftEvent =
  /** No leader was heard of for an election time-out. */
  | { readonly type: 'election-timeout' }
  | { readonly type: 'vote-request'; readonly from: number; readonly epoch: number; readonly logIsBehind: boolean }
  | { readonly type: 'vote-response'; readonly from: number; readonly epoch: number; readonly granted: boolean }
  /** A leader of an epoch made itself known. */
  | { readonly type: 'leader'; readonly leaderId: number; readonly epoch: number }
  /** The leader's log starts its epoch at this offset. */
  | { readonly type: 'epoch-started'; readonly offset: number }
  /** A voter's log, our own included, is durable up to an offset. */
  | { readonly type: 'durable'; readonly voter: number; readonly end: number }

export type RaftEffect =
  /** Must be on disk before any later effect is carried out. */
  | { readonly type: 'persist'; readonly epoch: number; readonly votedFor: number; readonly leaderId: number }
  | { readonly type: 'request-votes'; readonly epoch: number; readonly from: readonly number[] }
  | { readonly type: 'answer-vote'; readonly to: number; readonly epoch: number; readonly granted: boolean }
  /** Append the LeaderChange message of this epoch and tell the others. */
  | { readonly type: 'lead'; readonly epoch: number; readonly grantedBy: readonly number[] }
  | { readonly type: 'follow'; readonly leaderId: number; readonly epoch: number }
  | { readonly type: 'commit'; readonly highWatermark: number }

export interface Step {
  readonly state: RaftState
  readonly effects: readonly RaftEffect[]
}

export function initialState(nodeId: number, voters: readonly number[], epoch: number, votedFor: number): RaftState {
  return {
    nodeId,
    voters,
    epoch,
    votedFor,
    role: 'follower',
    leaderId: -1,
    votes: [],
    epochStart: 0,
    ends: {},
    highWatermark: 0,
  }
}

const majority = (state: RaftState): number => Math.floor(state.voters.length / 2) + 1
const persist = ({ epoch, votedFor, leaderId }: RaftState): RaftEffect => ({
  type: 'persist',
  epoch,
  votedFor,
  leaderId,
})

export function step(state: RaftState, event: RaftEvent): Step {
  switch (event.type) {
    case 'election-timeout':
      return state.role === 'leader' ? { state, effects: [] } : campaign(state)
    case 'vote-request':
      return answerVote(state, event)
    case 'vote-response':
      return countVote(state, event)
    case 'leader':
      return followLeader(state, event)
    case 'epoch-started':
      return { state: { ...state, epochStart: event.offset }, effects: [] }
    case 'durable':
      return advance(state, event)
  }
}

function campaign(before: RaftState): Step {
  const state: RaftState = {
    ...before,
    role: 'candidate',
    epoch: before.epoch + 1,
    leaderId: -1,
    votedFor: before.nodeId,
    votes: [before.nodeId],
  }
  if (state.votes.length >= majority(state)) return win(state)
  const from = state.voters.filter((voter) => voter !== state.nodeId)
  return { state, effects: [persist(state), { type: 'request-votes', epoch: state.epoch, from }] }
}

function win(candidate: RaftState): Step {
  const state: RaftState = { ...candidate, role: 'leader', leaderId: candidate.nodeId, ends: {} }
  return {
    state,
    effects: [
      // The leader of an epoch is written down instead of the vote: it says more.
      persist({ ...state, votedFor: -1 }),
      { type: 'lead', epoch: state.epoch, grantedBy: state.votes },
    ],
  }
}

function answerVote(state: RaftState, event: Extract<RaftEvent, { type: 'vote-request' }>): Step {
  const refuse = (at: RaftState): RaftEffect => ({
    type: 'answer-vote',
    to: event.from,
    epoch: at.epoch,
    granted: false,
  })
  if (event.epoch < state.epoch) return { state, effects: [refuse(state)] }
  const current: RaftState =
    event.epoch > state.epoch ? { ...state, role: 'follower', epoch: event.epoch, leaderId: -1, votedFor: -1 } : state
  const free = current.leaderId === -1 && (current.votedFor === -1 || current.votedFor === event.from)
  const granted = free && !event.logIsBehind && current.role !== 'leader'
  if (!granted) return { state: current, effects: [persist(current), refuse(current)] }
  const voted: RaftState = { ...current, votedFor: event.from }
  return {
    state: voted,
    effects: [persist(voted), { type: 'answer-vote', to: event.from, epoch: voted.epoch, granted: true }],
  }
}

function countVote(state: RaftState, event: Extract<RaftEvent, { type: 'vote-response' }>): Step {
  if (event.epoch > state.epoch) {
    const later: RaftState = { ...state, role: 'follower', epoch: event.epoch, leaderId: -1, votedFor: -1 }
    return { state: later, effects: [persist(later)] }
  }
  const counts = state.role === 'candidate' && event.epoch === state.epoch && event.granted
  if (!counts || state.votes.includes(event.from)) return { state, effects: [] }
  const next: RaftState = { ...state, votes: [...state.votes, event.from] }
  return next.votes.length >= majority(next) ? win(next) : { state: next, effects: [] }
}

function followLeader(state: RaftState, { leaderId, epoch }: Extract<RaftEvent, { type: 'leader' }>): Step {
  if (epoch < state.epoch || (epoch === state.epoch && state.leaderId === leaderId)) return { state, effects: [] }
  const votedFor = epoch > state.epoch ? -1 : state.votedFor
  const next: RaftState = { ...state, role: 'follower', epoch, leaderId, votedFor }
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
  return { state: { ...next, highWatermark: agreed }, effects: [{ type: 'commit', highWatermark: agreed }] }
}
