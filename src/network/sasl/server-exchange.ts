import type { Principal } from '../principal.ts'

/** Who has logged in. */
export interface LoggedIn {
  readonly principal: Principal
  /** When what stands for the user ends, in milliseconds since the epoch; undefined for passwords. */
  readonly endsAt?: number
}

/** What is said to a message, and who it was once that is known. */
export interface Step {
  readonly answer: Buffer
  readonly done?: LoggedIn
}

/** The server's half of one login. Throws a `LoginRefused`. */
export interface ServerExchange {
  next(message: Buffer): Step | Promise<Step>
}

/** A login that was refused. What is said to the client has no hint of what was wrong, unless `tell` has it. */
export class LoginRefused extends Error {
  override name = 'LoginRefused'

  constructor(
    /** For the log. */
    message: string,
    /** For the client, where Kafka has words for it. */
    readonly tell?: string,
  ) {
    super(message)
  }
}

/** A refusal that is worded alike for both. */
export const refusedAloud = (sentence: string): LoginRefused => new LoginRefused(sentence, sentence)
