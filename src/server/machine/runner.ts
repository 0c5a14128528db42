/**
 * The one pattern behind controller and coordinators. `decide` looks at the state and says which records would do what is asked, and what
 * to answer; it changes nothing. The records go to a log; `replay` brings them into the state; the answer waits until they are committed.
 */
export interface Decision<Rec, Reply> {
  readonly records: readonly Rec[]
  readonly reply: Reply
}

/** The log under a machine. */
export interface Journal<Rec> {
  /** Appends the records as one unit. Throws when that is not possible; then nothing was appended. */
  append(records: readonly Rec[]): {
    /** Offset after the last record. */
    readonly end: number
    /** Undefined when they are committed already. */
    readonly committed: Promise<void> | undefined
  }
}

export const nothing: readonly never[] = []

/** Brings records into the state at hand; `end` is the offset after the last. */
export type Replay<Rec> = (records: readonly Rec[], end: number) => void

/** Decides, appends and replays into the state at hand; the reply holds once `committed`, where there is one, has resolved. */
export function run<Rec, Reply>(
  journal: Journal<Rec>,
  decide: () => Decision<Rec, Reply>,
  replay: Replay<Rec>,
): { readonly reply: Reply; readonly committed: Promise<void> | undefined } {
  const { records, reply } = decide()
  if (records.length === 0) return { reply, committed: undefined }
  const { end, committed } = journal.append(records)
  // Before anybody waits: the next decision must see what this one has promised.
  replay(records, end)
  return { reply, committed }
}
