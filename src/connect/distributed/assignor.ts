import { Units } from './units.ts'

export interface Round {
  readonly generation: number
  /** The last one that this worker completed. */
  readonly lastGeneration: number
  /** All that there is to be done. */
  readonly configured: Units
  /** What each member has, by member id. */
  readonly members: ReadonlyMap<string, Units>
}

export interface Division {
  /** What each member gets besides what it has, and what it has to give up. */
  readonly assigned: ReadonlyMap<string, Units>
  readonly revoked: ReadonlyMap<string, Units>
  /** What each has then. */
  readonly all: ReadonlyMap<string, Units>
  /** Milliseconds after which all are to join again; 0 for not. */
  readonly delayMs: number
}

const KINDS = ['connectors', 'tasks'] as const
type Loads = Map<string, Units>

/**
 * Shares out connectors and tasks step by step (KIP-415): what runs goes on running where it is, unless that is unfair; what a worker leaves
 * behind waits for it up to `scheduled.rebalance.max.delay.ms`. One worker leads a group, and remembers from round to round; a new leader
 * begins with what members tell.
 */
export class IncrementalAssignor {
  private previous = new Units()
  private previousGeneration = -1
  private previousMembers: ReadonlySet<string> = new Set()
  /** What was taken away in the round before, and is to be nobody's now. */
  private taken = new Units()
  /** Whether the last round that could take from the busy ones for fairness did so. */
  private balancedLast = false
  /** Rounds in a row that wanted to. */
  private streak = 0
  /** When lost work is given to others, on the clock; undefined while none waits. */
  private dueAt: number | undefined
  private delayMs = 0
  /** Members that came empty-handed while work was missing: probably those who left it, back again. */
  private readonly returned = new Set<string>()

  constructor(
    private readonly maxDelayMs: number,
    /** Milliseconds on a clock that never goes back. */
    private readonly now: () => number,
  ) {}

  assign(round: Round): Division {
    const { configured, members } = round
    if (this.previousGeneration !== round.lastGeneration) this.previous = new Units()
    const active = Units.union(members.values())
    this.recallTaken(active)
    const deleted = Units.union([this.previous, active]).without(configured)
    const lost = this.previous.without(active, deleted)
    const created = configured.without(this.previous, active)
    const next = mapUnits(members, (units) => units.copy())
    const revoked = mapUnits(members, () => new Units())
    takeAway(
      next,
      revoked,
      mapUnits(members, (units) => units.common(deleted)),
    )
    const twice = duplicates(members)
    takeAway(
      next,
      revoked,
      mapUnits(members, (units) => units.common(twice)),
    )
    const orphans = this.findHomes(lost, next)
    if (this.delayMs === 0) this.balance(configured, next, revoked)
    else this.balancedLast = false
    giveOut(next, Units.union([created, orphans]))
    this.remember(round, next, revoked, lost)
    const assigned = mapUnits(next, (units, member) => units.without(members.get(member) ?? new Units()))
    return { assigned, revoked, all: next, delayMs: this.delayMs }
  }

  /** What should have been given up and was not counts as being where it is. */
  private recallTaken(active: Units): void {
    if (!this.taken.common(active).isEmpty) this.previous = active.copy()
    this.taken = new Units()
  }

  private remember({ generation, members }: Round, next: Loads, revoked: Loads, lost: Units): void {
    this.taken = Units.union(revoked.values())
    this.previous = Units.union(next.values()).without(this.taken)
    this.previous.add(lost)
    this.previousGeneration = generation
    this.previousMembers = new Set(members.keys())
  }

