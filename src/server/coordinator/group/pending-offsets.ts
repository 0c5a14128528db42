import { GroupOffsets, type KeptOffset } from './offsets.ts'

export interface PendingOffset {
  readonly group: string
  readonly topic: string
  readonly partition: number
  readonly value: KeptOffset
}

/** Offsets that were committed in transactions which are still open: producer -> group -> offsets. */
export class PendingOffsets {
  private readonly producers = new Map<number, Map<string, GroupOffsets>>()

  add(producerId: number, { group, topic, partition, value }: PendingOffset): void {
    let groups = this.producers.get(producerId)
    if (!groups) this.producers.set(producerId, (groups = new Map()))
    let offsets = groups.get(group)
    if (!offsets) groups.set(group, (offsets = new GroupOffsets()))
    offsets.set(topic, partition, value)
  }

  /** Takes out what one producer's transaction holds. */
  take(producerId: number): PendingOffset[] {
    const groups = this.producers.get(producerId)
    this.producers.delete(producerId)
    const taken: PendingOffset[] = []
    for (const [group, offsets] of groups ?? []) for (const entry of offsets.entries()) taken.push({ group, ...entry })
    return taken
  }

  /** Drops a partition from every transaction. */
  remove(group: string, topic: string, partition: number): void {
    for (const [producerId, groups] of this.producers) {
      const offsets = groups.get(group)
      offsets?.delete(topic, partition)
      if (offsets?.isEmpty) groups.delete(group)
      if (groups.size === 0) this.producers.delete(producerId)
    }
  }

  has(group: string, topic: string, partition: number): boolean {
    for (const groups of this.producers.values()) if (groups.get(group)?.get(topic, partition)) return true
    return false
  }

  *groups(): Generator<string> {
    for (const groups of this.producers.values()) yield* groups.keys()
  }

  hasGroup(group: string): boolean {
    for (const groups of this.producers.values()) if (groups.has(group)) return true
    return false
  }

  /** All of them, or those of one group. */
  *entries(only?: string): Generator<PendingOffset> {
    for (const groups of this.producers.values())
      for (const [group, offsets] of groups)
        if (only === undefined || group === only) for (const entry of offsets.entries()) yield { group, ...entry }
  }
}
