import type { BrokerConfig } from './broker.ts'
import { ConfigError } from './define.ts'

/** A node of the quorum as the configuration names it. */
export interface Voter {
  readonly id: number
  readonly host: string
  readonly port: number
}

export interface ControllerAddress {
  readonly host: string
  readonly port: number
}

export function parseVoter(text: string): Voter {
  const match = /^(\d+)@(.+):(\d+)$/.exec(text.trim())
  if (!match)
    throw new ConfigError(`Invalid value ${text} for configuration controller.quorum.voters: id@host:port is expected`)
  return { id: Number(match[1]), host: match[2] as string, port: Number(match[3]) }
}

export function parseController(text: string): ControllerAddress {
  const match = /^(?:\[([^\]]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text.trim())
  if (!match)
    throw new ConfigError(
      `Failed to parse host name from ${text} for the configuration controller.quorum.bootstrap.servers. Each entry should be in the form "{host}:{port}"`,
    )
  return { host: (match[1] ?? match[2]) as string, port: Number(match[3]) }
}

/** Throws `ConfigError` where the roles of a node do not go with what it is told of its cluster. The sentences are Apache's where it has some. */
export function checkTopology(config: BrokerConfig): void {
  const roles = config.get('process.roles')
  if (roles.length === 1 && roles[0] === 'broker') return checkBroker(config)
  if (roles.length === 1)
    throw new ConfigError(`process.roles=${roles[0]}: only a broker, or a combined broker,controller, is served so far`)
  const { voters, nodeId, listeners } = config
  if (voters.length > 1)
    throw new ConfigError('controller.quorum.voters names several nodes: only one is served so far')
  const voter = voters[0]
  if (voter && voter.id !== nodeId)
    throw new ConfigError(
      `If process.roles contains the 'controller' role, the node id ${nodeId} must be included in the set of voters controller.quorum.voters=[${voter.id}]`,
    )
  if (listeners.length === 0) throw new ConfigError('listeners names no broker listener: at least one is needed')
}

/** A broker without a controller of its own needs to know where there are some, and under which name it reaches them. */
function checkBroker(config: BrokerConfig): void {
  const missing = (name: string) =>
    new ConfigError(`Missing required configuration "${name}" which has no default value.`)
  if (!config.isGiven('node.id') && !config.isGiven('broker.id')) throw missing('node.id')
  const [name] = config.get('controller.listener.names')
  if (name === undefined) throw missing('controller.listener.names')
  if (config.voters.length === 0 && config.get('controller.quorum.bootstrap.servers').length === 0)
    throw new ConfigError(
      'If using process.roles, either controller.quorum.bootstrap.servers must contain the set of bootstrap controllers or controller.quorum.voters must contain a parseable set of controllers.',
    )
  if (config.voters.some(({ id }) => id === config.nodeId))
    throw new ConfigError(
      `If process.roles contains just the 'broker' role, the node id ${config.nodeId} must not be included in the set of voters controller.quorum.voters=[${config.voters.map(({ id }) => id)}]`,
    )
  if (config.controllerListeners.length > 0)
    throw new ConfigError(
      "controller.listener.names must not contain a value appearing in the 'listeners' configuration when running KRaft with just the broker role",
    )
  if (config.listeners.length === 0) throw new ConfigError('listeners names no broker listener: at least one is needed')
  config.protocolOf(name.toUpperCase())
}
