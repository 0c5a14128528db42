import { describe, expect, it } from 'vitest'
import {
  type PartitionRules,
  type PartitionTarget,
  partitionChange,
} from '../../../src/server/controller/partition-change.ts'
import { completedReassignment, reassignment, reverted } from '../../../src/server/controller/reassignment-sets.ts'
import { MetadataDelta } from '../../../src/server/metadata/delta.ts'
import { emptyImage, type PartitionImage } from '../../../src/server/metadata/image.ts'
import { metadataRecord } from '../../../src/server/metadata/records.ts'
import { ZERO_UUID } from '../../../src/std/uuid.ts'

/** The rules by which leaders are elected and ISRs change, as tables: a partition and what shall become of it, and what does. */
const TOPIC = 'AwQFBgcICQoLDA0ODxAREg'
const DIR = 'BAUGBwgJCgsMDQ4PEBESEw'
const place = { topicId: TOPIC, partitionId: 0 }
const partition = (over: Partial<PartitionImage> = {}): PartitionImage => ({
  ...{ replicas: [1, 2, 3], directories: [DIR, DIR, DIR], isr: [1, 2, 3], removingReplicas: [], addingReplicas: [] },
  ...{ elr: [], lastKnownElr: [], leader: 1, leaderRecoveryState: 0, leaderEpoch: 5, partitionEpoch: 9 },
  ...over,
})
const rules = (alive: readonly number[], over: Partial<PartitionRules> = {}): PartitionRules => ({
  ...{ isAcceptable: (id) => alive.includes(id), directoryFor: () => ZERO_UUID },
  ...{ election: 'online', withElr: false, minIsr: 1, shrinkMakesEpoch: false },
  ...over,
})

/** The partition once the record is replayed; undefined when there is none. */
function changed(before: PartitionImage, by: PartitionRules, target: PartitionTarget = {}): PartitionImage | undefined {
  const record = partitionChange(place, before, by, target)
  if (!record) return undefined
  const delta = new MetadataDelta(emptyImage)
  delta.replay(metadataRecord('TopicRecord', 0, { name: 't', topicId: TOPIC }))
  const { elr, lastKnownElr, ...rest } = before
  delta.replay({
    ...{ type: 'PartitionRecord', version: 2 },
    fields: { ...rest, ...place, eligibleLeaderReplicas: [...elr], lastKnownElr: [...lastKnownElr] },
  } as never)
  delta.replay(record)
  return delta.apply(1, 1).topics.get('t')?.partitions[0]
}

type Case = [what: string, before: Partial<PartitionImage>, PartitionRules, PartitionTarget, after: object | undefined]

