import { Callbacks } from '../std/callbacks.ts'

/** The connections of several listeners. */
export class ConnectionCounts {
  private readonly byAddress = new Map<string, number>()
  private count = 0
  private readonly waiting = new Callbacks()

  get inAll(): number {
    return this.count
  }

  from(address: string): number {
    return this.byAddress.get(address) ?? 0
  }

  add(address: string): void {
    this.count++
    this.byAddress.set(address, this.from(address) + 1)
  }

  remove(address: string): void {
    this.count--
    const left = this.from(address) - 1
    if (left > 0) this.byAddress.set(address, left)
    else this.byAddress.delete(address)
    this.waiting.callAll()
  }

  /** Calls back, once, when there is one less. Gives what takes the call back. */
  onFreed(callback: () => void): () => void {
    return this.waiting.add(callback)
  }
}
