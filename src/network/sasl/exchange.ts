/** The client's half of one login: what it says first, and what to each answer. */
export interface Exchange {
  first(): Buffer
  /** What to say to an answer; undefined when the login is over. Throws when the server is not who it should be. */
  next(answer: Buffer): Promise<Buffer | undefined>
}
