/** Properties of clients that say how a connection is protected and who logs in, with Apache Kafka's names and defaults. */
import { type BearerCredentials, bearerCredentials, bearerProperties } from './bearer.ts'
import { ConfigError, className, list, Property, password, string, type Values } from './define.ts'
import { type JaasEntry, parseJaas } from './jaas.ts'
import { type IamCredentials, iamCredentials, MSK_IAM, mskIamHandler } from './msk-iam.ts'

export const securityProtocols = ['SASL_SSL', 'PLAINTEXT', 'SSL', 'SASL_PLAINTEXT'] as const
export type SecurityProtocol = (typeof securityProtocols)[number]

/** One of some words in either case. */
const protocol = new Property<SecurityProtocol>(
  'string',
  'PLAINTEXT',
  (text) => securityProtocols.find((candidate) => candidate === text.toUpperCase()),
  `String must be one of (case insensitive): ${securityProtocols.join(', ')}`,
)

export const securityProperties = {
  'security.protocol': protocol,
  'sasl.mechanism': string('GSSAPI'),
  'sasl.jaas.config': password(null),
  'ssl.cipher.suites': list([]),
  'ssl.enabled.protocols': list(['TLSv1.2', 'TLSv1.3']).oneOf('TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'),
  'ssl.endpoint.identification.algorithm': string('https').oneOf('https', 'HTTPS', ''),
  'ssl.key.password': password(null),
  'ssl.keystore.certificate.chain': password(null),
  'ssl.keystore.key': password(null),
  'ssl.keystore.location': string(null),
  'ssl.keystore.password': password(null),
  'ssl.keystore.type': string('JKS'),
  'ssl.truststore.certificates': password(null),
  'ssl.truststore.location': string(null),
  'ssl.truststore.password': password(null),
  'ssl.truststore.type': string('JKS'),
  ...bearerProperties,
  // Java's names of things that are not there; a value is refused (see `checkSecurity`).
  'sasl.client.callback.handler.class': className(null),
  'sasl.login.class': className(null),
  'ssl.engine.factory.class': className(null),
  'ssl.provider': string(null),
} as const

export type SecurityConfig = Values<typeof securityProperties>

/** Those that are read alike at both ends of a connection. */
export const storeProperties = [
  'ssl.cipher.suites',
  'ssl.enabled.protocols',
  'ssl.key.password',
  'ssl.keystore.certificate.chain',
  'ssl.keystore.key',
  'ssl.keystore.location',
  'ssl.keystore.password',
  'ssl.truststore.certificates',
  'ssl.truststore.location',
  'ssl.truststore.password',
] as const
export type StoreConfig = Pick<SecurityConfig, (typeof storeProperties)[number]>

const javaOnly = [
  'sasl.client.callback.handler.class',
  'sasl.login.class',
  'ssl.engine.factory.class',
  'ssl.provider',
] as const

const passwordMechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const
export type PasswordMechanism = (typeof passwordMechanisms)[number]
/** Those that are known at both ends. */
export const saslMechanisms = [...passwordMechanisms, 'OAUTHBEARER'] as const
export type SaslMechanism = (typeof saslMechanisms)[number]
/** Amazon's is for their clusters alone. */
const clientMechanisms = [...saslMechanisms, MSK_IAM] as const
type ClientMechanism = (typeof clientMechanisms)[number]

const KAFKA = 'org.apache.kafka.common.security'
const named = ' username="NAME" password="PASSWORD"'
/** Java's class for each, as `sasl.jaas.config` names it, and what may stand behind it. */
const loginModules: Readonly<Record<ClientMechanism, readonly [string, string]>> = {
  PLAIN: [`${KAFKA}.plain.PlainLoginModule`, named],
  'SCRAM-SHA-256': [`${KAFKA}.scram.ScramLoginModule`, named],
  'SCRAM-SHA-512': [`${KAFKA}.scram.ScramLoginModule`, named],
  OAUTHBEARER: [`${KAFKA}.oauthbearer.OAuthBearerLoginModule`, ''],
  [MSK_IAM]: ['software.amazon.msk.auth.iam.IAMLoginModule', ''],
}

/** Who logs in, and how. */
export type Credentials = PasswordCredentials | BearerCredentials | IamCredentials

export interface PasswordCredentials {
  readonly mechanism: PasswordMechanism
  readonly username: string
  readonly password: string
  /** Whether they are the id and the HMAC of a delegation token (KIP-48). */
  readonly isToken: boolean
}

/** The login that the properties ask for; undefined when they ask for none. Throws `ConfigError`. */
export function credentialsOf(config: SecurityConfig): Credentials | undefined {
  if (!config['security.protocol'].startsWith('SASL_')) return undefined
  const mechanism = clientMechanisms.find((known) => known === config['sasl.mechanism'])
  if (mechanism === undefined)
    throw new ConfigError(
      `sasl.mechanism=${config['sasl.mechanism']} is not there: this client logs in with ${clientMechanisms.slice(0, -1).join(', ')} or ${clientMechanisms.at(-1)}.`,
    )
  const [module, example] = loginModules[mechanism]
  const text = config['sasl.jaas.config']
  if (text === null)
    throw new ConfigError(
      `security.protocol=${config['security.protocol']} needs sasl.jaas.config, such as: ${module} required${example};`,
    )
  const entry = parseJaas(text)
  const wanted = module.split('.').at(-1) as string
  if (entry.module.split('.').at(-1) !== wanted)
    throw new ConfigError(
      `sasl.mechanism=${mechanism} goes with ${wanted}, and sasl.jaas.config names ${entry.module}.`,
    )
  if (mechanism === MSK_IAM) return iamCredentials(entry.options)
  if (mechanism === 'OAUTHBEARER') return bearerCredentials(config, entry.options)
  return passwordCredentials(mechanism, wanted, entry)
}

function passwordCredentials(
  mechanism: PasswordMechanism,
  wanted: string,
  { options }: JaasEntry,
): PasswordCredentials {
  const [username, secret] = [options.get('username'), options.get('password')]
  const missing = [username === undefined && 'username', secret === undefined && 'password'].filter(Boolean)
  if (username === undefined || secret === undefined)
    throw new ConfigError(`The ${wanted} in sasl.jaas.config has no ${missing.join(' and no ')}.`)
  const isToken = mechanism !== 'PLAIN' && options.get('tokenauth')?.toLowerCase() === 'true'
  return { mechanism, username, password: secret, isToken }
}

/** Refuses what would have no effect here, and what contradicts itself. */
export function checkSecurity(config: SecurityConfig, given: ReadonlySet<string>): void {
  const isAmazons = config['sasl.client.callback.handler.class']?.endsWith(`.${mskIamHandler}`) === true
  const unknown = javaOnly.find(
    (name) => given.has(name) && !(isAmazons && name === 'sasl.client.callback.handler.class'),
  )
  if (unknown !== undefined) throw new ConfigError(`${unknown} is not there: it names a part of Java's runtime.`)
  credentialsOf(config)
}
