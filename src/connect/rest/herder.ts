import type { Http } from '../../runtime/index.ts'
import type { WorkerConfig } from '../config/worker-config.ts'
import type { ConnectorConfig } from '../connector.ts'
import type { PartitionOffset } from '../offsets/source-offsets.ts'
import type { TargetState } from '../worker/connector-runner.ts'
import type { Toolbox } from '../worker/toolbox.ts'
import type { ConnectorInfo, ConnectorStatus, TaskInfo, TaskStatus } from './answers.ts'

export interface PutHow {
  /** Whether one of that name may be there; true when left out. */
  readonly replace?: boolean
  readonly target?: TargetState
}

export interface RestartHow {
  readonly includeTasks: boolean
  readonly onlyFailed: boolean
}

/** Tasks that a connector on another worker wants; `body` is what was signed. */
export interface TaskConfigsRequest {
  readonly configs: readonly ConnectorConfig[]
  readonly body: string
  readonly signature: string | undefined
  readonly algorithm: string | undefined
}

type Soon<T> = T | Promise<T>

/**
 * Who looks after connectors, as REST sees it: a standalone worker, or one of many. Calls throw `RequestError` and `ConfigError`, and
 * `Elsewhere` when another worker has to answer.
 */
export interface Herder {
  readonly config: WorkerConfig
  readonly toolbox: Toolbox
  /** Rejects while it cannot do anything yet, with a `RequestError`. */
  health(): Soon<void>
  names(): Soon<string[]>
  info(name: string): Soon<ConnectorInfo>
  tasks(name: string): Soon<TaskInfo[]>
  status(name: string): Soon<ConnectorStatus>
  taskStatus(name: string, id: string): Soon<TaskStatus>
  put(name: string, config: ConnectorConfig, how: PutHow): Promise<{ created: boolean; info: ConnectorInfo }>
  patch(name: string, changes: Readonly<Record<string, string | null>>): Promise<ConnectorInfo>
  delete(name: string): Promise<void>
  setTarget(name: string, target: TargetState): Promise<void>
  /** Gives the state that is being left, when more than the connector alone is asked for. */
  restart(name: string, how: RestartHow): Promise<ConnectorStatus | undefined>
  restartTask(name: string, id: number): Promise<void>
  topics(name: string): Soon<string[]>
  resetTopics(name: string): Soon<void>
  listOffsets(name: string): Promise<PartitionOffset[]>
  /** Of a stopped connector; gives the sentence that says so. */
  alterOffsets(name: string, offsets: readonly PartitionOffset[]): Promise<string>
  resetOffsets(name: string): Promise<string>
  /** Of a worker among others: how it asks them, and what they ask of it. */
  readonly http?: Http
  putTaskConfigs?(name: string, request: TaskConfigsRequest): Promise<void>
}
