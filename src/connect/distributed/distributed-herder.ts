import type { ConnectorConfig } from '../connector.ts'
import type { PartitionOffset } from '../offsets/source-offsets.ts'
import type { ConnectorInfo, ConnectorStatus, TaskInfo, TaskStatus } from '../rest/answers.ts'
import { Elsewhere } from '../rest/elsewhere.ts'
import type { Herder, PutHow, RestartHow, TaskConfigsRequest } from '../rest/herder.ts'
import type { ConnectorOffsets, OffsetOwner } from '../worker/connector-offsets.ts'
import type { TargetState } from '../worker/connector-runner.ts'
import { mustBeStopped, notFound, RequestError } from '../worker/request-error.ts'
import type { Toolbox } from '../worker/toolbox.ts'
import type { Crew } from './crew.ts'
import type { CrewPlace } from './crew-place.ts'
import { checkSignature } from './request-check.ts'
import { planRestart } from './restart-plan.ts'
import type { Status } from './status-records.ts'
import { taskKey } from './units.ts'

export interface DistributedHerderPlace extends CrewPlace {
  readonly toolbox: Toolbox
  readonly offsets: ConnectorOffsets
}

const conflict = (message: string) => new RequestError(409, message)

/** A worker of many for REST: what only the leader may do, and what another worker runs, is `Elsewhere`. */
export class DistributedHerder implements Herder {
  constructor(
    private readonly place: DistributedHerderPlace,
    private readonly crew: Crew,
  ) {}

  get config() {
    return this.place.config
  }

  get toolbox() {
    return this.place.toolbox
  }

  get http() {
    return this.place.runtime.http
  }

  health(): void {
    if (!this.crew.ready) throw new RequestError(503, 'Worker is still starting up.')
  }

  names(): Promise<string[]> {
    return this.settled(() => [...this.crew.state.connectors.keys()])
  }

  info(name: string): Promise<ConnectorInfo> {
    return this.settled(() => this.infoOf(name, this.configOf(name)))
  }

  tasks(name: string): Promise<TaskInfo[]> {
    return this.settled(() => {
      this.configOf(name)
      const { state } = this.crew
      return state.taskIds(name).map((id) => ({ id, config: state.taskConfig(id) ?? {} }))
    })
  }

  status(name: string): ConnectorStatus {
    const found = this.place.statuses.connector(name)
    if (!found) throw notFound(`No status found for connector ${name}`)
    return this.statusOf(name, found)
  }

  taskStatus(name: string, id: string): TaskStatus {
    const status = this.place.statuses.task({ connector: name, task: Number(id) })
    if (!status) throw notFound(`No status found for task ${name}-${id}`)
    return { id: Number(id), ...shown(status) }
  }

  async put(name: string, given: ConnectorConfig, how: PutHow): Promise<{ created: boolean; info: ConnectorInfo }> {
    const config = { ...given, name }
    this.toolbox.accept(name, config)
    return this.crew.requests.ask(() => this.putNow(name, config, how))
  }

  patch(name: string, changes: Readonly<Record<string, string | null>>): Promise<ConnectorInfo> {
    return this.asLeader(async () => {
      const kept = Object.entries({ ...this.configOf(name), ...changes }).filter(
        (one): one is [string, string] => one[1] !== null,
      )
      const config = Object.fromEntries(kept)
      this.toolbox.accept(name, config)
      return (await this.putNow(name, config, {})).info
    })
  }

  delete(name: string): Promise<void> {
    return this.asLeader(async () => {
      this.configOf(name)
      await this.place.configs.removeConnector(name)
    })
  }

  setTarget(name: string, target: TargetState): Promise<void> {
    return this.crew.requests.ask(async () => {
      const { configs } = this.place
      if (!configs.current.connectors.has(name)) throw notFound(`Unknown connector ${name}`)
      if (target === 'STOPPED') {
        this.mustLead()
        // A stopped connector with tasks would be worse than one that is to run and has none.
        await this.crew.leader.writeTasks(name, [])
      }
      await configs.putTarget(name, target)
    })
  }

  restart(name: string, how: RestartHow): Promise<ConnectorStatus | undefined> {
    return this.settled(async () => {
      if (!this.crew.state.connectors.has(name)) throw notFound(`Unknown connector: ${name}`)
      if (how.includeTasks || how.onlyFailed) return this.restartAll(name, how)
      if (!this.crew.has('connectors', name)) throw this.ownerOf('connectors', name)
      await this.crew.startConnector(name)
      return undefined
    })
  }

  restartTask(name: string, task: number): Promise<void> {
    return this.settled(async () => {
      const { state } = this.crew
      const id = { connector: name, task }
      const config = state.connectors.get(name)
      if (!config) throw notFound(`Unknown connector: ${name}`)
      if (!state.taskConfig(id) || task >= state.taskCount(name)) throw notFound(`Unknown task: ${taskKey(id)}`)
      if (!this.crew.has('tasks', taskKey(id))) throw this.ownerOf('tasks', taskKey(id))
      await this.place.work.stopTask(id)
      this.place.work.startTask(id, config, state.taskConfig(id), state.target(name))
    })
  }

