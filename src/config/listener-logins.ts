import type { BrokerConfig } from './broker.ts'
import { type SaslMechanism, saslMechanisms } from './client-security.ts'
import { ConfigError } from './define.ts'
import { type JaasEntry, parseJaas } from './jaas.ts'
import { type TokenRules, tokenRules } from './token-rules.ts'

/** How clients log in at a listener. */
export interface ListenerLogins {
  /** In the order of the property. */
  readonly mechanisms: readonly SaslMechanism[]
  /** Passwords by names, for PLAIN. */
  readonly users: ReadonlyMap<string, string>
  /** For OAUTHBEARER. */
  readonly tokens: TokenRules | undefined
  /** Milliseconds for which a login with each mechanism holds; 0 without a limit (KIP-368). */
  readonly maxReauthMs: Readonly<Record<SaslMechanism, number>>
  /** The largest message in bytes before a login. */
  readonly maxReceiveBytes: number
  /** Milliseconds that a refused login waits for its answer. */
  readonly failureDelayMs: number
}

/** Undefined for a listener without SASL. Throws `ConfigError`, whose sentence names the listener. */
export function listenerLogins(config: BrokerConfig, listener: string): ListenerLogins | undefined {
  if (!config.protocolOf(listener).startsWith('SASL_')) return undefined
  const mechanisms = config.at(listener, 'sasl.enabled.mechanisms').map((name) => enabled(listener, name))
  if (mechanisms.length === 0) throw new ConfigError(`Listener ${listener}: sasl.enabled.mechanisms names none.`)
  const maxReauthMs = (mechanism: SaslMechanism) =>
    (config.givenAt(listener, `${mechanism.toLowerCase()}.connections.max.reauth.ms`) ??
      config.at(listener, 'connections.max.reauth.ms')) as number
  for (const mechanism of mechanisms) if (mechanism !== 'PLAIN') entryOf(config, listener, mechanism)
  const takesTokens = mechanisms.includes('OAUTHBEARER')
  return {
    mechanisms,
    users: mechanisms.includes('PLAIN') ? plainUsers(config, listener) : new Map(),
    tokens: takesTokens ? tokenRules(config, listener, entryOf(config, listener, 'OAUTHBEARER')) : undefined,
    maxReauthMs: {
      PLAIN: maxReauthMs('PLAIN'),
      'SCRAM-SHA-256': maxReauthMs('SCRAM-SHA-256'),
      'SCRAM-SHA-512': maxReauthMs('SCRAM-SHA-512'),
      OAUTHBEARER: maxReauthMs('OAUTHBEARER'),
    },
    maxReceiveBytes: config.at(listener, 'sasl.server.max.receive.size'),
    failureDelayMs: config.get('connection.failed.authentication.delay.ms'),
  }
}

function enabled(listener: string, name: string): SaslMechanism {
  const known = saslMechanisms.find((one) => one === name)
  if (known === undefined)
    throw new ConfigError(
      `Listener ${listener}: sasl.enabled.mechanisms has ${name}, and this broker knows ${saslMechanisms.join(', ')}: name those of them that clients may log in with.`,
    )
  return known
}

const loginModules = {
  PLAIN: 'PlainLoginModule',
  'SCRAM-SHA-256': 'ScramLoginModule',
  'SCRAM-SHA-512': 'ScramLoginModule',
  OAUTHBEARER: 'OAuthBearerLoginModule',
}

/** What `sasl.jaas.config` of a mechanism says at a listener. With SCRAM there is nothing to say, with OAUTHBEARER there need not be. */
function entryOf(config: BrokerConfig, listener: string, mechanism: SaslMechanism): JaasEntry | undefined {
  const name = `${mechanism.toLowerCase()}.sasl.jaas.config`
  const text = config.givenAt(listener, name)
  if (text === undefined) return undefined
  const entry = parseJaas(text as string, `Listener ${listener}: ${name}`)
  const wanted = loginModules[mechanism]
  if (entry.module.split('.').at(-1) !== wanted)
    throw new ConfigError(`Listener ${listener}: ${mechanism} goes with ${wanted}, and ${name} names ${entry.module}.`)
  return entry
}

function plainUsers(config: BrokerConfig, listener: string): Map<string, string> {
  const entry = entryOf(config, listener, 'PLAIN')
  if (!entry)
    throw new ConfigError(
      `Listener ${listener}: nobody can log in with PLAIN: set listener.name.${listener.toLowerCase()}.plain.sasl.jaas.config, such as: org.apache.kafka.common.security.plain.PlainLoginModule required user_NAME="PASSWORD";`,
    )
  const users = [...entry.options].filter(([option]) => option.startsWith('user_'))
  return new Map(users.map(([option, password]) => [option.slice('user_'.length), password]))
}
