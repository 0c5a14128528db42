import type { Clock } from '../../runtime/index.ts'
import { ConfigFollower } from './config-follower.ts'
import type { ConfigState } from './config-state.ts'
import type { CrewPlace } from './crew-place.ts'
import { Leader } from './leader.ts'
import { PendingChanges } from './pending.ts'
import { RequestQueue } from './request-queue.ts'
import { planRestart } from './restart-plan.ts'
import { parseTaskKey, taskKey, Units } from './units.ts'

/**
 * A worker among its group, one step after the other: it joins, catches up with the config topic, starts and stops what the group gave it, and
 * does what users and the config topic ask for between rebalances.
 */
export class Crew {
  readonly requests: RequestQueue
  readonly pending: PendingChanges
  readonly leader: Leader
  /** What it knows of the configs. */
  readonly known: ConfigFollower
  /** Whether the first rebalance is over. */
  ready = false
  private running = new Units()
  /** Keys of tasks that were stopped because they have other configs, and start again after the next rebalance. */
  private readonly toRestart = new Set<string>()
  private joining = false
  private resolved = true
  /** On the monotonic clock. */
  private rejoinAt: number | undefined
  private readonly stopping = new AbortController()
  private wakeUp = new AbortController()

  constructor(private readonly place: CrewPlace) {
    const { runtime } = place
    this.requests = new RequestQueue(runtime.clock, () => this.wake())
    this.pending = new PendingChanges(
      (name) => this.state.connectors.has(name),
      () => this.wake(),
    )
    this.known = new ConfigFollower(place, this.stopping.signal)
    this.leader = new Leader(place, this)
  }

  /** The configs by which it works. */
  get state(): ConfigState {
    return this.known.state
  }

  wake(): void {
    this.wakeUp.abort()
  }

  /** Works until `stop`; rejects where it cannot go on. */
  async run(): Promise<void> {
    this.known.look()
    while (!this.stopping.signal.aborted) {
      this.place.member.works()
      await this.step()
    }
    this.requests.close()
  }

  /** Has `run` end, soon. */
  async stop(): Promise<void> {
    this.stopping.abort()
    this.wake()
    if (!this.joining) return
    // The others may take their time, up to the rebalance time-out: this worker does not wait for them.
    await this.place.work.stopAll()
    await this.place.member.close()
  }

  /** Others may have the work by now: it ends here. */
  async giveUp(): Promise<void> {
    if (this.running.isEmpty) return
    this.place.log('WARN', 'Nothing was heard of the group for session.timeout.ms: connectors and tasks stop here.')
    this.place.member.requestJoin()
    await this.layDown()
  }

  /** What it had is nobody's, and for anybody at once. */
  private async layDown(): Promise<void> {
    this.running = new Units()
    this.place.member.layDown()
    await this.place.work.stopAll()
  }

  private get clock(): Clock {
    return this.place.runtime.clock
  }

  private get stopped(): boolean {
    return this.stopping.signal.aborted
  }

  private async step(): Promise<void> {
    const { member } = this.place
    if (!this.known.isReadable && !(await this.known.catchUp(() => this.layDown()))) return
    if (this.stopped || (member.joinWanted && !(await this.join()))) return
    if (this.stopped || !(await this.resolve())) return
    this.ready = true
    if (!(await this.leader.renewKey())) return this.known.doubt()
    await this.requests.runDue()
    for (const request of this.pending.takeRestarts()) await this.restart(request)
    await this.applyChanges()
    if (!member.joinWanted) await this.rest()
  }

  private async join(): Promise<boolean> {
    const { member, log } = this.place
    log('INFO', 'Rebalance started')
    this.joining = true
    const joined = await member
      .join((units) => this.revoke(units))
      .finally(() => {
        this.joining = false
      })
    if (!joined) return false
    const { assignment, generation, version } = member
    const delayMs = assignment?.delayMs ?? 0
    log(
      'INFO',
      `Joined group at generation ${generation} with protocol version ${version} and rebalance delay: ${delayMs}`,
    )
    this.rejoinAt = delayMs > 0 ? this.clock.monotonic() + delayMs : undefined
    this.resolved = false
    if (member.leads) this.leader.forgetGone()
    return true
  }

  private async revoke(units: Units): Promise<void> {
    const { work, statuses } = this.place
    await work.stop(units)
    this.running.remove(units)
    const names = new Set([...units.connectors, ...units.taskIds().map(({ connector }) => connector)])
    for (const name of names) if (!this.place.configs.current.connectors.has(name)) statuses.removeTopics(name)
    await statuses.flush()
  }

