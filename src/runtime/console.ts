/** What a command has around it: the terminal or the pipes on both sides, the environment, signals. */
export interface Console {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly inputIsTerminal: boolean
  readonly outputIsTerminal: boolean
  readonly errorIsTerminal: boolean
  /** Columns of the terminal that standard output is; 0 when it is none, or does not know. */
  readonly outputWidth: number
  /** Its lines, likewise. */
  readonly outputHeight: number
  /** Columns of the terminal that standard error is; 0 when it is none, or does not know. */
  readonly errorWidth: number
  /** Writes text to standard output before it returns. A reader that has gone away is no error. */
  out(text: string): void
  /** Writes text to standard error before it returns. */
  error(text: string): void
  /** Standard output for streams of bytes; asked for once. */
  output(): ByteSink
  /** Standard input, piece by piece; undefined at its end. */
  input(): ByteSource
  /** Calls back on SIGINT, SIGTERM and SIGHUP instead of dying of them; gives the function that ends this. */
  onSignal(handler: (signal: string) => void): () => void
}

export interface ByteSource {
  /** The next bytes, valid until the next call; undefined at the end. A plain value when they are at hand without waiting. */
  next(): Promise<Buffer | undefined> | Buffer | undefined
  /** Lets go of the input, so that the process can end. */
  close(): void
}

export interface ByteSink {
  /**
   * Hands bytes over; they must not change until `left` is called, once they and all before them have left (never, when the reader goes away).
   * Gives undefined when more may follow at once, else a promise to await first.
   */
  write(bytes: Buffer, left?: () => void): Promise<void> | undefined
  /** Everything has left: the bytes that were handed over are the caller's again. */
  readonly idle: boolean
  /** Resolves when everything has left. */
  flush(): Promise<void>
  /** The reader has gone away (as with `| head`): what is written from now on is dropped. */
  readonly closed: boolean
}