  /** Lost work that any member may get now; what goes to those who came back is given to them here. */
  private findHomes(lost: Units, next: Loads): Units {
    if (lost.isEmpty && !this.balancedLast) {
      this.resetDelay()
      return lost
    }
    const nobodyLeft = this.dueAt === undefined && [...this.previousMembers].every((member) => next.has(member))
    // The members are all here: they have never learnt of what was theirs.
    if (nobodyLeft || this.maxDelayMs === 0) return lost
    const now = this.now()
    if (this.dueAt !== undefined && now >= this.dueAt) {
      const homes = [...this.returned].flatMap((member) => next.get(member) ?? [])
      this.resetDelay()
      this.balancedLast = false
      if (homes.length === 0) return lost
      inTurns(lost, homes)
      return new Units()
    }
    for (const [member, units] of next) if (units.isEmpty) this.returned.add(member)
    this.delayMs = this.dueAt === undefined ? this.maxDelayMs : Math.min(Math.ceil(this.dueAt - now), this.maxDelayMs)
    this.dueAt = now + this.delayMs
    return new Units()
  }

  private resetDelay(): void {
    this.returned.clear()
    this.dueAt = undefined
    this.delayMs = 0
  }

  /** Takes from members that have more than their share, but not in every round: what is taken stands still until the next one. */
  private balance(configured: Units, next: Loads, revoked: Loads): void {
    const surplus = surplusOf(configured, next)
    const isFair = [...surplus.values()].every((units) => units.isEmpty)
    if (isFair) {
      if (this.balancedLast) this.streak = 0
      this.balancedLast = false
      return
    }
    if (this.balancedLast) {
      this.streak++
      this.delayMs = this.maxDelayMs === 0 ? 0 : Math.min(40 ** this.streak, this.maxDelayMs)
      if (this.delayMs > 0) {
        this.dueAt = this.now() + this.delayMs
        return
      }
    }
    takeAway(next, revoked, surplus)
    this.balancedLast = true
  }
}

const mapUnits = (of: ReadonlyMap<string, Units>, change: (units: Units, member: string) => Units): Loads =>
  new Map(Array.from(of, ([member, units]) => [member, change(units, member)]))

function takeAway(next: Loads, revoked: Loads, what: Loads): void {
  for (const [member, units] of what) {
    next.get(member)?.remove(units)
    revoked.get(member)?.add(units)
  }
}

/** What more than one member has. */
function duplicates(members: ReadonlyMap<string, Units>): Units {
  const seen = new Units()
  const twice = new Units()
  for (const units of members.values()) {
    twice.add(seen.common(units))
    seen.add(units)
  }
  return twice
}

/** Gives the lost to some members, to one after the other. */
function inTurns(lost: Units, homes: readonly Units[]): void {
  for (const kind of KINDS) {
    const items = [...lost[kind]].sort()
    for (const [index, item] of items.entries()) homes[index % homes.length]?.[kind].add(item)
  }
}

/** Gives each to the member that has the least of its kind then. */
function giveOut(next: Loads, what: Units): void {
  const members = [...next.keys()].sort().map((member) => next.get(member) as Units)
  for (const kind of KINDS)
    for (const item of [...what[kind]].sort()) {
      const least = members.reduce((best, units) => (units[kind].size < best[kind].size ? units : best))
      least[kind].add(item)
    }
}

/** What each has beyond its share, connectors and tasks for themselves. */
function surplusOf(configured: Units, next: Loads): Loads {
  const surplus = mapUnits(next, () => new Units())
  if ([...next.values()].every((units) => units.isEmpty)) return surplus
  for (const kind of KINDS) {
    const share = Math.floor(configured[kind].size / next.size)
    const larger = configured[kind].size % next.size
    const sizes = Array.from(next.values(), (units) => units[kind].size)
    const isFair =
      sizes.every((size) => size === share || size === share + 1) &&
      sizes.filter((size) => size === share + 1).length === larger
    if (isFair) continue
    let left = larger
    for (const [member, units] of next) {
      const items = [...units[kind]]
      if (items.length <= share) continue
      const keeps = share + (left > 0 ? 1 : 0)
      left--
      for (const item of items.slice(0, Math.max(0, items.length - keeps))) surplus.get(member)?.[kind].add(item)
    }
  }
  return surplus
}
