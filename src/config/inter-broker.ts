import type { BrokerConfig } from './broker.ts'
import { type SecurityConfig, securityProperties } from './client-security.ts'
import { ConfigError } from './define.ts'
import { listenerPrefix } from './listeners.ts'

/** The listener by which brokers reach each other: `inter.broker.listener.name`, or the first that speaks `security.inter.broker.protocol`. */
export function interBrokerListener(config: BrokerConfig): string {
  const named = config.given('inter.broker.listener.name')?.toUpperCase()
  if (named !== undefined) {
    if (config.listeners.some(({ name }) => name === named)) return named
    const own = config.listeners.map(({ name }) => name)
    throw new ConfigError(
      `inter.broker.listener.name must be a listener name defined in advertised.listeners. The valid options based on currently configured listeners are ${own.join(',')}`,
    )
  }
  const protocol = config.get('security.inter.broker.protocol')
  const found = config.listeners.find(({ name }) => config.protocolOf(name) === protocol)
  if (found) return found.name
  if (config.isGiven('security.inter.broker.protocol'))
    throw new ConfigError(`security.inter.broker.protocol=${protocol}: no listener of this broker speaks it`)
  return (config.listeners[0] as { name: string }).name
}

/**
 * How a node protects its own connections to a listener of other nodes, and logs in there: by the properties of its listener of that name, which are
 * those of clients. Throws `ConfigError`.
 */
export function nodeSecurity(config: BrokerConfig, listener: string, mechanism: string): SecurityConfig {
  const own = listenerPrefix(listener)
  const values: Record<string, unknown> = {}
  for (const [name, property] of Object.entries(securityProperties)) {
    const text =
      config.properties[`${own}${mechanism.toLowerCase()}.${name}`] ??
      config.properties[own + name] ??
      config.properties[name]
    values[name] = text === undefined ? property.fallback : property.parse(name, text)
  }
  return {
    ...(values as SecurityConfig),
    'security.protocol': config.protocolOf(listener),
    'sasl.mechanism': mechanism,
  }
}
