interface Entry {
  /** Undefined once it was called or taken back, so that an entry which outlives that keeps nothing alive. */
  callback: (() => void) | undefined
  before: Entry | undefined
  after: Entry | undefined
}

/**
 * Callbacks in the order they came, each to be called once or taken back. It is no `Set`: with one through which thousands go each second, what they
 * knew outlived minor collections, which took twice as long for it (docs/performance.md).
 */
export class Callbacks {
  #first: Entry | undefined
  #last: Entry | undefined

  get isEmpty(): boolean {
    return this.#first === undefined
  }

  /** Gives what takes it back, at any time. */
  add(callback: () => void): () => void {
    const entry: Entry = { callback, before: this.#last, after: undefined }
    if (this.#last) this.#last.after = entry
    else this.#first = entry
    this.#last = entry
    return () => this.#remove(entry)
  }

  /** Calls each that is here. What comes meanwhile stays for the next time, and what is taken back meanwhile is not called. */
  callAll(): void {
    if (this.isEmpty) return
    const entries: Entry[] = []
    for (let entry = this.#first; entry; entry = entry.after) entries.push(entry)
    for (const entry of entries) {
      const { callback } = entry
      this.#remove(entry)
      callback?.()
    }
  }

  #remove(entry: Entry): void {
    if (!entry.callback) return
    const { before, after } = entry
    if (before) before.after = after
    else this.#first = after
    if (after) after.before = before
    else this.#last = before
    entry.callback = undefined
    entry.before = undefined
    entry.after = undefined
  }
}
