import { describe, expect, it } from 'vitest'
import { initialState, type RaftEvent, type RaftState, step } from '../../../src/server/raft/core.ts'
import { ZERO_UUID } from '../../../src/std/uuid.ts'

/** The rules of KRaft (KIP-595), event by event; `1` is this node. */
const follower = (over: Partial<RaftState> = {}): RaftState => ({ ...initialState(1, [1, 2, 3], 5, -1), ...over })
const prospective = follower({ role: 'prospective', votes: [1] })
const candidate = follower({ role: 'candidate', epoch: 6, votedFor: 1, votes: [1] })
const leader = follower({
  role: 'leader',
  epoch: 6,
  leaderId: 1,
  votedFor: 1,
  votes: [1, 2],
  epochStart: 10,
  highWatermark: 8,
})

/** A directory. */
const OTHER = 'MkU3OEVBNTcwNTJENDM2Qg'
const types = (state: RaftState, event: RaftEvent) => step(state, event).effects.map(({ type }) => type)
const ask = (epoch: number, over: Partial<Extract<RaftEvent, { type: 'vote-request' }>> = {}): RaftEvent => ({
  type: 'vote-request',
  from: 2,
  epoch,
  logIsBehind: false,
  preVote: false,
  ...over,
})

describe('one voter', () => {
  it('elects itself, and commits what is on its disk', () => {
    const elected = step(initialState(1, [1], 5, -1), { type: 'election-timeout' })
    expect(elected.state).toMatchObject({ role: 'leader', epoch: 6, leaderId: 1 })
    expect(elected.effects).toEqual([
      { type: 'persist', epoch: 6, votedFor: -1, votedDirectory: ZERO_UUID, leaderId: 1 },
      { type: 'lead', epoch: 6, grantedBy: [1] },
    ])
    const started = step(elected.state, { type: 'epoch-started', offset: 10 }).state
    expect(types(started, { type: 'durable', voter: 1, end: 10 })).toEqual([])
    expect(step(started, { type: 'durable', voter: 1, end: 11 }).effects).toEqual([
      { type: 'commit', highWatermark: 11 },
    ])
  })
})

