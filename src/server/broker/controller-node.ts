import type { Voter } from '../../config/topology.ts'
import type { Lock } from '../../runtime/index.ts'
import type { ClusterCare } from '../controller/cluster-care.ts'
import type { Controller } from '../controller/controller.ts'
import { metadataDirOf } from '../format.ts'
import type { RaftNode } from '../raft/raft-node.ts'
import { controllerHandlers } from './handlers/index.ts'
import { Node, type NodeOptions } from './node.ts'
import type { Quorum } from './quorum.ts'
import type { ControllerServices } from './services.ts'

/** A node that is a controller and nothing else: it keeps the metadata, and brokers elsewhere keep the records. */
export class ControllerNode extends Node implements ControllerServices {
  private readonly quorum: Quorum
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
    this.quorum = this.newQuorum()
    if (!this.quorum.isAlone)
      throw new Error(
        `The quorum of ${dir} has the voters ${this.quorum.raft.voters.join(', ')}: a controller without a broker is served only alone so far`,
      )
  }

  static async start(options: NodeOptions): Promise<ControllerNode> {
    const node = new ControllerNode(options)
    try {
      await node.open()
      return node
    } catch (error) {
      void node.listeners.close().catch(() => {})
      await node.raft.close().catch(() => {})
      node.lock.release()
      throw error
    }
  }

  /** Its quorum is of one. */
  get elections(): undefined {
    return undefined
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
    await this.quorum.lead()
    this.loader.addPublisher((change, image) => this.certificates.publish(change, image))
    this.loader.addPublisher(() => this.snapshotWhenLarge())
    this.quorum.begin()
    this.listeners.admit()
  }

  async close(): Promise<void> {
    await this.listeners.close()
    this.quorum.close()
    await this.raft.close()
    this.lock.release()
  }
}
