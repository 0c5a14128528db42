import type { Clock } from '../../runtime/index.ts'

/** Prints what happens as lines of JSON, each with its time and its name. */
export class EventLines {
  constructor(
    private readonly clock: Clock,
    private readonly print: (line: string) => void,
  ) {}

  /** `fields` follow time and name in their order. */
  emit(name: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.print(`${JSON.stringify({ timestamp: this.clock.now(), name, ...fields })}\n`)
  }

  /** The same with a last field that is JSON already, for numbers that have to look like Java's. */
  emitWith(name: string, fields: Readonly<Record<string, unknown>>, last: readonly [string, string]): void {
    const text = JSON.stringify({ timestamp: this.clock.now(), name, ...fields })
    this.print(`${text.slice(0, -1)},${JSON.stringify(last[0])}:${last[1]}}\n`)
  }
}
