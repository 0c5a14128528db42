import type { ConnectorConfig } from '../connector.ts'
import { sentenceOf } from '../worker/environment.ts'
import { badRequest } from '../worker/request-error.ts'
import type { ConfigState } from './config-state.ts'
import type { CrewPlace } from './crew-place.ts'
import { SIGNED_VERSION } from './protocol.ts'
import type { RequestQueue } from './request-queue.ts'
import { keySize, sign } from './signature.ts'

/** Milliseconds between attempts to have tasks made, at first and at most. */
const RETRY = 250
const RETRY_MAX = 60_000
/** Milliseconds for a request to another worker. */
const TIMEOUT = 90_000
const MINUTE = 60_000

/** Who works here: by which configs, and what is still to be done. */
interface Worker {
  readonly state: ConfigState
  readonly requests: RequestQueue
}

/** What the leader of the group does for all, and how the others have it done. */
export class Leader {
  constructor(
    private readonly place: CrewPlace,
    private readonly crew: Worker,
  ) {}

  /** The statuses of connectors and tasks that are not there any more go. */
  forgetGone(): void {
    const { configs, statuses } = this.place
    const state = configs.current
    for (const name of statuses.names()) {
      const left = new Set(state.connectors.has(name) ? state.taskIds(name).map(({ task }) => task) : [])
      for (const { connector, task } of statuses.tasksOf(name))
        if (!left.has(task)) statuses.remove({ connector, task })
      if (!state.connectors.has(name)) statuses.remove(name)
    }
  }

  /** When the key of the group is too old, on the monotonic clock; undefined when that is not this worker's business. */
  get keyDueAt(): number | undefined {
    const { member, config, runtime } = this.place
    const created = this.place.configs.current.sessionKey?.createdAt
    const ttl = config['inter.worker.key.ttl.ms']
    if (!member.leads || member.version < SIGNED_VERSION || created === undefined || ttl === 0) return undefined
    return runtime.clock.monotonic() + Math.max(0, created + ttl - runtime.clock.now())
  }

  /** Gives the group a key where it has none, or an old one. False when that failed. */
  async renewKey(): Promise<boolean> {
    const { member, config, runtime, configs, log } = this.place
    if (!member.leads || member.version < SIGNED_VERSION) return true
    const algorithm = config['inter.worker.key.generation.algorithm']
    const size = keySize(algorithm, config['inter.worker.key.size'])
    const known = configs.current.sessionKey
    const now = runtime.clock.now()
    const ttl = config['inter.worker.key.ttl.ms']
    const isGood =
      known?.algorithm === algorithm && known.key.length === size && (ttl === 0 || known.createdAt + ttl > now)
    if (isGood) return true
    try {
      await configs.putSessionKey({ key: runtime.random.bytes(size), algorithm, createdAt: now })
      return true
    } catch (error) {
      log('INFO', `Failed to write new session key to config topic: ${sentenceOf(error)}`)
      return false
    }
  }

  /** Asks a connector that runs here for its tasks, and has them written where they are others than before; tried until it is done. */
  reconfigure(name: string, attempt = 0, since = this.place.runtime.clock.monotonic()): void {
    const delayMs = attempt === 0 ? 0 : Math.min(RETRY * 2 ** (attempt - 1), RETRY_MAX)
    this.crew.requests.later(delayMs, async () => {
      const written = this.tryReconfigure(name).catch((error: unknown) => {
        const elapsed = this.place.runtime.clock.monotonic() - since
        // A key may have been renewed on the way.
        const level = attempt === 0 || elapsed < MINUTE ? 'WARN' : 'ERROR'
        this.place.log(
          level,
          `Failed to reconfigure connector's tasks (${name}), retrying after backoff: ${sentenceOf(error)}`,
        )
        this.reconfigure(name, attempt + 1, since)
      })
      // The leader may be waiting for this worker to join: its answer is not waited for.
      if (this.place.member.leads) await written
    })
  }

  private async tryReconfigure(name: string): Promise<void> {
    const { work, member } = this.place
    const { state } = this.crew
    if (!work.runs(name) || state.target(name) !== 'RUNNING') return
    const configs = work.taskConfigs(name)
    if (!configs || !state.wouldChange(name, configs)) return
    if (member.leads) return this.writeTasks(name, configs)
    await this.askLeader(name, configs)
  }

  async writeTasks(name: string, configs: readonly ConnectorConfig[]): Promise<void> {
    if (configs.length > 0 && this.crew.state.target(name) === 'STOPPED')
      throw badRequest(`Cannot submit non-empty set of task configs for stopped connector ${name}`)
    await this.place.configs.putTasks(name, configs)
  }

  private async askLeader(name: string, tasks: readonly ConnectorConfig[]): Promise<void> {
    const { member, runtime, config, configs } = this.place
    const url = member.assignment?.leaderUrl
    if (!url)
      throw new Error(
        "Request to leader to reconfigure connector tasks failed because the URL of the leader's REST interface is empty!",
      )
    const body = JSON.stringify(tasks)
    const key = configs.current.sessionKey
    const signed = key ? await sign(body, key, config['inter.worker.signature.algorithm']) : {}
    const reply = await runtime.http({
      method: 'POST',
      url: new URL(`connectors/${encodeURIComponent(name)}/tasks`, url).href,
      headers: { 'Content-Type': 'application/json', Accept: 'application/json', ...signed },
      body,
      timeoutMs: TIMEOUT,
    })
    if (reply.status >= 400) throw new Error(`the leader answered ${reply.status}: ${reply.body}`)
  }
}
