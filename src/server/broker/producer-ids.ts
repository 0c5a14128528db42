import { allocateProducerIds } from '../controller/brokers.ts'
import type { Controller } from '../controller/controller.ts'

/** Gives out producer ids from a block that the controller reserved for this broker (KIP-730); no id is ever given twice. */
export class ProducerIds {
  private nextId = 0
  private left = 0
  private refill: Promise<void> | undefined

  constructor(private readonly controller: Controller) {}

  async next(): Promise<number> {
    while (this.left === 0) {
      this.refill ??= this.controller.submit(allocateProducerIds).then(({ first, count }) => {
        this.nextId = first
        this.left = count
        this.refill = undefined
      })
      await this.refill
    }
    this.left--
    return this.nextId++
  }
}
