import { describe, expect, it } from 'vitest'
import { IncrementalAssignor } from '../../../src/connect/distributed/assignor.ts'
import { Units } from '../../../src/connect/distributed/units.ts'

const DELAY = 1000

/** A group whose members do what they are told, as the leader sees it. */
class Group {
  now = 1
  generation = 0
  delayMs = 0
  /** What the members have. */
  has = new Map<string, Units>()
  configured = new Units()
  private readonly assignor: IncrementalAssignor

  constructor(delayMs: number) {
    this.assignor = new IncrementalAssignor(delayMs, () => this.now)
  }

  configure(connectors: readonly string[], tasksEach: number): void {
    const tasks = connectors.flatMap((connector) =>
      Array.from({ length: tasksEach }, (_, task) => ({ connector, task })),
    )
    this.configured = Units.of(connectors, tasks)
  }

  /** One rebalance; gives how many units were given out and taken away. */
  rebalance(): { readonly given: number; readonly taken: number } {
    const before = new Map(Array.from(this.has, ([member, units]) => [member, units.copy()]))
    const { assigned, revoked, all, delayMs } = this.assignor.assign({
      generation: ++this.generation,
      lastGeneration: this.generation === 1 ? -1 : this.generation - 1,
      configured: this.configured,
      members: before,
    })
    this.delayMs = delayMs
    let [given, taken] = [0, 0]
    for (const [member, units] of this.has) {
      units.remove(revoked.get(member) as Units)
      units.add(assigned.get(member) as Units)
      given += sizeOf(assigned.get(member))
      taken += sizeOf(revoked.get(member))
      expect([...units.connectors].sort()).toEqual([...(all.get(member)?.connectors ?? [])].sort())
      expect([...units.tasks].sort()).toEqual([...(all.get(member)?.tasks ?? [])].sort())
    }
    this.expectNobodySharesWork()
    return { given, taken }
  }

  /** Rebalances until nothing changes any more, letting time go by where the group waits. */
  settle(): void {
    for (let round = 0; round < 30; round++) {
      const { given, taken } = this.rebalance()
      if (this.delayMs > 0) this.now += this.delayMs
      else if (given + taken === 0) return
    }
    throw new Error('the group does not come to rest')
  }

  join(...members: readonly string[]): void {
    for (const member of members) this.has.set(member, new Units())
  }

  expectNobodySharesWork(): void {
    const seen = new Set<string>()
    for (const { connectors, tasks } of this.has.values())
      for (const unit of [...[...connectors].map((name) => `connector ${name}`), ...tasks]) {
        expect(seen.has(unit), unit).toBe(false)
        seen.add(unit)
      }
  }

  expectAllWorkIsDoneFairly(): void {
    const all = Units.union(this.has.values())
    expect([...all.connectors].sort()).toEqual([...this.configured.connectors].sort())
    expect([...all.tasks].sort()).toEqual([...this.configured.tasks].sort())
    for (const kind of ['connectors', 'tasks'] as const) {
      const sizes = Array.from(this.has.values(), (units) => units[kind].size)
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
    }
  }
}

const sizeOf = (units: Units | undefined): number => (units ? units.connectors.size + units.tasks.size : 0)

describe('work of a group of workers', () => {
  it('goes to the least busy, and stays where it is when workers come', () => {
    const group = new Group(DELAY)
    group.join('a')
    group.configure(['x', 'y'], 3)
    expect(group.rebalance()).toEqual({ given: 8, taken: 0 })
    group.join('b')
    // First it is taken from the busy one, then given to the other.
    expect(group.rebalance()).toEqual({ given: 0, taken: 4 })
    expect(group.rebalance()).toEqual({ given: 4, taken: 0 })
    group.expectAllWorkIsDoneFairly()
    expect(group.rebalance()).toEqual({ given: 0, taken: 0 })
  })

  it('waits for a worker that left, and is given back to it', () => {
    const group = new Group(DELAY)
    group.join('a', 'b')
    group.configure(['x', 'y'], 2)
    group.settle()
    group.has.delete('b')
    expect(group.rebalance()).toEqual({ given: 0, taken: 0 })
    expect(group.delayMs).toBe(DELAY)
    group.now += DELAY / 2
    group.join('b2')
    expect(group.rebalance()).toEqual({ given: 0, taken: 0 })
    expect(group.delayMs).toBe(DELAY / 2)
    group.now += DELAY / 2
    expect(group.rebalance()).toEqual({ given: 3, taken: 0 })
    expect(sizeOf(group.has.get('b2'))).toBe(3)
    group.settle()
    group.expectAllWorkIsDoneFairly()
  })

  it('goes to the others when nobody comes back, or at once where there is no delay', () => {
    for (const delay of [DELAY, 0]) {
      const group = new Group(delay)
      group.join('a', 'b', 'c')
      group.configure(['x', 'y', 'z'], 4)
      group.settle()
      group.has.delete('c')
      group.settle()
      group.expectAllWorkIsDoneFairly()
      expect(group.now > DELAY).toBe(delay > 0)
    }
  })

  it('is taken from all who have the same, and from those who have what is gone', () => {
    const group = new Group(DELAY)
    group.join('a', 'b')
    group.configure(['x'], 1)
    group.settle()
    for (const units of group.has.values()) units.add(group.configured)
    const assignor = new IncrementalAssignor(DELAY, () => 1)
    const { revoked } = assignor.assign({
      generation: 9,
      lastGeneration: 8,
      configured: group.configured,
      members: group.has,
    })
    expect(Array.from(revoked.values(), sizeOf)).toEqual([2, 2])
    const other = new Group(DELAY)
    other.join('a', 'b')
    other.configure(['x', 'y'], 2)
    other.settle()
    other.configure(['y'], 2)
    other.settle()
    other.expectAllWorkIsDoneFairly()
  })

  it('comes to rest, fairly shared, whatever workers come and go', () => {
    let seed = 7
    const chance = (limit: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648
      return Math.floor(seed / 65536) % limit
    }
    for (let run = 0; run < 60; run++) {
      const group = new Group(chance(2) * DELAY)
      group.join('m0')
      for (let step = 1; step < 12; step++) {
        const members = [...group.has.keys()]
        const left = members[chance(members.length)] as string
        if (chance(3) === 0 && members.length > 1) group.has.delete(left)
        else if (chance(2) === 0) group.join(`m${step}`)
        else
          group.configure(
            Array.from({ length: 1 + chance(5) }, (_, i) => `c${i}`),
            chance(4),
          )
        group.rebalance()
        group.now += chance(DELAY)
      }
      group.settle()
      group.expectAllWorkIsDoneFairly()
    }
  })
})
