import type { AssignReplicasToDirs } from '../../protocol/apis/index.ts'
import { describeError, Errors } from '../../protocol/errors.ts'
import type { RequestInput, ResponseOf } from '../../protocol/schema/index.ts'
import type { Clock } from '../../runtime/index.ts'
import type { Uuid } from '../../std/uuid.ts'

export type AssignReplicasRequest = RequestInput<typeof AssignReplicasToDirs>
export type AssignReplicasResponse = ResponseOf<typeof AssignReplicasToDirs>

export interface DirectoryAssignmentsOptions {
  readonly clock: Clock
  readonly nodeId: number
  /** Of this broker's registration; -1 while there is none. */
  brokerEpoch(): number
  /** Where a replica of this broker is by the metadata; undefined when this broker has none of that partition. */
  known(topicId: Uuid, index: number): Uuid | undefined
  assignReplicas(request: AssignReplicasRequest): Promise<AssignReplicasResponse>
  log(line: string): void
}

interface Assignment {
  readonly topicId: Uuid
  readonly index: number
  readonly directory: Uuid
}

/** Apache's limit: a request fits into one batch of the metadata log. */
const MOST = 2250
/** Before the next request after one that failed: twice as long each time, milliseconds. */
const RETRY_MS = 100
const LONGEST_RETRY_MS = 10_000

/** Tells the controller in which directory replicas lie, where it believes something else: one request at a time, until it is known (KIP-858). */
export class DirectoryAssignments {
  readonly #waiting = new Map<string, Assignment>()
  readonly #closing = new AbortController()
  #failures = 0
  #busy = false

  constructor(private readonly options: DirectoryAssignmentsOptions) {}

  /** A replica lies there; what was said of it before counts no more. */
  note(topicId: Uuid, index: number, directory: Uuid): void {
    this.#waiting.set(`${topicId}-${index}`, { topicId, index, directory })
    if (this.#busy || this.#closing.signal.aborted) return
    this.#busy = true
    this.options.clock.defer(() => void this.#sendAll())
  }

  close(): void {
    this.#closing.abort()
    this.#waiting.clear()
  }

  async #sendAll(): Promise<void> {
    const { signal } = this.#closing
    for (;;) {
      const batch = this.#next()
      if (batch.length === 0 || signal.aborted) break
      const fault = await this.#send(batch)
      if (fault === undefined) {
        this.#failures = 0
        continue
      }
      this.#failures++
      if (this.#failures === 1 && !signal.aborted)
        this.options.log(`Cannot tell the controller of directories: ${fault}`)
      const pause = Math.min(RETRY_MS * 2 ** (this.#failures - 1), LONGEST_RETRY_MS)
      await this.options.clock.sleep(pause, signal).catch(() => {})
    }
    this.#busy = false
  }

  /** What is still worth telling. */
  #next(): Assignment[] {
    const batch: Assignment[] = []
    for (const [key, one] of this.#waiting) {
      const known = this.options.known(one.topicId, one.index)
      if (known === undefined || known === one.directory) this.#waiting.delete(key)
      else if (batch.length < MOST) batch.push(one)
    }
    return batch
  }

  /** Gives what kept it from being told. */
  async #send(batch: readonly Assignment[]): Promise<string | undefined> {
    const { nodeId, brokerEpoch, assignReplicas } = this.options
    try {
      const answer = await assignReplicas({
        ...{ brokerId: nodeId, brokerEpoch: brokerEpoch() },
        directories: directoriesOf(batch),
      })
      if (answer.errorCode !== Errors.NONE) return describeError(answer.errorCode).name
      return this.#taken(batch, answer)
    } catch (error) {
      return (error as Error).message
    }
  }

  #taken(batch: readonly Assignment[], { directories }: AssignReplicasResponse): string | undefined {
    const codes = new Map<string, number>()
    for (const { topics } of directories)
      for (const { topicId, partitions } of topics)
        for (const { partitionIndex, errorCode } of partitions) codes.set(`${topicId}-${partitionIndex}`, errorCode)
    let fault: string | undefined
    for (const one of batch) {
      const key = `${one.topicId}-${one.index}`
      const code = codes.get(key) ?? Errors.UNKNOWN_SERVER_ERROR
      if (code !== Errors.NONE) fault = `${describeError(code).name} for ${key}`
      // It may lie elsewhere by now.
      else if (this.#waiting.get(key) === one) this.#waiting.delete(key)
    }
    return fault
  }
}

function directoriesOf(batch: readonly Assignment[]): AssignReplicasRequest['directories'] {
  const directories = new Map<Uuid, Map<Uuid, { partitionIndex: number }[]>>()
  for (const { topicId, index, directory } of batch) {
    const topics = directories.get(directory) ?? new Map<Uuid, { partitionIndex: number }[]>()
    directories.set(directory, topics)
    const partitions = topics.get(topicId) ?? []
    topics.set(topicId, partitions)
    partitions.push({ partitionIndex: index })
  }
  return Array.from(directories, ([id, topics]) => ({
    id,
    topics: Array.from(topics, ([topicId, partitions]) => ({ topicId, partitions })),
  }))
}
