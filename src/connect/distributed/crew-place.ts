import type { Runtime } from '../../runtime/index.ts'
import type { DistributedConfig } from '../config/distributed-config.ts'
import type { Log } from '../worker/environment.ts'
import type { ConfigStore } from './config-store.ts'
import type { LocalWork } from './local-work.ts'
import type { StatusStore } from './status-store.ts'
import type { WorkerMember } from './worker-member.ts'

/** What a worker among its group has around it. */
export interface CrewPlace {
  readonly config: DistributedConfig
  readonly runtime: Runtime
  readonly log: Log
  readonly configs: ConfigStore
  readonly statuses: StatusStore
  readonly work: LocalWork
  readonly member: WorkerMember
}
