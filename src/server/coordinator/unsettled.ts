/** What a shard has appended and is not known to hold yet. */
export class Unsettled {
  #last: Promise<void> | undefined

  /** Resolves when everything so far holds, and rejects when it does not; undefined when it does. */
  get settled(): Promise<void> | undefined {
    return this.#last
  }

  /** `committed` is the last by now, where it is anything to wait for. */
  note(committed: Promise<void> | undefined): void {
    if (!committed) return
    this.#last = committed
    const over = () => {
      if (this.#last === committed) this.#last = undefined
    }
    committed.then(over, over)
  }
}