  /** Makes what the group decided true here. False when the group has to be asked again first. */
  private async resolve(): Promise<boolean> {
    const { member, log } = this.place
    const { assignment } = member
    if (this.rejoinAt !== undefined && this.clock.monotonic() >= this.rejoinAt) {
      this.rejoinAt = undefined
      member.requestJoin()
      return false
    }
    if (this.resolved || !assignment) return assignment !== undefined
    const failed = assignment.error !== 0
    const lags = this.state.offset < assignment.configOffset
    const caughtUp = !(lags || (failed && member.leads)) || (await this.known.refresh())
    if (!caughtUp) this.known.doubt()
    if (failed || !caughtUp) {
      member.requestJoin()
      return false
    }
    if (this.state.offset !== assignment.configOffset) {
      log(
        'INFO',
        `Current config state offset ${this.state.offset} does not match group assignment ${assignment.configOffset}. Forcing rebalance.`,
      )
      member.requestJoin()
      return false
    }
    await this.startWork(assignment.assigned)
    this.resolved = true
    if (assignment.revoked.isEmpty) return true
    member.assignment = { ...assignment, revoked: new Units() }
    member.requestJoin()
    return false
  }

  private async startWork(assigned: Units): Promise<void> {
    const { work, log } = this.place
    log('INFO', `Starting connectors and tasks using config offset ${this.state.offset}`)
    for (const key of this.toRestart) this.running.tasks.delete(key)
    this.toRestart.clear()
    const fresh = assigned.without(this.running)
    this.running = assigned.copy()
    await Promise.all(Array.from(fresh.connectors, (name) => this.startConnector(name)))
    for (const id of fresh.taskIds()) {
      const config = this.state.connectors.get(id.connector) ?? {}
      await work.stopTask(id)
      work.startTask(id, config, this.state.taskConfig(id), this.state.target(id.connector))
    }
    log('INFO', 'Finished starting connectors and tasks')
    // It may have been given up meanwhile.
    if (!this.place.member.assignment) await this.layDown()
  }

  async startConnector(name: string): Promise<void> {
    const config = this.state.connectors.get(name)
    if (!config) return
    await this.place.work.stopConnector(name)
    if (await this.place.work.startConnector(name, config, this.state.target(name))) this.leader.reconfigure(name)
  }

  /** Whether this worker runs it, as the group has decided. */
  has(kind: 'connectors' | 'tasks', unit: string): boolean {
    return this.place.member.assignment?.assigned[kind].has(unit) ?? false
  }

  private async restart(request: Parameters<typeof planRestart>[0]): Promise<void> {
    const plan = planRestart(request, this.place.statuses)
    const { work } = this.place
    if (!plan) return
    const { connector } = request
    const tasks = plan.tasks.filter((id) => this.has('tasks', taskKey(id)))
    const withConnector = plan.connector && this.has('connectors', connector)
    if (withConnector) {
      await work.stopConnector(connector)
      work.restarting(connector)
    }
    await Promise.all(tasks.map((id) => work.stopTask(id)))
    for (const id of tasks) work.restarting(id)
    if (withConnector) await this.startConnector(connector)
    const config = this.state.connectors.get(connector) ?? {}
    for (const id of tasks) work.startTask(id, config, this.state.taskConfig(id), this.state.target(connector))
  }

  private async applyChanges(): Promise<void> {
    if (this.pending.isEmpty) return
    const { work, member } = this.place
    this.known.look()
    const { rebalance, connectors, targets, tasks } = this.pending.take()
    if (rebalance) member.requestJoin()
    for (const name of connectors) if (this.has('connectors', name)) await this.startConnector(name)
    for (const name of targets)
      if (this.state.connectors.has(name) && (await work.setTarget(name, this.state.target(name))))
        this.leader.reconfigure(name)
    const stopped = [...(member.assignment?.assigned.tasks ?? [])].filter((key) =>
      tasks.has(parseTaskKey(key)?.connector ?? ''),
    )
    await work.stop(new Units(new Set(), new Set(stopped)))
    for (const key of stopped) this.toRestart.add(key)
  }

  /** Waits for something to do. */
  private async rest(): Promise<void> {
    if (this.wakeUp.signal.aborted) this.wakeUp = new AbortController()
    // What came before is seen now, what comes later wakes.
    if (this.stopped || !this.pending.isEmpty || this.place.member.joinWanted) return
    const times = [this.rejoinAt, this.requests.nextAt, this.leader.keyDueAt].filter((at) => at !== undefined)
    const ms = Math.min(...times.map((at) => Math.max(0, at - this.clock.monotonic())), 3_600_000)
    this.place.member.rests()
    await this.clock.sleep(ms, this.wakeUp.signal).catch(() => {})
  }
}
