import type { VersionRange } from '../../client/node.ts'
import { ConnectionError } from '../../network/connection-error.ts'
import { Errors, KafkaError } from '../../protocol/errors.ts'
import type { Api, RequestInput, ResponseOf } from '../../protocol/schema/index.ts'
import type { Clock } from '../../runtime/index.ts'
import type { ActiveController } from './metadata-fetcher.ts'
import type { QuorumNodes } from './quorum-nodes.ts'

/** Between the first two attempts, twice as long before each that follows, and the longest; milliseconds. */
const FIRST_RETRY_MS = 5
const RETRY_MS = 100

/** Where the active controller is. */
export interface ControllerFinder {
  readonly leader: ActiveController | undefined
  /** Resolves when one is known, or after so many milliseconds. */
  leaderOrTimeout(ms: number): Promise<void>
}

export interface ControllerChannelOptions {
  readonly finder: ControllerFinder
  readonly nodes: QuorumNodes
  readonly clock: Clock
  /** How long one attempt may take; milliseconds. */
  readonly attemptMs: number
}

/** Requests to whichever controller is active: one that has stopped being it, or cannot be reached, is followed by the next. */
export class ControllerChannel {
  #closed = false
  #ranges: ReadonlyMap<number, VersionRange> | undefined

  constructor(private readonly options: ControllerChannelOptions) {}

  /** Whether it is known which controller is active. */
  get hasController(): boolean {
    return this.options.finder.leader !== undefined
  }

  /** What the active controller offers, by api key; undefined before anything was sent. */
  get ranges(): ReadonlyMap<number, VersionRange> | undefined {
    return this.#ranges
  }

  /**
   * Sends a request on the connection for a purpose, until there is an answer of an active controller. Rejects with REQUEST_TIMED_OUT when there is none
   * after so many milliseconds.
   */
  async send<A extends Api>(
    purpose: string,
    api: A,
    request: RequestInput<A>,
    timeoutMs: number,
  ): Promise<ResponseOf<A>> {
    const { clock, attemptMs } = this.options
    const deadline = clock.monotonic() + timeoutMs
    let why = 'no controller is known to lead'
    let pause = FIRST_RETRY_MS
    for (let left = timeoutMs; left > 0 && !this.#closed; left = deadline - clock.monotonic()) {
      try {
        const answer = await this.#attempt(purpose, api, request, Math.min(left, attemptMs))
        if (answer && !isNotController(answer)) return answer
      } catch (error) {
        if (!(error instanceof ConnectionError)) throw error
        why = error.message
      }
      await clock.sleep(Math.min(pause, Math.max(0, deadline - clock.monotonic())))
      pause = Math.min(2 * pause, RETRY_MS)
    }
    throw new KafkaError('REQUEST_TIMED_OUT', `The active controller did not answer ${api.name}: ${why}`)
  }

  async #attempt<A extends Api>(
    purpose: string,
    api: A,
    request: RequestInput<A>,
    timeoutMs: number,
  ): Promise<ResponseOf<A> | undefined> {
    const { finder, nodes } = this.options
    if (!finder.leader) await finder.leaderOrTimeout(timeoutMs)
    const { leader } = finder
    if (!leader || this.#closed) return undefined
    const node = nodes.at(leader, purpose)
    // To one that has gone from the network a connection is tried for longer than another one keeps up a broker's session.
    const answer = await node.send(api, request, { timeoutMs, withConnecting: true })
    // An answer need not wait for the next connection.
    if (node.connected) this.#ranges = await node.ranges()
    return answer
  }

  close(): void {
    this.#closed = true
  }
}

const isNotController = (answer: object): boolean =>
  (answer as { readonly errorCode?: number }).errorCode === Errors.NOT_CONTROLLER
