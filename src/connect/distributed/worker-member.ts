import { Cluster } from '../../client/cluster.ts'
import { GroupMember, type JoinedPart } from '../../client/group-member.ts'
import type { JoinedMembers } from '../../client/group-role.ts'
import type { ClientHooks } from '../../client/index.ts'
import { adminConfig } from '../../config/client.ts'
import type { Runtime } from '../../runtime/index.ts'
import type { DistributedConfig } from '../config/distributed-config.ts'
import { IncrementalAssignor } from './assignor.ts'
import type { ConfigState } from './config-state.ts'
import {
  type Assignment,
  CONFIG_MISMATCH,
  decodeAssignment,
  decodeMemberState,
  encodeAssignment,
  encodeMemberState,
  type MemberState,
  protocolNames,
  versionOf,
} from './protocol.ts'
import { Units } from './units.ts'

export interface WorkerMemberPlace {
  readonly config: DistributedConfig
  readonly runtime: Runtime
  readonly hooks: ClientHooks
  /** Of the clients of this worker for itself. */
  readonly properties: Readonly<Record<string, string>>
  /** Where this worker's REST is, `http://host:port/`. */
  url(): string
  /** What is known of the config topic now. */
  configs(): ConfigState
  /** Something is to be looked at. */
  wake(): void
  /** Others may have the work by now. */
  onSilence(): void
  onFatal(error: Error): void
}

/** Where the work of the group is, as its leader knows. */
export interface Owners {
  readonly connectors: ReadonlyMap<string, string>
  /** By `taskKey`. */
  readonly tasks: ReadonlyMap<string, string>
}

/** This worker in its group: what it says to the others, and what comes of a rebalance. */
export class WorkerMember {
  /** What this worker has, as of the last rebalance; undefined for nothing. */
  assignment: Assignment | undefined
  generation = -1
  /** Of what workers tell each other. */
  version: number
  joinWanted = true
  /** URLs of the owners of all that there is; there for a leader. */
  owners: Owners | undefined
  private readonly cluster: Cluster
  private readonly member: GroupMember
  private assignor: IncrementalAssignor

  constructor(private readonly place: WorkerMemberPlace) {
    const { config, runtime, hooks, properties } = place
    const { values } = adminConfig(properties)
    this.cluster = new Cluster(values, runtime, values['default.api.timeout.ms'], hooks, 'connect')
    this.version = versionOf(config['connect.protocol'])
    this.assignor = this.freshAssignor()
    const settings = {
      groupId: config['group.id'],
      sessionTimeoutMs: config['session.timeout.ms'],
      rebalanceTimeoutMs: config['rebalance.timeout.ms'],
      heartbeatIntervalMs: config['heartbeat.interval.ms'],
      requestTimeoutMs: values['request.timeout.ms'],
      retryBackoffMs: values['retry.backoff.ms'],
      retryBackoffMaxMs: values['retry.backoff.max.ms'],
    }
    this.member = new GroupMember(this.cluster, settings, {
      protocolType: 'connect',
      kind: 'worker',
      protocols: () => this.protocols(),
      divide: (protocol, members) => this.divide(protocol, members),
      onRebalance: () => this.requestJoin(),
      onLost: () => this.requestJoin(),
      onSilence: () => place.onSilence(),
      onFatal: (error) => place.onFatal(error),
    })
  }

  get leads(): boolean {
    return (
      this.assignment !== undefined && this.member.joined && this.assignment.leader === this.member.generation.memberId
    )
  }

  requestJoin(): void {
    this.joinWanted = true
    this.place.wake()
  }

  /** The worker is at work until `rests`: when that takes longer than `rebalance.timeout.ms`, it leaves. */
  works(): void {
    this.member.polledAt = this.place.runtime.clock.monotonic()
  }

  rests(): void {
    this.member.polledAt = Number.POSITIVE_INFINITY
  }

