import type { ConnectorConfig } from '../connector.ts'
import type { PartitionOffset } from '../offsets/source-offsets.ts'
import type { TargetState } from '../worker/connector-runner.ts'
import { notFound } from '../worker/request-error.ts'
import type { StandaloneWorker } from '../worker/standalone-worker.ts'
import { connectorInfo, connectorStatus, taskInfos, taskStatus } from './answers.ts'
import type { Herder, PutHow, RestartHow } from './herder.ts'
import type { RestPlace } from './place.ts'

/** A standalone worker for REST: everything is here. */
export class StandaloneHerder implements Herder {
  constructor(
    private readonly worker: StandaloneWorker,
    private readonly place: RestPlace,
  ) {}

  get config() {
    return this.worker.config
  }

  get toolbox() {
    return this.worker.toolbox
  }

  health(): void {}

  names() {
    return this.worker.names()
  }

  info(name: string) {
    return connectorInfo(this.worker.get(name))
  }

  tasks(name: string) {
    return taskInfos(this.worker.get(name))
  }

  status(name: string) {
    return connectorStatus(this.worker.get(name, `No status found for connector ${name}`), this.place.workerId)
  }

  taskStatus(name: string, id: string) {
    const task = this.worker.find(name)?.tasks[Number(id)]
    if (!task) throw notFound(`No status found for task ${name}-${id}`)
    return taskStatus(task, this.place.workerId)
  }

  async put(name: string, config: ConnectorConfig, how: PutHow) {
    const { created, runner } = await this.worker.put(name, config, how)
    return { created, info: connectorInfo(runner) }
  }

  async patch(name: string, changes: Readonly<Record<string, string | null>>) {
    return connectorInfo(await this.worker.patch(name, changes))
  }

  delete(name: string) {
    return this.worker.delete(name)
  }

  async setTarget(name: string, target: TargetState) {
    this.worker.get(name, `Unknown connector ${name}`)
    await this.worker.setTarget(name, target)
  }

  async restart(name: string, how: RestartHow) {
    const runner = this.worker.get(name, `Unknown connector ${name}`)
    const { includeTasks, onlyFailed } = how
    const answer = connectorStatus(runner, this.place.workerId, { tasks: includeTasks })
    await this.worker.restart(name, how)
    return includeTasks || onlyFailed ? answer : undefined
  }

  restartTask(name: string, id: number) {
    return this.worker.restartTask(name, id)
  }

  topics(name: string) {
    return [...(this.worker.find(name)?.topics ?? [])]
  }

  resetTopics(name: string) {
    this.worker.find(name)?.topics.clear()
  }

  listOffsets(name: string) {
    return this.worker.listOffsets(name)
  }

  alterOffsets(name: string, offsets: readonly PartitionOffset[]) {
    return this.worker.alterOffsets(name, offsets)
  }

  resetOffsets(name: string) {
    return this.worker.resetOffsets(name)
  }
}
