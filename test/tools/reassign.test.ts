import { describe, expect, it } from 'vitest'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { entriesFor } from '../../src/tools/acls/bindings.ts'
import { checkPlan, parsePlan, planJson } from '../../src/tools/reassign/plan.ts'
import { proposeAssignments } from '../../src/tools/reassign/propose.ts'

const at = (partition: number, replicas: number[]) => ({
  topic: 't',
  partition,
  replicas,
  logDirs: replicas.map(() => 'any'),
})

describe('plans for partitions', () => {
  it('are read as they are written', () => {
    const plan = [at(0, [1, 2]), at(1, [2, 3])]
    expect(parsePlan(planJson(plan))).toEqual(plan)
    expect(() => checkPlan(plan)).not.toThrow()
    expect(() => checkPlan([at(0, [1]), at(0, [2])])).toThrow('contains duplicate topic partitions: t-0')
    expect(() => checkPlan([at(0, [1, 1])])).toThrow('t-0 contains multiple entries for 1')
  })

  it('spread leaders evenly and replicas over racks', () => {
    const brokers = [1, 2, 3, 4].map((id) => ({ id, rack: id <= 2 ? 'a' : 'b' }))
    const current = Array.from({ length: 8 }, (_, partition) => at(partition, [1, 2]))
    const proposed = proposeAssignments(current, brokers, nodeRuntime.random)
    const leaders = proposed.map(({ replicas }) => replicas[0] as number)
    expect([1, 2, 3, 4].map((id) => leaders.filter((leader) => leader === id).length)).toEqual([2, 2, 2, 2])
    for (const { replicas } of proposed) expect(new Set(replicas.map((id) => id <= 2)).size).toBe(2)
    expect(() => proposeAssignments(current, brokers.slice(0, 1), nodeRuntime.random)).toThrow(/Replication factor: 2/)
  })
})

describe('entries of ACLs', () => {
  it('are one for each principal, host and operation', () => {
    const grants = { allowed: ['User:a', 'User:b'], denied: ['User:c'], allowedHosts: [], deniedHosts: ['h'] }
    expect(entriesFor(grants, ['READ'])).toEqual([
      { principal: 'User:a', host: '*', operation: 'READ', permission: 'ALLOW' },
      { principal: 'User:b', host: '*', operation: 'READ', permission: 'ALLOW' },
      { principal: 'User:c', host: 'h', operation: 'READ', permission: 'DENY' },
    ])
  })
})