describe('three voters', () => {
  it('asks whether it would be elected before it begins an epoch', () => {
    const led = follower({ leaderId: 3, hears: true, votedFor: 2 })
    const { state, effects } = step(led, { type: 'election-timeout' })
    expect(state).toMatchObject({ role: 'prospective', epoch: 5, hears: false, votes: [1] })
    expect(effects).toEqual([{ type: 'request-votes', epoch: 5, from: [2, 3], preVote: true }])
    // What this epoch has seen is not forgotten.
    expect(state).toMatchObject({ leaderId: 3, votedFor: 2 })
    expect(step(leader, { type: 'election-timeout' })).toEqual({ state: leader, effects: [] })
  })

  it('campaigns in a new epoch, with its own vote on disk before it asks', () => {
    const answer = { type: 'vote-response', from: 2, epoch: 5, granted: true, preVote: true } as const
    const { state, effects } = step(prospective, answer)
    expect(state).toMatchObject({ role: 'candidate', epoch: 6, votedFor: 1, votes: [1], leaderId: -1 })
    expect(effects).toEqual([
      { type: 'persist', epoch: 6, votedFor: 1, votedDirectory: ZERO_UUID, leaderId: -1 },
      { type: 'request-votes', epoch: 6, from: [2, 3], preVote: false },
    ])
    // Late answers to the question before are no votes.
    expect(step(state, answer)).toEqual({ state, effects: [] })
    expect(step(state, { ...answer, epoch: 6 })).toEqual({ state, effects: [] })
    expect(step(prospective, { ...answer, preVote: false })).toEqual({ state: prospective, effects: [] })
    expect(step(prospective, { ...answer, granted: false })).toEqual({ state: prospective, effects: [] })
  })

  it.each<[string, RaftState, Partial<Extract<RaftEvent, { type: 'vote-request' }>>, boolean]>([
    ['nobody leads', follower(), {}, true],
    ['the leader is not heard any more', follower({ leaderId: 3 }), {}, true],
    ['it has voted for another', follower({ votedFor: 3 }), {}, true],
    ['the leader is heard', follower({ leaderId: 3, hears: true }), {}, false],
    ['it leads itself', leader, { epoch: 6 }, false],
    ['the other has less', follower(), { logIsBehind: true }, false],
    ['the other is in an older epoch', follower(), { epoch: 4 }, false],
  ])('says whether it would vote when %s, and promises nothing', (_, before, over, granted) => {
    const { state, effects } = step(before, ask(5, { preVote: true, ...over }))
    expect(state).toEqual(before)
    expect(effects).toEqual([{ type: 'answer-vote', to: 2, epoch: before.epoch, granted }])
  })

  it('never votes in an epoch that has had a leader, also when that is lost, or this node was it', () => {
    const lost = step(follower({ leaderId: 3, hears: true }), { type: 'election-timeout' }).state
    const resigned = step(leader, { type: 'resign' }).state
    expect(resigned).toMatchObject({ role: 'follower', epoch: 6, leaderId: 1 })
    for (const [state, epoch] of [
      [lost, 5],
      [resigned, 6],
      [initialState(1, [1, 2, 3], 6, -1, 1), 6],
    ] as const)
      expect(step(state, ask(epoch)).effects.at(-1)).toMatchObject({ granted: false })
  })

  it('hears the leader of its epoch again', () => {
    const lost = step(follower({ leaderId: 3, hears: true }), { type: 'election-timeout' }).state
    // What others say of it is no sign that it is well.
    expect(step(lost, { type: 'leader', leaderId: 3, epoch: 5 })).toEqual({ state: lost, effects: [] })
    const { state } = step(lost, { type: 'leader-heard' })
    expect(state).toMatchObject({ role: 'follower', hears: true })
    expect(step(leader, { type: 'leader-heard' })).toEqual({ state: leader, effects: [] })
    expect(step(state, { type: 'leader', leaderId: 2, epoch: 5 })).toEqual({ state, effects: [] })
  })

  it.each<[string, RaftState, RaftEvent, boolean, Partial<RaftState>]>([
    ['an older epoch', follower(), ask(4), false, { epoch: 5, votedFor: -1 }],
    ['this epoch, free', follower(), ask(5), true, { epoch: 5, votedFor: 2 }],
    ['this epoch, given to it', follower({ votedFor: 2 }), ask(5), true, { votedFor: 2 }],
    ['this epoch, given to it with another disk', follower({ votedFor: 2, votedDirectory: OTHER }), ask(5), false, {}],
    ['this epoch, given to another', follower({ votedFor: 3 }), ask(5), false, { votedFor: 3 }],
    ['this epoch, leader known', follower({ leaderId: 3 }), ask(5), false, { leaderId: 3 }],
    ['a newer epoch, given before', follower({ votedFor: 3 }), ask(7), true, { epoch: 7, votedFor: 2 }],
    ['a newer epoch, log behind', follower(), ask(7, { logIsBehind: true }), false, { epoch: 7, votedFor: -1 }],
    ['a newer epoch, as candidate', candidate, ask(7), true, { role: 'follower', epoch: 7, votedFor: 2 }],
    ['its own epoch, as candidate', candidate, ask(6), false, { role: 'candidate', votedFor: 1 }],
    ['its own epoch, as leader', leader, ask(6), false, { role: 'leader', leaderId: 1 }],
    ['a newer epoch, as leader', leader, ask(7), true, { role: 'follower', epoch: 7, leaderId: -1, votedFor: 2 }],
  ])('answers a vote request of %s', (_, before, event, granted, after) => {
    const { state, effects } = step(before, event)
    expect(state).toMatchObject(after)
    expect(effects.at(-1)).toEqual({ type: 'answer-vote', to: 2, epoch: state.epoch, granted })
    // What is promised is on disk before it is said.
    if (granted)
      expect(effects[0]).toEqual({
        type: 'persist',
        epoch: state.epoch,
        votedFor: 2,
        votedDirectory: ZERO_UUID,
        leaderId: -1,
      })
  })

  it('gives one vote an epoch, whoever asks in whatever order', () => {
    for (const order of [
      [2, 3],
      [3, 2],
    ] as const) {
      let state = follower()
      const granted: number[] = []
      for (const from of [...order, ...order])
        for (const effect of step(state, ask(6, { from })).effects) {
          if (effect.type === 'answer-vote' && effect.granted) granted.push(from)
          state = step(state, ask(6, { from })).state
        }
      expect(new Set(granted)).toEqual(new Set([order[0]]))
    }
  })

  it('wins with a majority, counting each voter once', () => {
    const vote = (from: number, epoch = 6, granted = true): RaftEvent => ({
      type: 'vote-response',
      from,
      epoch,
      granted,
      preVote: false,
    })
    expect(step(candidate, vote(2)).state).toMatchObject({ role: 'leader', leaderId: 1, epoch: 6 })
    expect(step(candidate, vote(2, 6, false))).toEqual({ state: candidate, effects: [] })
    expect(step(candidate, vote(1))).toEqual({ state: candidate, effects: [] })
    expect(step(candidate, vote(2, 5))).toEqual({ state: candidate, effects: [] })
    expect(step(leader, vote(3))).toEqual({ state: leader, effects: [] })
    const five = { ...candidate, voters: [1, 2, 3, 4, 5] }
    expect(step(step(five, vote(2)).state, vote(2)).state.role).toBe('candidate')
    expect(step(step(five, vote(2)).state, vote(3)).state.role).toBe('leader')
  })

  it('steps down before a higher epoch', () => {
    for (const state of [candidate, leader]) {
      const told = step(state, { type: 'vote-response', from: 2, epoch: 9, granted: false, preVote: false })
      expect(told.state).toMatchObject({ role: 'follower', epoch: 9, leaderId: -1, votedFor: -1 })
      expect(told.effects).toEqual([
        { type: 'persist', epoch: 9, votedFor: -1, votedDirectory: ZERO_UUID, leaderId: -1 },
      ])
      const led = step(state, { type: 'leader', leaderId: 3, epoch: 9 })
      expect(led.state).toMatchObject({ role: 'follower', epoch: 9, leaderId: 3 })
      expect(led.effects.map(({ type }) => type)).toEqual(['persist', 'follow'])
    }
    expect(step(leader, { type: 'leader', leaderId: 3, epoch: 5 })).toEqual({ state: leader, effects: [] })
    // The vote of an epoch is kept when its leader becomes known.
    expect(step(candidate, { type: 'leader', leaderId: 3, epoch: 6 }).state).toMatchObject({ leaderId: 3, votedFor: 1 })
  })

  it('commits what a majority has, once a record of its own epoch is among it', () => {
    const durable = (state: RaftState, voter: number, end: number) => step(state, { type: 'durable', voter, end })
    let now = durable(leader, 1, 12)
    expect(now.effects).toEqual([])
    now = durable(now.state, 2, 10)
    // A majority has all of the older epochs, but nothing of this one.
    expect(now.effects).toEqual([])
    now = durable(now.state, 3, 11)
    expect(now.effects).toEqual([{ type: 'commit', highWatermark: 11 }])
    // It never goes back, nor twice.
    now = durable(now.state, 3, 11)
    expect(now.effects).toEqual([])
    expect(durable(now.state, 3, 9)).toMatchObject({ state: { highWatermark: 11 }, effects: [] })
    expect(durable(now.state, 2, 12).effects).toEqual([{ type: 'commit', highWatermark: 12 }])
    expect(types(follower(), { type: 'durable', voter: 1, end: 99 })).toEqual([])
  })
})

