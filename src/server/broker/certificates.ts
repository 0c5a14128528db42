import type { BrokerConfig } from '../../config/broker.ts'
import { listenerPrefix } from '../../config/listeners.ts'
import { isRenewable } from '../../config/renewable-stores.ts'
import { listenerTls } from '../../network/listener-tls.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { ListenerTls, Runtime } from '../../runtime/index.ts'
import { configKey, configsOf, type MetadataImage, ResourceType } from '../metadata/image.ts'
import type { ImageChange } from '../metadata/loader.ts'

export interface CertificatesOptions {
  readonly config: BrokerConfig
  readonly runtime: Runtime
  /** Gives a listener new ones. */
  renew(listener: string, tls: ListenerTls): void
  log(line: string): void
}

/** Certificates that listeners are given while the node runs, by properties with the listener's name in front (KIP-226). */
export class Certificates {
  private readonly secured: readonly string[]
  /** Those that may have others than the node's file names. */
  private readonly renewed = new Set<string>()

  constructor(private readonly options: CertificatesOptions) {
    const { config } = options
    const all = [...config.listeners, ...config.controllerListeners].map(({ name }) => name)
    this.secured = all.filter((name) => config.protocolOf(name).endsWith('SSL'))
  }

  /** Rejects with INVALID_REQUEST, and what is wrong, for a broker's properties with which a listener could not go on. */
  async check(values: ReadonlyMap<string, string>): Promise<void> {
    try {
      for (const tls of this.settings(values).values()) await this.options.runtime.network.checkTls(tls)
    } catch (error) {
      if (error instanceof KafkaError) throw error
      throw new KafkaError('INVALID_REQUEST', (error as Error).message)
    }
  }

  publish({ changedConfigs }: ImageChange, image: MetadataImage): void {
    const { config, renew, log } = this.options
    const nodeId = String(config.nodeId)
    if (!changedConfigs.has(configKey(ResourceType.broker, nodeId))) return
    try {
      for (const [listener, tls] of this.settings(configsOf(image, ResourceType.broker, nodeId))) {
        renew(listener, tls)
        this.renewed.add(listener)
        log(`Listener ${listener} has read its certificates again`)
      }
    } catch (error) {
      // A file that was right when it was looked at.
      log(`The listeners keep the certificates that they have: ${(error as Error).message}`)
    }
  }

  /** Of the listeners that have, or had, a property of their own here. Throws `ConfigError`. */
  private settings(values: ReadonlyMap<string, string>): Map<string, ListenerTls> {
    const { config, runtime } = this.options
    const found = new Map<string, ListenerTls>()
    for (const listener of this.secured) {
      const own = [...values.keys()].some((name) => name.startsWith(listenerPrefix(listener)) && isRenewable(name))
      const tls = own || this.renewed.has(listener) ? listenerTls(config, listener, runtime.disk, values) : undefined
      if (tls) found.set(listener, tls)
    }
    return found
  }
}
