import type { RestartRequest } from './config-records.ts'
import type { StatusStore } from './status-store.ts'
import type { TaskId } from './units.ts'

export interface RestartPlan {
  readonly connector: boolean
  readonly tasks: readonly TaskId[]
}

/** What is to be restarted, as things stand (KIP-745); undefined for a connector of which nothing is known. */
export function planRestart(request: RestartRequest, statuses: StatusStore): RestartPlan | undefined {
  const { connector, includeTasks, onlyFailed } = request
  const status = statuses.connector(connector)
  if (!status) return undefined
  const isWanted = (state: string) => !onlyFailed || state === 'FAILED'
  const tasks = includeTasks ? statuses.tasksOf(connector).filter((task) => isWanted(task.status.state)) : []
  return { connector: isWanted(status.state), tasks: tasks.map(({ task }) => ({ connector, task })) }
}