describe('without eligible replicas outside of the ISR', () => {
  it.each<Case>([
    ['nothing to do', {}, rules([1, 2, 3]), {}, undefined],
    [
      'a follower gone: the leader keeps its epoch',
      {},
      rules([1, 2]),
      { isr: [1, 2] },
      { isr: [1, 2], leader: 1, leaderEpoch: 5, partitionEpoch: 10 },
    ],
    [
      'the same before metadata.version 3.6',
      {},
      rules([1, 2], { shrinkMakesEpoch: true }),
      { isr: [1, 2] },
      { isr: [1, 2], leader: 1, leaderEpoch: 6 },
    ],
    ['the leader gone', {}, rules([2, 3]), { isr: [2, 3] }, { isr: [2, 3], leader: 2, leaderEpoch: 6 }],
    ['the first of the list is not there', {}, rules([3]), { isr: [3] }, { isr: [3], leader: 3, leaderEpoch: 6 }],
    ['the last member gone: it stays in the ISR', { isr: [1] }, rules([2]), { isr: [] }, { isr: [1], leader: -1 }],
    ['the last member back', { isr: [1], leader: -1 }, rules([1]), {}, { isr: [1], leader: 1, leaderEpoch: 6 }],
    ['somebody else back', { isr: [1], leader: -1 }, rules([2]), {}, undefined],
    [
      'somebody else back where that is allowed',
      { isr: [1], leader: -1 },
      rules([2], { election: 'unclean' }),
      {},
      { isr: [2], leader: 2, leaderRecoveryState: 1, leaderEpoch: 6 },
    ],
    ['an unclean election with a leader', {}, rules([1, 2, 3], { election: 'unclean' }), {}, undefined],
    ['the first one is wanted', { leader: 2 }, rules([1, 2], { election: 'preferred' }), {}, { leader: 1 }],
    ['it is not in sync', { leader: 2, isr: [2, 3] }, rules([1, 2, 3], { election: 'preferred' }), {}, undefined],
    ['it is not there', { leader: 2 }, rules([2, 3], { election: 'preferred' }), {}, undefined],
    [
      'a leader that has recovered',
      { isr: [1], leaderRecoveryState: 1 },
      rules([1, 2]),
      { isr: [1, 2], leaderRecoveryState: 0 },
      { isr: [1, 2], leaderRecoveryState: 0, leaderEpoch: 5 },
    ],
    [
      'a directory made known',
      {},
      rules([1, 2, 3]),
      { directory: { brokerId: 2, id: TOPIC } },
      { directories: [DIR, TOPIC, DIR], leaderEpoch: 5 },
    ],
  ])('%s', (_, before, by, target, after) => {
    const result = changed(partition(before), by, target)
    if (after === undefined) expect(result).toBeUndefined()
    else expect(result).toMatchObject(after)
  })
})

describe('with eligible replicas (KIP-966)', () => {
  const elr = (alive: readonly number[], minIsr = 2, over: Partial<PartitionRules> = {}) =>
    rules(alive, { withElr: true, minIsr, ...over })
  it.each<Case>([
    ['enough are left', {}, elr([1, 2]), { isr: [1, 2] }, { isr: [1, 2], elr: [] }],
    ['too few are left', { isr: [1, 2] }, elr([1]), { isr: [1] }, { isr: [1], elr: [2], leader: 1, leaderEpoch: 5 }],
    [
      'nobody is left: the ISR is empty, and the last leader known',
      { isr: [1], elr: [2] },
      elr([]),
      { isr: [] },
      { isr: [], elr: [1, 2], leader: -1, lastKnownElr: [1] },
    ],
    [
      'an eligible one is back',
      { isr: [], elr: [1, 2], leader: -1, lastKnownElr: [1] },
      elr([2]),
      {},
      { isr: [2], elr: [1], leader: 2, lastKnownElr: [], leaderRecoveryState: 0 },
    ],
    [
      'one that may have lost records is back: no candidate',
      { isr: [1], elr: [2] },
      elr([3]),
      { isr: [], uncleanShutdown: 1 },
      { isr: [], elr: [2], leader: -1, lastKnownElr: [1] },
    ],
    [
      'all may have lost records: the last leader is the best there is',
      { isr: [], elr: [], leader: -1, lastKnownElr: [1] },
      elr([1, 2]),
      {},
      { isr: [1], leader: 1, leaderRecoveryState: 1, lastKnownElr: [] },
    ],
    ['that one is not there', { isr: [], leader: -1, lastKnownElr: [1] }, elr([2, 3]), {}, undefined],
    [
      'enough are back',
      { isr: [2], elr: [1], leader: 2 },
      elr([1, 2]),
      { isr: [2, 1] },
      { isr: [2, 1], elr: [], leader: 2, leaderEpoch: 5 },
    ],
    ['the feature is gone', { isr: [1, 2], elr: [3] }, rules([1, 2, 3]), {}, { elr: [] }],
  ])('%s', (_, before, by, target, after) => {
    const result = changed(partition(before), by, target)
    if (after === undefined) expect(result).toBeUndefined()
    else expect(result).toMatchObject(after)
  })

  it('never has a leader outside of the ISR, nor anybody in ISR and ELR, nor ELR beside a large enough ISR', () => {
    const subsets = Array.from({ length: 8 }, (_, bits) => [1, 2, 3].filter((id) => bits & (1 << (id - 1))))
    for (const isr of subsets)
      for (const eligible of subsets)
        for (const alive of subsets)
          for (const target of subsets)
            for (const minIsr of [1, 2]) {
              // Nobody leaves an ISR who could lead.
              if (isr.some((id) => !target.includes(id) && alive.includes(id))) continue
              if (isr.some((id) => eligible.includes(id)) || (isr.length >= minIsr && eligible.length > 0)) continue
              const before = partition({ isr, elr: eligible, leader: isr[0] ?? -1 })
              const after = changed(before, elr(alive, minIsr), { isr: target.filter((id) => isr.includes(id)) })
              if (!after) continue
              if (after.leader >= 0) expect(after.isr).toContain(after.leader)
              if (after.leader >= 0) expect(alive).toContain(after.leader)
              expect(after.isr.filter((id) => after.elr.includes(id))).toEqual([])
              if (after.isr.length >= minIsr) expect(after.elr).toEqual([])
              expect([...after.isr, ...after.elr].every((id) => isr.includes(id) || eligible.includes(id))).toBe(true)
            }
  })
})

