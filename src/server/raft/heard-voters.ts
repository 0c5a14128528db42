import type { Clock } from '../../runtime/index.ts'

/** When the other voters fetched last from a leader, or took it for one. */
export class HeardVoters {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #times = new Map<number, number>()

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
  }

  note(id: number): void {
    this.#times.set(id, this.#clock.monotonic())
  }

  /** A new leadership begins. */
  forgetAll(): void {
    this.#times.clear()
  }

  /** Those of the voters that were heard since a monotonic time. */
  since(time: number, voters: readonly number[]): number[] {
    return [...this.#times].flatMap(([id, at]) => (at >= time && voters.includes(id) ? [id] : []))
  }
}
