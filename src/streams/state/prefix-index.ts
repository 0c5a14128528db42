import { placeOf } from './sorted-keys.ts'

/** Keys of a store by what they begin with: those of each in the order of their bytes. */
export class PrefixIndex {
  private readonly byPrefix = new Map<string, Buffer[]>()

  /** `prefixOf` tells which part of a key it is to be found by. */
  constructor(private readonly prefixOf: (stored: Buffer) => Buffer) {}

  add(stored: Buffer): void {
    const id = this.idOf(stored)
    const sorted = this.byPrefix.get(id)
    if (!sorted) this.byPrefix.set(id, [stored])
    else if (!isAt(sorted, stored)) sorted.splice(placeOf(sorted, stored), 0, stored)
  }

  remove(stored: Buffer): void {
    const id = this.idOf(stored)
    const sorted = this.byPrefix.get(id)
    if (!sorted || !isAt(sorted, stored)) return
    sorted.splice(placeOf(sorted, stored), 1)
    if (sorted.length === 0) this.byPrefix.delete(id)
  }

  /** A copy. */
  of(prefix: Buffer): Buffer[] {
    return [...(this.byPrefix.get(prefix.toString('latin1')) ?? [])]
  }

  clear(): void {
    this.byPrefix.clear()
  }

  private idOf(stored: Buffer): string {
    return this.prefixOf(stored).toString('latin1')
  }
}

const isAt = (sorted: readonly Buffer[], stored: Buffer): boolean =>
  sorted[placeOf(sorted, stored)]?.equals(stored) === true
