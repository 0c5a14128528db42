import type { ControllerLink } from '../membership/controller-link.ts'

/** Gives out producer ids from a block that the controller reserved for this broker (KIP-730); no id is ever given twice. */
export class ProducerIds {
  private nextId = 0
  private left = 0
  private refill: Promise<void> | undefined

  constructor(private readonly controller: Pick<ControllerLink, 'allocateProducerIds'>) {}

  async next(): Promise<number> {
    while (this.left === 0) {
      this.refill ??= this.reserve().finally(() => {
        this.refill = undefined
      })
      await this.refill
    }
    this.left--
    return this.nextId++
  }

  private async reserve(): Promise<void> {
    const { first, count } = await this.controller.allocateProducerIds()
    this.nextId = first
    this.left = count
  }
}
