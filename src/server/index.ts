import { BrokerConfig } from '../config/broker.ts'
import { brokerProperties } from '../config/broker-table.ts'
import { brokerRemarks } from '../config/broker-without-effect.ts'
import { withProviders } from '../config/config-providers.ts'
import type { Runtime } from '../runtime/index.ts'
import { Broker } from './broker/broker.ts'
import { ControllerNode } from './broker/controller-node.ts'
import { joinEra, joinsOthers } from './broker/zookeeper-era/joining.ts'
import { ZooKeeperRegistration } from './broker/zookeeper-era/registration.ts'

export { EraController } from './broker/zookeeper-era/controller.ts'

export interface ServerOptions {
  /** Kafka's own property names, as in server.properties. */
  readonly properties: Readonly<Record<string, string>>
  readonly runtime: Runtime
  log?(line: string): void
  /** Ends a start that waits for controllers; `startServer` rejects then. */
  readonly signal?: AbortSignal
}

export interface RunningServer {
  readonly nodeId: number
  /** Whether it serves clients, and is not a controller alone. */
  readonly isBroker: boolean
  readonly clusterId: string
  readonly listeners: readonly { readonly name: string; readonly host: string; readonly port: number }[]
  readonly dataDirs: readonly string[]
  /** Properties that Kafka does not know. */
  readonly unknownProperties: readonly string[]
  /** Sentences about properties that were changed and do nothing here. */
  readonly remarks: readonly string[]
  /** Properties that Kafka knows. */
  readonly knownProperties: readonly string[]
  /** Resolves, with the reason, when a failed disk leaves the node unable to go on. */
  readonly failed: Promise<Error>
  /** Controlled shutdown. */
  close(): Promise<void>
}

/**
 * Starts a node: controller and broker in one, a controller alone, or a broker that joins the cluster of controllers elsewhere. Throws `ConfigError`, `DirectoryRefused` or a system error (`EADDRINUSE`, ...), with
 * nothing left behind.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { runtime, log = () => {} } = options
  const properties = withProviders(options.properties, runtime, log)
  const given = new BrokerConfig(properties)
  let fail: (error: Error) => void = () => {}
  const failed = new Promise<Error>((resolve) => {
    fail = resolve
  })
  const config = joinsOthers(given, runtime) ? await joinEra(given, properties, runtime, log) : given
  const registration = registrationOf(config, runtime, log)
  if (config.zooKeeper?.required) await registration?.connect()
  let node: Broker | ControllerNode
  try {
    const nodeOptions = { config, runtime, log, onFatal: fail, signal: options.signal }
    node = await (config.isControllerOnly ? ControllerNode : Broker).start(nodeOptions)
  } catch (error) {
    await registration?.close()
    throw error
  }
  const { clusterId, listeners } = node
  if (registration) node.onMetadata((_, image) => registration.publish(image))
  await registration?.register({
    id: config.nodeId,
    clusterId,
    endpoints: listeners.advertised(),
    startedAt: runtime.clock.now(),
  })
  return {
    nodeId: config.nodeId,
    clusterId,
    isBroker: !config.isControllerOnly,
    listeners: config.isControllerOnly ? listeners.controllerEndpoints : listeners.endpoints,
    dataDirs: config.logDirs,
    unknownProperties: given.unknown,
    remarks: brokerRemarks(config),
    knownProperties: Object.keys(brokerProperties),
    failed,
    close: async () => {
      await registration?.close()
      await node.close()
    },
  }
}

function registrationOf(config: BrokerConfig, runtime: Runtime, log: (line: string) => void) {
  const settings = config.zooKeeper
  // Tools look for brokers there.
  return settings && !config.isControllerOnly
    ? new ZooKeeperRegistration({ settings, nodeId: config.nodeId, runtime, log })
    : undefined
}