  topics(name: string): string[] {
    return this.place.statuses.topicsOf(name)
  }

  resetTopics(name: string): void {
    this.place.statuses.removeTopics(name)
  }

  listOffsets(name: string): Promise<PartitionOffset[]> {
    return this.crew.requests.ask(() => this.place.offsets.list(this.ownedBy(name)))
  }

  alterOffsets(name: string, offsets: readonly PartitionOffset[]): Promise<string> {
    return this.withOffsets(name, (owner) => this.place.offsets.alter(owner, offsets))
  }

  resetOffsets(name: string): Promise<string> {
    return this.withOffsets(name, (owner) => this.place.offsets.reset(owner))
  }

  /** Another worker's connector wants these tasks (KIP-507). */
  async putTaskConfigs(name: string, request: TaskConfigsRequest): Promise<void> {
    const { configs, config, member } = this.place
    await checkSignature(request, configs.current.sessionKey, config, member.version)
    await this.asLeader(async () => {
      this.configOf(name)
      await this.crew.leader.writeTasks(name, request.configs)
    })
  }

  private async putNow(name: string, config: ConnectorConfig, { replace = true, target }: PutHow) {
    this.mustLead()
    const isThere = this.crew.state.connectors.has(name)
    if (isThere && !replace) throw conflict(`Connector ${name} already exists`)
    await this.place.configs.putConnector(name, config, target)
    return { created: !isThere, info: this.infoOf(name, config) }
  }

  private async restartAll(name: string, how: RestartHow): Promise<ConnectorStatus> {
    this.mustLead()
    const request = { connector: name, ...how }
    const plan = planRestart(request, this.place.statuses)
    const status = this.place.statuses.connector(name)
    await this.place.configs.putRestart(request)
    if (!plan || !status) throw notFound(`Status for connector ${name} not found`)
    const { tasks, ...rest } = this.statusOf(name, status)
    const isRestarted = (id: number) => plan.tasks.some(({ task }) => task === id)
    return {
      ...rest,
      connector: plan.connector ? { ...rest.connector, state: 'RESTARTING' } : rest.connector,
      tasks: tasks.map((task) => (isRestarted(task.id) ? { ...task, state: 'RESTARTING' } : task)),
    }
  }

  private withOffsets(name: string, action: (owner: OffsetOwner) => Promise<string>): Promise<string> {
    return this.asLeader(async () => {
      if (!(await this.crew.known.refresh()))
        throw new RequestError(500, 'Failed to read to end of config topic before modifying connector offsets')
      const owner = this.ownedBy(name)
      const { state } = this.crew
      if (state.target(name) !== 'STOPPED' || state.taskCount(name) > 0) throw mustBeStopped(name)
      return action(owner)
    })
  }

  /** Does something between rebalances, unless another one is about to begin. */
  private settled<T>(action: () => Promise<T> | T): Promise<T> {
    return this.crew.requests.ask(() => {
      if (this.crew.pending.rebalance)
        throw conflict(
          'Cannot complete request momentarily due to stale configuration (typically caused by a concurrent config change)',
        )
      return action()
    })
  }

  private asLeader<T>(action: () => Promise<T>): Promise<T> {
    return this.crew.requests.ask(() => {
      this.mustLead()
      return action()
    })
  }

  private mustLead(): void {
    const { member } = this.place
    if (!member.leads) throw new Elsewhere(member.assignment?.leaderUrl || undefined)
  }

  /** Who has it: the leader knows, and the others know the leader. */
  private ownerOf(kind: 'connectors' | 'tasks', unit: string): Elsewhere {
    const { member } = this.place
    return new Elsewhere((member.leads ? member.owners?.[kind].get(unit) : member.assignment?.leaderUrl) || undefined)
  }

  private configOf(name: string): ConnectorConfig {
    const config = this.crew.state.connectors.get(name)
    if (!config) throw notFound(`Connector ${name} not found`)
    return config
  }

  private ownedBy(name: string): OffsetOwner {
    const config = this.configOf(name)
    return { name, config, plugin: this.toolbox.pluginOf(config) }
  }

  private infoOf(name: string, config: ConnectorConfig): ConnectorInfo {
    return { name, config, tasks: this.crew.state.taskIds(name), type: this.typeOf(config) }
  }

  private typeOf(config: ConnectorConfig | undefined): ConnectorInfo['type'] {
    return this.toolbox.findPlugin(config?.['connector.class'] ?? '')?.kind ?? 'unknown'
  }

  private statusOf(name: string, status: Status): ConnectorStatus {
    const tasks = this.place.statuses.tasksOf(name).map((row) => ({ id: row.task, ...shown(row.status) }))
    const config = this.place.configs.current.connectors.get(name)
    return { name, connector: shown(status), tasks, type: this.typeOf(config) }
  }
}

const shown = ({ state, workerId, version, trace }: Status) => ({
  state,
  worker_id: workerId,
  ...(version === null ? {} : { version }),
  ...(trace === null ? {} : { trace }),
})