  /**
   * Joins; `taken` is told of what this worker has to give up, before anything else. Gives whether it is in the group now: what it has then is
   * `assignment`.
   */
  async join(taken: (units: Units) => Promise<void>): Promise<boolean> {
    this.joinWanted = false
    this.owners = undefined
    const joined = await this.member.join()
    if (!joined) {
      this.joinWanted = true
      return false
    }
    await this.takeOver(joined, taken)
    return true
  }

  private async takeOver({ protocol, assignment }: JoinedPart, taken: (units: Units) => Promise<void>): Promise<void> {
    const { id } = this.member.generation
    const fresh = decodeAssignment(assignment)
    this.version = versionOf(protocol)
    this.generation = id
    if (!fresh.revoked.isEmpty) await taken(fresh.revoked)
    const kept = this.assignment?.assigned.without(fresh.revoked) ?? new Units()
    this.assignment = { ...fresh, assigned: Units.union([kept, fresh.assigned]) }
  }

  /** This worker has stopped all that it had: if it leads again, that does not wait for somebody to come back. */
  layDown(): void {
    this.assignment = undefined
    this.assignor = this.freshAssignor()
  }

  private freshAssignor(): IncrementalAssignor {
    const { config, runtime } = this.place
    return new IncrementalAssignor(config['scheduled.rebalance.max.delay.ms'], () => runtime.clock.monotonic())
  }

  async leave(reason: string): Promise<void> {
    await this.member.leave(reason)
    this.joinWanted = true
  }

  async close(): Promise<void> {
    await this.member.leave('the worker is being stopped')
    await this.cluster.close()
  }

  private protocols(): { name: string; metadata: Buffer }[] {
    const state: MemberState = {
      url: this.place.url(),
      configOffset: this.place.configs().offset,
      assignment: this.assignment,
    }
    const { sessioned, compatible } = protocolNames
    const names = this.place.config['connect.protocol'] === sessioned ? [sessioned, compatible] : [compatible]
    return names.map((name) => ({ name, metadata: encodeMemberState(versionOf(name), state) }))
  }

  private async divide(protocol: string, members: JoinedMembers): Promise<{ memberId: string; assignment: Buffer }[]> {
    const version = versionOf(protocol)
    const { memberId: leader, id: generation } = this.member.generation
    const states = new Map(members.map(({ memberId, metadata }) => [memberId, decodeMemberState(metadata)]))
    const configs = this.place.configs()
    const newest = Math.max(...Array.from(states.values(), ({ configOffset }) => configOffset))
    const common = { leader, leaderUrl: this.place.url(), configOffset: Math.max(newest, configs.offset) }
    const nothing = { assigned: new Units(), revoked: new Units(), delayMs: 0 }
    // Who has not seen all configs cannot know all that there is to be done.
    if (configs.offset < newest)
      return Array.from(states.keys(), (memberId) => ({
        memberId,
        assignment: encodeAssignment(version, { ...common, ...nothing, error: CONFIG_MISMATCH }),
      }))
    const division = this.assignor.assign({
      generation,
      lastGeneration: this.generation,
      configured: configs.units(),
      members: new Map(Array.from(states, ([id, { assignment }]) => [id, assignment?.assigned ?? new Units()])),
    })
    this.owners = ownersOf(division.all, states)
    return Array.from(states.keys(), (memberId) => {
      const { assigned, revoked } = nothing
      return {
        memberId,
        assignment: encodeAssignment(version, {
          ...common,
          error: 0,
          assigned: division.assigned.get(memberId) ?? assigned,
          revoked: division.revoked.get(memberId) ?? revoked,
          delayMs: division.delayMs,
        }),
      }
    })
  }
}

function ownersOf(all: ReadonlyMap<string, Units>, states: ReadonlyMap<string, MemberState>): Owners {
  const connectors = new Map<string, string>()
  const tasks = new Map<string, string>()
  for (const [member, units] of all) {
    const url = states.get(member)?.url ?? ''
    for (const name of units.connectors) connectors.set(name, url)
    for (const key of units.tasks) tasks.set(key, url)
  }
  return { connectors, tasks }
}
