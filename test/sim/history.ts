/** What the clients of a run asked for and saw, written down outside of the system under test. */
export class History {
  /** Value -> where it was acknowledged; undefined while it is not, or when sending it failed. */
  readonly sent = new Map<string, Place | undefined>()
  readonly seen: (Place & { readonly value: string; readonly by: string })[] = []
  readonly commits: { readonly partition: string; readonly offset: number; readonly acknowledged: number }[] = []
  /** Committed offsets as they were read, in the order of the answers. */
  readonly committedReads: { readonly partition: string; readonly offset: number }[] = []
  readonly topicsCreated = new Map<string, number>()
  readonly topicsDeleted = new Set<string>()
  /** Topics of which an attempt to make or delete them ended without an answer. */
  readonly topicsUncertain = new Set<string>()
}

export interface Place {
  readonly partition: string
  readonly offset: number
}

/** The logs as they are at the end: partition -> values in order of offset. */
export type FinalLogs = ReadonlyMap<string, readonly { readonly offset: number; readonly value: string }[]>

/** Everything that a history and the logs at its end show to be wrong. */
export function check(history: History, logs: FinalLogs, topics: ReadonlyMap<string, number>): string[] {
  return [
    ...checkLogs(history, logs),
    ...checkAcknowledged(history, logs),
    ...checkSeen(history, logs),
    ...checkRead(history, logs),
    ...checkCommitted(history),
    ...checkTopics(history, topics),
  ]
}

function* checkLogs(history: History, logs: FinalLogs): Generator<string> {
  const places = new Map<string, string>()
  for (const [partition, records] of logs) {
    for (const [index, { offset, value }] of records.entries()) {
      const here = `${partition}@${offset}`
      if (offset !== index) yield `offsets are not contiguous: ${here} is record ${index}`
      if (!history.sent.has(value)) yield `invented: ${value} at ${here} was never sent`
      const before = places.get(value)
      if (before !== undefined) yield `twice: ${value} at ${before} and ${here}`
      places.set(value, here)
    }
  }
}

function* checkAcknowledged(history: History, logs: FinalLogs): Generator<string> {
  for (const [value, place] of history.sent) {
    if (!place) continue
    const found = logs.get(place.partition)?.[place.offset]?.value
    if (found !== value)
      yield `lost: ${value} was acknowledged at ${place.partition}@${place.offset}, where ${found ?? 'nothing'} is`
  }
}

function* checkSeen(history: History, logs: FinalLogs): Generator<string> {
  for (const { partition, offset, value, by } of history.seen) {
    const found = logs.get(partition)?.[offset]?.value
    if (found !== value) yield `unstable: ${by} read ${value} at ${partition}@${offset}, where ${found ?? 'nothing'} is`
  }
}

/** Whoever came and went: together the members of the group have read everything. */
function* checkRead(history: History, logs: FinalLogs): Generator<string> {
  const read = new Set(history.seen.map(({ partition, offset }) => `${partition}@${offset}`))
  for (const [partition, records] of logs)
    for (const { offset, value } of records)
      if (!read.has(`${partition}@${offset}`)) yield `not read: no member was given ${value} at ${partition}@${offset}`
}

function* checkCommitted(history: History): Generator<string> {
  const highest = new Map<string, number>()
  for (const { partition, offset } of history.committedReads) {
    const before = highest.get(partition) ?? -1
    if (offset < before) yield `committed offset of ${partition} went back from ${before} to ${offset}`
    highest.set(partition, Math.max(before, offset))
  }
  for (const { partition, offset } of history.commits) {
    const last = highest.get(partition) ?? -1
    if (last < offset)
      yield `committed offset ${offset} of ${partition} was acknowledged and is lost: ${last} was read last`
  }
}

function* checkTopics(history: History, topics: ReadonlyMap<string, number>): Generator<string> {
  for (const [name, partitions] of history.topicsCreated) {
    if (history.topicsDeleted.has(name) || history.topicsUncertain.has(name)) continue
    if (topics.get(name) !== partitions)
      yield `topic ${name} was created with ${partitions} partitions and has ${topics.get(name) ?? 'none'}`
  }
  for (const name of history.topicsDeleted)
    if (topics.has(name) && !history.topicsUncertain.has(name)) yield `topic ${name} was deleted and is there`
}