describe('reassignments (KIP-455)', () => {
  it.each([
    [[2], [3], { replicas: [3, 2], adding: [3], removing: [2] }],
    [[1, 2], [2, 1], { replicas: [2, 1], adding: [], removing: [] }],
    [[1, 2, 3], [3], { replicas: [3, 1, 2], adding: [], removing: [1, 2] }],
    [[1], [3, 1, 2], { replicas: [3, 1, 2], adding: [2, 3], removing: [] }],
  ])('lead from %j to %j', (current, target, sets) => {
    expect(reassignment(current, target)).toEqual(sets)
  })

  it.each([
    ['those that come are not in sync', { isr: [2], replicas: [3, 2], adding: [3], removing: [2] }, undefined],
    ['they are', { isr: [2, 3], replicas: [3, 2], adding: [3], removing: [2] }, { isr: [3], replicas: [3] }],
    ['some of them are', { isr: [1, 3], replicas: [3, 4, 1], adding: [3, 4], removing: [1] }, undefined],
    ['only such that go are', { isr: [1], replicas: [2, 1], adding: [], removing: [1] }, undefined],
    [
      'fewer come, and one that stays is not',
      { isr: [1, 3], replicas: [2, 3, 1], adding: [], removing: [1] },
      undefined,
    ],
    ['nothing moves', { isr: [1], replicas: [1], adding: [], removing: [] }, undefined],
  ])('end or not when %s', (_, sets, left) => {
    expect(completedReassignment(sets)).toEqual(left)
  })

  it('end with a change of the ISR, a new leader where the old one goes, and a new epoch', () => {
    const moving = partition({
      ...{ replicas: [3, 2], directories: [DIR, DIR], isr: [2], leader: 2, addingReplicas: [3], removingReplicas: [2] },
    })
    expect(changed(moving, rules([2, 3]), { isr: [2, 3] })).toMatchObject({
      ...{ replicas: [3], directories: [DIR], isr: [3], leader: 3, leaderEpoch: 6 },
      ...{ addingReplicas: [], removingReplicas: [] },
    })
    const shrinking = partition({ removingReplicas: [3] })
    expect(changed(shrinking, rules([1, 2, 3]))).toMatchObject({
      replicas: [1, 2],
      isr: [1, 2],
      leader: 1,
      leaderEpoch: 6,
    })
  })

  it('go back to what was there', () => {
    const moving = partition({ replicas: [4, 1, 2], isr: [1, 2, 4], addingReplicas: [4], removingReplicas: [1, 2] })
    expect(reverted(moving)).toEqual({ replicas: [1, 2], isr: [1, 2], isUnclean: false })
    expect(reverted({ ...moving, isr: [4] })).toEqual({ replicas: [1, 2], isr: [1], isUnclean: true })
    expect(() => reverted({ ...moving, isr: [4], addingReplicas: [4, 1, 2] })).toThrow('addingReplicas contains all')
  })
})
