import { DataError } from '../../../data/errors.ts'
import { formatMoment } from './format.ts'
import { parseMoment, UNREADABLE } from './parse.ts'
import { type PatternPart, readPattern } from './pattern.ts'

/** Texts of moments in UTC by a pattern of Java's SimpleDateFormat, with English names. */
export class SimpleDateFormat {
  private readonly parts: readonly PatternPart[]

  /** Throws an error for what is no pattern. */
  constructor(readonly pattern: string) {
    this.parts = readPattern(pattern)
  }

  /** Of milliseconds since the epoch. */
  format(ms: number): string {
    return formatMoment(this.parts, ms)
  }

  /** Milliseconds since the epoch; undefined for a text that does not match. `now` says what two figures of a year mean. */
  parse(text: string, now: number): number | undefined {
    const strange = this.parts.find((part) => 'letter' in part && UNREADABLE.test(part.letter))
    if (strange && 'letter' in strange)
      throw new DataError(
        `Timestamps are not parsed by weeks here: the pattern ${this.pattern} has the letter ${strange.letter}.`,
      )
    return parseMoment(this.parts, text, now)
  }
}
