import { ConfigError } from './define.ts'
import type { ListenerConfig } from './listeners.ts'

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

/** What a node's properties say of its place in a cluster. */
export interface Topology {
  readonly roles: readonly string[]
  readonly nodeId: number
  readonly isIdGiven: boolean
  readonly voters: readonly Voter[]
  readonly bootstrapControllers: readonly ControllerAddress[]
  /** Listeners for clients and brokers, and for controllers. */
  readonly listeners: readonly ListenerConfig[]
  readonly controllerListeners: readonly ListenerConfig[]
  /** `controller.listener.names`. */
  readonly controllerNames: readonly string[]
}

/** Throws `ConfigError` where the roles of a node do not go with what it is told of its cluster. The sentences are Apache's where it has some. */
export function checkTopology(topology: Topology): void {
  const { roles, voters, nodeId, listeners } = topology
  if (roles.length === 1 && roles[0] === 'broker') return checkBroker(topology)
  const ids = voters.map(({ id }) => id)
  if (ids.length > 0 && !ids.includes(nodeId))
    throw new ConfigError(
      `If process.roles contains the 'controller' role, the node id ${nodeId} must be included in the set of voters controller.quorum.voters=[${ids}]`,
    )
  if (ids.length > 1 && topology.controllerListeners.length === 0)
    throw new ConfigError(
      'controller.listener.names names no listener, by which the other voters would reach this node',
    )
  if (roles.length === 1) return checkController(topology)
  if (listeners.length === 0) throw new ConfigError('listeners names no broker listener: at least one is needed')
}

/** A controller without a broker of its own is reached by listeners of controllers alone. */
function checkController({ listeners, controllerListeners, controllerNames, isIdGiven }: Topology): void {
  if (!isIdGiven) throw missing('node.id')
  if (controllerNames.length === 0) throw missing('controller.listener.names')
  if (listeners.length > 0)
    throw new ConfigError(
      'The listeners config must only contain KRaft controller listeners from controller.listener.names when process.roles=controller',
    )
  if (controllerListeners.length === 0)
    throw new ConfigError('listeners names no controller listener: at least one is needed')
}

const missing = (name: string) =>
  new ConfigError(`Missing required configuration "${name}" which has no default value.`)

/** A broker without a controller of its own needs to know where there are some, and under which name it reaches them. */
function checkBroker(topology: Topology): void {
  const { nodeId, isIdGiven, voters, bootstrapControllers, listeners, controllerListeners, controllerNames } = topology
  if (!isIdGiven) throw missing('node.id')
  if (controllerNames.length === 0) throw missing('controller.listener.names')
  if (bootstrapControllers.length === 0)
    throw new ConfigError(
      'If using process.roles, either controller.quorum.bootstrap.servers must contain the set of bootstrap controllers or controller.quorum.voters must contain a parseable set of controllers.',
    )
  if (voters.some(({ id }) => id === nodeId))
    throw new ConfigError(
      `If process.roles contains just the 'broker' role, the node id ${nodeId} must not be included in the set of voters controller.quorum.voters=[${voters.map(({ id }) => id)}]`,
    )
  if (controllerListeners.length > 0)
    throw new ConfigError(
      "controller.listener.names must not contain a value appearing in the 'listeners' configuration when running KRaft with just the broker role",
    )
  if (listeners.length === 0) throw new ConfigError('listeners names no broker listener: at least one is needed')
}
