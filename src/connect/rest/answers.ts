import type { ConfigKeyView } from '../config/connector-keys.ts'
import type { CheckedKey } from '../config/stage-keys.ts'
import type { ConnectorConfig } from '../connector.ts'
import type { ConnectorRunner } from '../worker/connector-runner.ts'
import type { Task } from '../worker/task.ts'

/** Bodies of answers, as Apache's have them. */

export interface TaskId {
  readonly connector: string
  readonly task: number
}

export interface ConnectorInfo {
  readonly name: string
  readonly config: ConnectorConfig
  readonly tasks: readonly TaskId[]
  /** `unknown` where the worker has no such class. */
  readonly type: 'source' | 'sink' | 'unknown'
}

export interface TaskInfo {
  readonly id: TaskId
  readonly config: ConnectorConfig
}

interface UnitStatus {
  readonly state: string
  readonly worker_id: string
  readonly version?: string | undefined
  readonly trace?: string | undefined
}

export interface TaskStatus extends UnitStatus {
  readonly id: number
}

export interface ConnectorStatus {
  readonly name: string
  readonly connector: UnitStatus
  readonly tasks: readonly TaskStatus[]
  /** `unknown` where the worker has no such class. */
  readonly type: 'source' | 'sink' | 'unknown'
}

export const connectorInfo = (runner: ConnectorRunner): ConnectorInfo => ({
  name: runner.name,
  config: runner.config,
  tasks: runner.tasks.map(({ id }) => ({ connector: runner.name, task: id })),
  type: runner.plugin.kind,
})

export const connectorStatus = (
  runner: ConnectorRunner,
  workerId: string,
  restarting?: { readonly tasks: boolean },
): ConnectorStatus => ({
  name: runner.name,
  connector: {
    state: restarting ? 'RESTARTING' : runner.state,
    worker_id: workerId,
    version: runner.plugin.version,
    ...(runner.trace === undefined || restarting ? {} : { trace: runner.trace }),
  },
  tasks: runner.tasks.map((task) => ({
    ...taskStatus(task, workerId),
    ...(restarting?.tasks ? { state: 'RESTARTING' } : {}),
  })),
  type: runner.plugin.kind,
})

export const taskStatus = (task: Task, workerId: string): TaskStatus => ({
  id: task.id,
  state: task.state,
  worker_id: workerId,
  version: task.version,
  ...(task.trace === undefined ? {} : { trace: task.trace }),
})

export const taskInfos = (runner: ConnectorRunner): TaskInfo[] =>
  runner.tasks.map(({ id, shown }) => ({ id: { connector: runner.name, task: id }, config: shown }))

export const keyInfo = (key: ConfigKeyView) => ({
  name: key.name,
  type: key.type,
  required: key.defaultValue === undefined,
  default_value: key.defaultValue ?? null,
  importance: key.importance,
  documentation: key.documentation,
  group: key.group,
  order_in_group: key.order,
  width: key.width,
  display_name: key.displayName,
  dependents: [],
})

export const validation = (name: string, checked: readonly CheckedKey[]) => ({
  name,
  error_count: checked.reduce((sum, { errors }) => sum + errors.length, 0),
  groups: [...new Set(checked.flatMap(({ key }) => key.group ?? []))],
  configs: checked.map(({ key, value, recommended, errors }) => ({
    definition: keyInfo(key),
    value: { name: key.name, value, recommended_values: recommended, errors, visible: true },
  })),
})
