/** Where the token of a client with `sasl.mechanism=OAUTHBEARER` comes from (KIP-255, KIP-768, KIP-1139). */
import { bool, ConfigError, className, int, password, string, type Values } from './define.ts'

const DEFAULT_RETRIEVER = 'org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever'

export const bearerProperties = {
  'sasl.login.connect.timeout.ms': int(null),
  'sasl.login.read.timeout.ms': int(null),
  'sasl.oauthbearer.client.credentials.client.id': string(null),
  'sasl.oauthbearer.client.credentials.client.secret': password(null),
  'sasl.oauthbearer.header.urlencode': bool(false),
  'sasl.oauthbearer.jwt.retriever.class': className(DEFAULT_RETRIEVER),
  'sasl.oauthbearer.scope': string(null),
  'sasl.oauthbearer.token.endpoint.url': string(null),
  // Java's names of what fetches a token; the other properties say it as well.
  'sasl.login.callback.handler.class': className(null),
} as const
export type BearerConfig = Values<typeof bearerProperties>

export type TokenSource =
  | { readonly kind: 'file'; readonly path: string }
  | {
      /** OAuth's client credentials (RFC 6749, 4.4). */
      readonly kind: 'endpoint'
      readonly url: string
      readonly clientId: string
      readonly clientSecret: string
      readonly scope: string | undefined
      readonly timeoutMs: number
    }
  | {
      /** A token that nobody has signed, for tests (RFC 7515, A.5). */
      readonly kind: 'unsecured'
      readonly claims: Readonly<Record<string, unknown>>
      readonly lifetimeSeconds: number
    }

export interface BearerCredentials {
  readonly mechanism: 'OAUTHBEARER'
  readonly source: TokenSource
  /** What is told beside the token (KIP-342). */
  readonly extensions: ReadonlyMap<string, string>
}

const HANDLERS = ['OAuthBearerLoginCallbackHandler', 'OAuthBearerUnsecuredLoginCallbackHandler']
const RETRIEVERS = ['DefaultJwtRetriever', 'ClientCredentialsJwtRetriever', 'FileJwtRetriever']
/** Java waits without an end for a token; a minute is enough for the slowest endpoint. */
const TIMEOUT_MS = 60_000

type Options = ReadonlyMap<string, string>

/** Reads properties and the options of the login module. Throws `ConfigError`, whose sentence shows no secret. */
export function bearerCredentials(config: BearerConfig, options: Options): BearerCredentials {
  oneOf('sasl.login.callback.handler.class', config['sasl.login.callback.handler.class'], HANDLERS)
  oneOf('sasl.oauthbearer.jwt.retriever.class', config['sasl.oauthbearer.jwt.retriever.class'], RETRIEVERS)
  const url = config['sasl.oauthbearer.token.endpoint.url']
  const isUnsecured = url === null
  return {
    mechanism: 'OAUTHBEARER',
    source: isUnsecured ? unsecured(options) : tokenSource(url, config, options),
    extensions: prefixed(options, isUnsecured ? 'unsecuredLoginExtension_' : 'extension_'),
  }
}

function oneOf(property: string, value: string | null, known: readonly string[]): void {
  if (value === null || known.some((name) => value.endsWith(`.${name}`))) return
  throw new ConfigError(`${property}=${value} is not there: it names a part of Java's runtime.`)
}

function tokenSource(url: string, config: BearerConfig, options: Options): TokenSource {
  if (url.startsWith('file:')) return { kind: 'file', path: decodeURIComponent(url.replace(/^file:(\/\/)?/, '')) }
  if (!/^https?:\/\//.test(url))
    throw new ConfigError(`sasl.oauthbearer.token.endpoint.url=${url} begins with none of https://, http:// and file:.`)
  const encoded = (text: string) => (config['sasl.oauthbearer.header.urlencode'] ? encodeURIComponent(text) : text)
  const [connectMs, readMs] = [config['sasl.login.connect.timeout.ms'], config['sasl.login.read.timeout.ms']]
  return {
    kind: 'endpoint',
    url,
    clientId: encoded(wanted('clientId', config['sasl.oauthbearer.client.credentials.client.id'], options)),
    clientSecret: encoded(wanted('clientSecret', config['sasl.oauthbearer.client.credentials.client.secret'], options)),
    scope: config['sasl.oauthbearer.scope'] ?? options.get('scope'),
    timeoutMs: (connectMs ?? 0) + (readMs ?? 0) || TIMEOUT_MS,
  }
}

/** The property is the newer place, the login module's option the older one. */
function wanted(option: 'clientId' | 'clientSecret', property: string | null, options: Options): string {
  const found = property ?? options.get(option)
  if (found !== undefined) return found
  const name = option === 'clientId' ? 'client.id' : 'client.secret'
  throw new ConfigError(
    `The token endpoint wants to know who asks: set sasl.oauthbearer.client.credentials.${name}, or ${option} in sasl.jaas.config.`,
  )
}

function unsecured(options: Options): TokenSource {
  const claims: Record<string, unknown> = Object.fromEntries(prefixed(options, 'unsecuredLoginStringClaim_'))
  for (const [name, text] of prefixed(options, 'unsecuredLoginNumberClaim_')) claims[name] = Number(text)
  // A list begins with the sign that stands between its parts.
  for (const [name, text] of prefixed(options, 'unsecuredLoginListClaim_'))
    claims[name] = text.slice(1).split(text[0] ?? ',')
  const principal = options.get('unsecuredLoginPrincipalClaimName') ?? 'sub'
  if (claims[principal] === undefined)
    throw new ConfigError(
      'sasl.mechanism=OAUTHBEARER needs a token: set sasl.oauthbearer.token.endpoint.url (https:// of who gives them, or file: of one), or, for a test, unsecuredLoginStringClaim_sub="NAME" in sasl.jaas.config.',
    )
  return { kind: 'unsecured', claims, lifetimeSeconds: Number(options.get('unsecuredLoginLifetimeSeconds') ?? 3600) }
}

const prefixed = (options: Options, prefix: string): Map<string, string> =>
  new Map(
    [...options].filter(([name]) => name.startsWith(prefix)).map(([name, value]) => [name.slice(prefix.length), value]),
  )
