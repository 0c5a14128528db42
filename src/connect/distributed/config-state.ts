import type { ConnectorConfig } from '../connector.ts'
import type { TargetState } from '../worker/connector-runner.ts'
import { type TaskId, taskKey, Units } from './units.ts'

/** Signs requests between workers (KIP-507). */
export interface SessionKey {
  readonly key: Buffer
  /** Java's name of it. */
  readonly algorithm: string
  /** Milliseconds since the epoch. */
  readonly createdAt: number
}

/** What a group of workers has agreed on, as far as its config topic was read. */
export class ConfigState {
  /** Of the next record of the config topic; -1, as workers tell each other, before the first one. */
  offset = -1
  sessionKey: SessionKey | undefined
  readonly connectors: Map<string, ConnectorConfig>
  readonly targets: Map<string, TargetState>
  /** By connector. */
  readonly taskCounts: Map<string, number>
  /** By `taskKey`. */
  readonly tasks: Map<string, ConnectorConfig>
  /** The config of each connector by which its tasks were made. */
  readonly applied: Map<string, ConnectorConfig>
  /** Connectors of whose tasks not all configs are there: compaction took some, or a leader died between them. */
  readonly inconsistent: Set<string>

  constructor(from?: ConfigState) {
    this.offset = from?.offset ?? -1
    this.sessionKey = from?.sessionKey
    this.connectors = new Map(from?.connectors)
    this.targets = new Map(from?.targets)
    this.taskCounts = new Map(from?.taskCounts)
    this.tasks = new Map(from?.tasks)
    this.applied = new Map(from?.applied)
    this.inconsistent = new Set(from?.inconsistent)
  }

  target(connector: string): TargetState {
    return this.targets.get(connector) ?? 'RUNNING'
  }

  taskCount(connector: string): number {
    return this.taskCounts.get(connector) ?? 0
  }

  taskIds(connector: string): TaskId[] {
    if (this.inconsistent.has(connector)) return []
    return Array.from({ length: this.taskCount(connector) }, (_, task) => ({ connector, task }))
  }

  taskConfig(id: TaskId): ConnectorConfig | undefined {
    return this.tasks.get(taskKey(id))
  }

  /** All that there is to be done. */
  units(): Units {
    const names = [...this.connectors.keys()]
    return Units.of(
      names,
      names.flatMap((name) => this.taskIds(name)),
    )
  }

  /** Whether tasks have to be made anew for a connector that wants these. */
  wouldChange(connector: string, wanted: readonly ConnectorConfig[]): boolean {
    if (wanted.length !== this.taskCount(connector)) return true
    if (wanted.some((config, task) => !isSame(config, this.taskConfig({ connector, task })))) return true
    return !isSame(this.applied.get(connector), this.connectors.get(connector))
  }
}

function isSame(a: ConnectorConfig | undefined, b: ConnectorConfig | undefined): boolean {
  if (!a || !b) return a === b
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name])
}
