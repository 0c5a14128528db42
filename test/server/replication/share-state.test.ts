import { describe, expect, it } from 'vitest'
import { acknowledge } from '../../../src/server/replication/share/acknowledge.ts'
import { type AcquiredRange, acquire } from '../../../src/server/replication/share/acquire.ts'
import { type PendingChange, ShareState } from '../../../src/server/replication/share/share-state.ts'
import { combineBatches, type StateBatch } from '../../../src/server/replication/share/state-batch.ts'
import { Chance } from '../../sim/world.ts'

const rules = { deliveryCountLimit: 1000, lockMs: 10, maxLocks: 60, renewAllowed: true }
const RECORDS = 200
const ACCEPT = 1
const RELEASE = 2

/** Members that take, accept, release and lose records, and leaders that crash or cannot write. */
class Play {
  readonly accepted = new Set<number>()
  private readonly bounds: { firstOffset: number; lastOffset: number }[] = []
  private stored: { startOffset: number; batches: StateBatch[] } = { startOffset: 0, batches: [] }
  private state = this.load()
  private now = 0
  private held = new Map<string, Set<number>>()

  constructor(private readonly chance: Chance) {
    for (let first = 0; first < RECORDS; ) {
      const last = Math.min(RECORDS - 1, first + chance.int(9))
      this.bounds.push({ firstOffset: first, lastOffset: last })
      first = last + 1
    }
  }

  get isOver(): boolean {
    return this.state.start >= RECORDS
  }

  private load(): ShareState {
    return new ShareState({ stateEpoch: 0, ...this.stored }, () => 0)
  }

  take(memberId: string): void {
    const fetchOffset = this.state.nextFetchOffset
    const from = this.bounds.findIndex(({ lastOffset }) => lastOffset >= fetchOffset)
    if (from < 0 || !this.state.canAcquire(rules.maxLocks)) return
    const batches = this.bounds.slice(from, from + 1 + this.chance.int(6))
    const acquired = acquire(
      this.state,
      {
        ...{ memberId, batches, fetchOffset, lockedUntil: this.now + rules.lockMs },
        ...{
          maxRecords: 1 + this.chance.int(20),
          strict: this.chance.int(3) === 0,
          batchSize: 1 + this.chance.int(12),
        },
      },
      rules,
    )
    for (const range of acquired) this.give(memberId, range)
  }

  private give(memberId: string, { firstOffset, lastOffset }: AcquiredRange): void {
    for (let offset = firstOffset; offset <= lastOffset; offset++) {
      if (this.accepted.has(offset)) throw new Error(`${offset} is delivered although it was accepted`)
      for (const [other, offsets] of this.held)
        if (offsets.has(offset)) throw new Error(`${offset} is given to ${memberId}, and ${other} has it`)
      this.held.set(memberId, (this.held.get(memberId) ?? new Set()).add(offset))
    }
  }

  /** Says something of some of the records that a member has. */
  answer(memberId: string, onlyAccept = false): void {
    const held = [...(this.held.get(memberId) ?? [])].sort((a, b) => a - b)
    const first = held[this.chance.int(held.length || 1)]
    if (first === undefined) return
    let last = first
    while (held.includes(last + 1) && (onlyAccept || this.chance.int(5) > 0)) last++
    const acknowledgeTypes = Array.from({ length: last - first + 1 }, () =>
      onlyAccept || this.chance.int(3) > 0 ? ACCEPT : RELEASE,
    )
    const batch = { firstOffset: first, lastOffset: last, acknowledgeTypes }
    const change = acknowledge(this.state, memberId, [batch], { rules, lockedUntil: this.now + rules.lockMs })
    if (!this.write(change, !onlyAccept && this.chance.int(10) === 0)) return
    for (const [at, type] of acknowledgeTypes.entries()) {
      this.held.get(memberId)?.delete(first + at)
      if (type === ACCEPT) this.accepted.add(first + at)
    }
  }

  private write(change: PendingChange, fails = false): boolean {
    const { start: startOffset } = this.state
    if (!fails) this.stored = { startOffset, batches: combineBatches(this.stored.batches, change.batches, startOffset) }
    this.state.settle(change, !fails)
    return !fails
  }

  leave(memberId: string): void {
    this.held.delete(memberId)
    this.write(this.state.release(memberId, rules))
  }

  wait(): void {
    this.now += rules.lockMs
    this.held.clear()
    this.write(this.state.expire(this.now, rules))
  }

  crash(): void {
    this.held.clear()
    this.state = this.load()
  }
}

describe('what a leader knows of a share group', () => {
  it.each(Array.from({ length: 100 }, (_, seed) => seed))(
    'loses no record and delivers none that was accepted: %i',
    (seed) => {
      const chance = new Chance(seed)
      const play = new Play(chance)
      const member = () => `m${chance.int(3)}`
      for (let step = 0; step < 300; step++) {
        const what = chance.int(20)
        if (what < 9) play.take(member())
        else if (what < 16) play.answer(member())
        else if (what < 17) play.leave(member())
        else if (what < 18) play.wait()
        else if (what < 19) play.crash()
      }
      play.wait()
      for (let step = 0; step < 2000 && !play.isOver; step++) {
        play.take('last')
        play.answer('last', true)
      }
      expect(play.isOver).toBe(true)
      expect(play.accepted.size).toBe(RECORDS)
    },
  )
})