describe('voters that change (KIP-853)', () => {
  const change = (state: RaftState, voters: number[], at = 11, hasVote = voters.includes(state.nodeId)) =>
    step(state, { type: 'voters', voters, hasVote, at })
  const durable = (state: RaftState, voter: number, end: number) => step(state, { type: 'durable', voter, end })
  const fetched = (state: RaftState, end: number, ...voters: number[]) =>
    voters.reduce((now, voter) => durable(now, voter, end).state, state)

  it('count from the moment at which they are in the log', () => {
    const grown = fetched(change(leader, [1, 2, 3, 4]).state, 12, 1, 2)
    expect(grown.highWatermark).toBe(8)
    expect(durable(grown, 4, 12).state.highWatermark).toBe(12)
    // One that is gone does not help to commit even its own going.
    const shrunk = fetched(change(leader, [1, 2]).state, 12, 1, 3)
    expect(shrunk.highWatermark).toBe(8)
    expect(durable(shrunk, 2, 12).state.highWatermark).toBe(12)
  })

  it('forget how far one was that goes: it may come back with an empty disk', () => {
    const all = fetched(leader, 12, 1, 2, 3)
    const back = change(change(all, [1, 2]).state, [1, 2, 3]).state
    expect(back.ends).toEqual({ 1: 12, 2: 12 })
  })

  it('go back when the log is cut, also for who asks for votes', () => {
    const asking = change(follower({ role: 'prospective', votes: [1] }), [2, 3]).state
    expect(asking).toMatchObject({ role: 'follower', hasVote: false })
    expect(change(asking, [1, 2, 3], -1).state).toMatchObject({ hasVote: true, votersAt: -1 })
  })

  it('leave a leader that removes itself in charge, which does not count, until that is committed', () => {
    const going = change(leader, [2, 3, 4], 11).state
    expect(going).toMatchObject({ role: 'leader', hasVote: false })
    const half = fetched(going, 12, 1, 2)
    expect(half.highWatermark).toBe(8)
    expect(durable(half, 3, 11).effects).toEqual([{ type: 'commit', highWatermark: 11 }])
    expect(durable(half, 3, 12).effects).toEqual([{ type: 'commit', highWatermark: 12 }, { type: 'leave' }])
  })

  it('ask for no vote that are none, and give theirs to whom their log does not name yet', () => {
    const gone = change(follower({ leaderId: 3, hears: true }), [2, 3]).state
    const asked = step(gone, { type: 'election-timeout' })
    expect(asked).toEqual({ state: { ...gone, hears: false }, effects: [] })
    expect(step(asked.state, ask(6, { from: 4 })).effects.at(-1)).toMatchObject({ granted: true })
    // Its id is not enough: another directory is another voter.
    const other = change(follower(), [1, 2, 3], 11, false).state
    expect(types(other, { type: 'election-timeout' })).toEqual([])
  })

  it('may need a leader that has removed itself once more, where nobody else has that record', () => {
    const lost = step(change(leader, [3], 11).state, { type: 'resign' }).state
    expect(types(lost, { type: 'election-timeout' })).toEqual([])
    const asking = step(lost, { type: 'election-timeout', wasVoter: true })
    expect(asking.effects).toEqual([{ type: 'request-votes', epoch: 6, from: [3], preVote: true }])
    // Its own vote does not count, and it leads until the record is committed.
    const grant = { type: 'vote-response', from: 3, granted: true } as const
    const standing = step(asking.state, { ...grant, epoch: 6, preVote: true }).state
    expect(standing).toMatchObject({ role: 'candidate', epoch: 7, votes: [] })
    const elected = step(standing, { ...grant, epoch: 7, preVote: false }).state
    expect(elected).toMatchObject({ role: 'leader', votes: [3] })
    const started = step(elected, { type: 'epoch-started', offset: 12 }).state
    expect(types(fetched(started, 13, 1), { type: 'durable', voter: 3, end: 13 })).toEqual(['commit', 'leave'])
  })

  it('are counted alone when votes are', () => {
    const grant = { type: 'vote-response', epoch: 6, granted: true, preVote: false } as const
    expect(step(candidate, { ...grant, from: 9 })).toEqual({ state: candidate, effects: [] })
    expect(step(candidate, { ...grant, from: 2 }).state.role).toBe('leader')
  })
})
