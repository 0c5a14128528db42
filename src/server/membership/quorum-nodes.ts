import { NodeClient, type NodeOptions } from '../../client/node.ts'
import type { BrokerConfig } from '../../config/broker.ts'
import { nodeSecurity } from '../../config/inter-broker.ts'
import type { ControllerAddress } from '../../config/topology.ts'
import type { Runtime } from '../../runtime/index.ts'
import { nodeOptions } from '../peers.ts'

/** Connections to controllers, by address: one for each purpose, so that what takes long does not hold up the rest. */
export class QuorumNodes {
  readonly #config: BrokerConfig
  readonly #runtime: Runtime
  readonly #options: NodeOptions
  readonly #nodes = new Map<string, NodeClient>()

  /** Throws `ConfigError` for a security that cannot work. */
  constructor(config: BrokerConfig, runtime: Runtime) {
    this.#config = config
    this.#runtime = runtime
    const listener = (config.get('controller.listener.names')[0] ?? 'CONTROLLER').toUpperCase()
    const security = nodeSecurity(config, listener, config.get('sasl.mechanism.controller.protocol'))
    this.#options = {
      ...nodeOptions(security, config, runtime),
      requestTimeoutMs: config.get('controller.quorum.request.timeout.ms'),
      connectTimeoutMs: config.get('socket.connection.setup.timeout.ms'),
      connectTimeoutMaxMs: config.get('socket.connection.setup.timeout.max.ms'),
    }
  }

  at({ host, port }: ControllerAddress, purpose: string): NodeClient {
    const key = `${host}:${port} ${purpose}`
    let node = this.#nodes.get(key)
    if (!node) {
      const clientId = `broker-${this.#config.nodeId}-${purpose}`
      node = new NodeClient(-1, host, port, { ...this.#options, clientId }, this.#runtime)
      this.#nodes.set(key, node)
    }
    return node
  }

  close(): void {
    for (const node of this.#nodes.values()) node.close()
    this.#nodes.clear()
  }
}
