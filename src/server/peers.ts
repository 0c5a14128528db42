import { defaultNodeOptions, NodeClient, type NodeOptions, type Request } from '../client/node.ts'
import type { BrokerConfig } from '../config/broker.ts'
import { credentialsOf, type SecurityConfig } from '../config/client-security.ts'
import { interBrokerListener, nodeSecurity } from '../config/inter-broker.ts'
import { ClientLogin } from '../network/sasl/client-login.ts'
import { tlsSettings } from '../network/tls.ts'
import { KafkaError } from '../protocol/errors.ts'
import type { Api, ResponseOf } from '../protocol/schema/index.ts'
import type { Runtime } from '../runtime/index.ts'
import type { MetadataImage } from './metadata/image.ts'

export interface PeersOptions {
  readonly config: BrokerConfig
  readonly runtime: Runtime
  image(): MetadataImage
}

/** The other brokers of the cluster, as this one reaches them: by the listener that brokers have for each other. */
export class Peers {
  readonly #options: PeersOptions
  readonly #nodes = new Map<string, NodeClient>()
  #listener: string | undefined
  #node: NodeOptions | undefined

  constructor(options: PeersOptions) {
    this.#options = options
  }

  /**
   * The connection to a broker that is kept for a purpose (`replica-fetcher`, `markers` ...): what takes long must not hold up the rest. Throws
   * BROKER_NOT_AVAILABLE for one that is not there.
   */
  broker(id: number, purpose: string): NodeClient {
    const { config, runtime, image } = this.#options
    const listener = (this.#listener ??= interBrokerListener(config))
    const endpoint = image()
      .brokers.get(id)
      ?.endpoints.find(({ name }) => name === listener)
    if (!endpoint) throw new KafkaError('BROKER_NOT_AVAILABLE', `Broker ${id} has no listener ${listener}`)
    const key = `${id} ${purpose}`
    const present = this.#nodes.get(key)
    if (present && present.host === endpoint.host && present.port === endpoint.port) return present
    present?.close()
    this.#node ??= nodeOptions(
      nodeSecurity(config, listener, config.get('sasl.mechanism.inter.broker.protocol')),
      config,
      runtime,
    )
    const clientId = `broker-${config.nodeId}-${purpose}`
    const node = new NodeClient(id, endpoint.host, endpoint.port, { ...this.#node, clientId }, runtime)
    this.#nodes.set(key, node)
    return node
  }

  /** Asks a broker. Rejects with a `KafkaError`: NETWORK_EXCEPTION or BROKER_NOT_AVAILABLE for one that cannot be reached. */
  async ask<A extends Api>(id: number, purpose: string, api: A, request: Request<A>): Promise<ResponseOf<A>> {
    try {
      return await this.broker(id, purpose).send(api, request)
    } catch (error) {
      if (error instanceof KafkaError) throw error
      throw new KafkaError('NETWORK_EXCEPTION', `Broker ${id}: ${(error as Error).message}`, { cause: error })
    }
  }

  close(): void {
    for (const node of this.#nodes.values()) node.close()
    this.#nodes.clear()
  }
}

/** How a node connects to others with these settings. Throws `ConfigError`. */
export function nodeOptions(security: SecurityConfig, config: BrokerConfig, runtime: Runtime): NodeOptions {
  const credentials = credentialsOf(security)
  return {
    ...defaultNodeOptions,
    requestTimeoutMs: config.get('replica.socket.timeout.ms'),
    tls: tlsSettings(security, runtime.disk),
    login: credentials && new ClientLogin(credentials, runtime),
  }
}
