/** Something that is waited for, and happens once or never. */
export class Milestone {
  readonly reached: Promise<void>
  isReached = false
  #resolve: () => void = () => {}
  #reject: (error: Error) => void = () => {}

  constructor() {
    this.reached = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // Perhaps nobody waits.
    this.reached.catch(() => {})
  }

  reach(): void {
    this.isReached = true
    this.#resolve()
  }

  fail(error: Error): void {
    this.#reject(error)
  }
}
