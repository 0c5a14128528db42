import { BrokerConfig } from '../../../config/broker.ts'
import { type Runtime, randomUuid } from '../../../runtime/index.ts'
import { formatDirectory } from '../../format.ts'
import { type BrokerImage, type MetadataImage, protocolIds } from '../../metadata/image.ts'
import { readMetaProperties } from '../../storage/meta-properties.ts'
import { ControllerNode } from '../controller-node.ts'
import { brokerEntries, clusterEntries, topicEntries } from './entries.ts'

/** No broker.id of that time: those that were given went to 1000, and those that were made up began there. */
const NODE_ID = 3000

const protocols = Object.keys(protocolIds) as (keyof typeof protocolIds)[]

export interface EraControllerOptions {
  /** Where it keeps the cluster's metadata. */
  readonly dir: string
  readonly runtime: Runtime
  log(line: string): void
  /** Its disk has failed. */
  onFatal(error: Error): void
  /** What is to be seen in the ZooKeeper, by path. */
  show(entries: ReadonlyMap<string, string>): void
}

/**
 * Who decides for the brokers of the ZooKeeper era, in the process of their ZooKeeper: a controller of today. It is there as soon as a broker
 * asks for it, and from then on whenever the ZooKeeper runs.
 */
export class EraController {
  private running: Promise<ControllerNode> | undefined
  /** When brokers were first seen; milliseconds since the epoch. */
  private readonly seen = new Map<string, number>()

  constructor(private readonly options: EraControllerOptions) {}

  /** The port on which it answers on this machine; it is started where it does not run. */
  async port(): Promise<number> {
    this.running ??= this.start().catch((error: Error) => {
      this.running = undefined
      throw error
    })
    return (await this.running).listeners.controllerPort
  }

  async close(): Promise<void> {
    await (await this.running?.catch(() => undefined))?.close()
  }

  private async start(): Promise<ControllerNode> {
    const { dir, runtime, log, onFatal } = this.options
    if (!readMetaProperties(runtime.disk, dir)) {
      // Every broker has its own min.insync.replicas, as in that time: with eligible leaders it would be the controller's.
      const features = new Map([['eligible.leader.replicas.version', 0]])
      formatDirectory(runtime, dir, { clusterId: randomUuid(runtime.random), nodeId: NODE_ID, features })
    }
    const config = new BrokerConfig({
      'process.roles': 'controller',
      'node.id': String(NODE_ID),
      'controller.quorum.voters': `${NODE_ID}@127.0.0.1:1`,
      'controller.listener.names': 'CONTROLLER',
      listeners: 'CONTROLLER://127.0.0.1:0',
      'log.dirs': dir,
    })
    const node = await ControllerNode.start({ config, runtime, log, onFatal })
    log(`The controller of cluster ${node.clusterId} keeps its metadata in ${dir}.`)
    node.onMetadata((_, image) => this.show(node.clusterId, image))
    return node
  }

  private show(clusterId: string, image: MetadataImage): void {
    const serving = [...image.brokers.values()].filter(({ fenced }) => !fenced)
    this.options.show(
      new Map([
        ...clusterEntries(clusterId, NODE_ID, this.firstSeen('controller')),
        ...serving.flatMap((broker) => [...this.entryOf(broker)]),
        ...topicEntries(image),
      ]),
    )
  }

  private entryOf({ id, incarnationId, endpoints }: BrokerImage): Map<string, string> {
    const advertised = endpoints.map(({ name, host, port, securityProtocol }) => ({
      ...{ name, host, port },
      protocol: protocols[securityProtocol] ?? 'PLAINTEXT',
    }))
    return brokerEntries({ id, endpoints: advertised, startedAt: this.firstSeen(incarnationId) })
  }

  private firstSeen(who: string): number {
    const at = this.seen.get(who) ?? this.options.runtime.clock.now()
    this.seen.set(who, at)
    return at
  }
}
