import type { Voter } from '../../config/topology.ts'
import type { Lock } from '../../runtime/index.ts'
import type { ClusterCare } from '../controller/cluster-care.ts'
import type { Controller } from '../controller/controller.ts'
import { metadataDirOf } from '../format.ts'
import type { Elections } from '../membership/elections.ts'
import { QuorumMember } from '../membership/quorum-member.ts'
import type { VoterChanges } from '../membership/voter-changes.ts'
import type { RaftNode } from '../raft/raft-node.ts'
import { controllerHandlers } from './handlers/index.ts'
import { Node, type NodeOptions } from './node.ts'
import type { Quorum } from './quorum.ts'
import type { ControllerServices } from './services.ts'

/** A node that is a controller and nothing else: it keeps the metadata, and brokers elsewhere keep the records. */
export class ControllerNode extends Node implements ControllerServices {
  private readonly quorum: Quorum
  /** Its place among other voters; undefined where there are none. */
  private readonly member: QuorumMember | undefined
  private readonly lock: Lock

  private constructor(options: NodeOptions) {
    super(options)
    const { disk } = options.runtime
    const dir = metadataDirOf(options.config)
    const lock = disk.lock(`${dir}/.lock`)
    if (!lock)
      throw new Error(
        `Failed to acquire lock on file .lock in ${dir}. A Kafka instance in another process or thread is using this directory.`,
      )
    this.lock = lock
    this.quorum = this.newQuorum(() => lock.release())
    const { onFatal } = options
    if (!this.quorum.isAlone)
      this.member = new QuorumMember({ ...options, ...this.ids }, this.raft, this.quorum.vote(onFatal), onFatal)
  }

  static async start(options: NodeOptions): Promise<ControllerNode> {
    const node = new ControllerNode(options)
    try {
      await node.open()
      return node
    } catch (error) {
      void node.listeners.close().catch(() => {})
      node.member?.close()
      await node.raft.close().catch(() => {})
      node.lock.release()
      throw error
    }
  }

  get elections(): Elections | undefined {
    return this.member?.elections
  }

  get voterChanges(): VoterChanges {
    return this.quorum.voterChanges
  }

  get quorumVoters(): readonly Voter[] {
    return this.quorum.voters
  }

  get raft(): RaftNode {
    return this.quorum.raft
  }

  get metadataLog(): RaftNode {
    return this.quorum.raft
  }

  get controller(): Controller {
    return this.quorum.controller
  }

  get care(): ClusterCare {
    return this.quorum.care
  }

  private async open(): Promise<void> {
    const router = this.router(
      (served) => controllerHandlers(this, served),
      () => {},
    )
    await this.listeners.bind(router, router)
    if (!this.member) await this.quorum.lead()
    this.loader.addPublisher((change, image) => this.certificates.publish(change, image))
    this.loader.addPublisher(() => this.snapshotWhenDue())
    if (this.member) {
      const register = this.member.register(this.registered(this.controllerEndpoints), () => this.image)
      this.loader.addPublisher((_, image) => register(image))
    } else this.quorum.begin()
    this.listeners.admit()
    // There may be no majority yet: who comes first does not wait for it.
    this.member?.start()
  }

  async close(): Promise<void> {
    await this.listeners.close()
    await this.member?.abdicate()
    this.quorum.close()
    this.member?.close()
    await this.raft.close()
    this.lock.release()
  }
}
