import type { RestartRequest } from './config-records.ts'
import type { ConfigListener } from './config-store.ts'
import type { TaskId } from './units.ts'

/** What has changed in the config topic and was not acted upon yet. */
export class PendingChanges implements ConfigListener {
  /** There is other work than before: the group has to share it out. */
  rebalance = false
  connectors = new Set<string>()
  targets = new Set<string>()
  /** Connectors whose tasks have other configs. */
  tasks = new Set<string>()
  restarts = new Map<string, RestartRequest>()

  constructor(
    /** Whether a connector is among those that this worker knew when it last looked. */
    private readonly isKnown: (name: string) => boolean,
    private readonly wake: () => void,
  ) {}

  onConnector(name: string, isThere: boolean): void {
    // One that is new or gone is for the group; another config is for who runs it.
    if (this.isKnown(name) === isThere) this.connectors.add(name)
    else this.rebalance = true
    this.wake()
  }

  onTarget(name: string): void {
    this.targets.add(name)
    this.wake()
  }

  onTasks(ids: readonly TaskId[]): void {
    this.rebalance = true
    for (const { connector } of ids) this.tasks.add(connector)
    this.wake()
  }

  onRestart(request: RestartRequest): void {
    const before = this.restarts.get(request.connector)
    if (!before || impact(request) > impact(before)) this.restarts.set(request.connector, request)
    this.wake()
  }

  onSessionKey(): void {
    this.wake()
  }

  get isEmpty(): boolean {
    return !this.rebalance && this.connectors.size + this.targets.size + this.tasks.size + this.restarts.size === 0
  }

  /** What there is, which is taken out; restarts stay. */
  take(): { rebalance: boolean; connectors: Set<string>; targets: Set<string>; tasks: Set<string> } {
    const { rebalance, connectors, targets, tasks } = this
    this.rebalance = false
    this.connectors = new Set()
    this.targets = new Set()
    this.tasks = new Set()
    return { rebalance, connectors, targets, tasks }
  }

  takeRestarts(): RestartRequest[] {
    const all = [...this.restarts.values()]
    this.restarts = new Map()
    return all
  }
}

/** Of two requests for the same connector, that counts which restarts more. */
const impact = ({ includeTasks, onlyFailed }: RestartRequest): number => (onlyFailed ? 0 : 1) + (includeTasks ? 2 : 0)
