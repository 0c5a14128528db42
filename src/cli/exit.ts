/** Exit codes, the same for every command. */
export const exitCode = {
  done: 0,
  failed: 1,
  /** Wrong usage of a native command; Apache's spelling has 1 for this. */
  usage: 2,
} as const

const signalCodes: Readonly<Record<string, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }

/** The code of a command that a signal ended, as shells report it: 130 for Ctrl-C. */
export const signalCode = (signal: string): number => signalCodes[signal] ?? exitCode.failed

/** Thrown to end a command with a code after everything there was to say has been said. */
export class Exit extends Error {
  override name = 'Exit'

  constructor(readonly code: number) {
    super(`exit ${code}`)
  }
}

/** A failure in one sentence for standard error. */
export const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
