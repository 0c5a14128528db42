import type { Language } from './frame-parser.ts'

/** Why a connection failed, for those who decide what to do next. */
export type ConnectionFailure =
  | 'refused'
  | 'name'
  | 'time-out'
  /** The other side closed the connection before it had said anything. */
  | 'handshake'
  | 'closed'
  | 'tls'
  /** The other side does not speak TLS. */
  | 'plaintext'
  | 'http'
  /** The other side asks for a login (SASL). */
  | 'login'
  /** The other side speaks no version that is known here. */
  | 'version'
  /** A controller's listener, which knows nothing of topics. */
  | 'controller'
  /** A broker's advertised listener cannot be reached. */
  | 'advertised'
  | 'other'

/** A connection that could not be made or went away; the message is one sentence with host and port. */
export class ConnectionError extends Error {
  override name = 'ConnectionError'

  constructor(
    readonly failure: ConnectionFailure,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

const codeOf = (error: unknown): string => (error as { code?: string } | undefined)?.code ?? ''

const notABroker: Readonly<Record<Language, string>> = {
  tls: 'speaks TLS, and was spoken to in plain text: set security.protocol=SSL (with a login SASL_SSL), or name a PLAINTEXT listener of the broker.',
  http: "is a web server, no Kafka broker: name the port of one of the broker's listeners.",
}

/** What to do at a listener that wants a login. */
export const LOGIN_REMEDY =
  'set security.protocol to SASL_PLAINTEXT or SASL_SSL, with sasl.mechanism and sasl.jaas.config, or name a PLAINTEXT listener of the broker.'

/** The failure of a peer that speaks another protocol. */
export const otherLanguage = (address: string, language: Language, options?: ErrorOptions): ConnectionError =>
  new ConnectionError(language, `What listens at ${address} ${notABroker[language]}`, options)

/** A broker was named by others of the cluster, at an address where it cannot be reached from here. */
export function advertisedFailure(id: number, host: string, port: number, error: ConnectionError): ConnectionError {
  const why = {
    refused: 'where the connection is refused',
    name: 'whose host name cannot be resolved',
    'time-out': 'where nothing answers',
  }[error.failure as 'refused' | 'name' | 'time-out']
  if (why === undefined) return error
  return new ConnectionError(
    'advertised',
    `Broker ${id} tells clients to come to its advertised listener ${host}:${port}, ${why}: set advertised.listeners in its server.properties to an address that this machine can reach.`,
    { cause: error },
  )
}

/** The sentence for an error of the system while connecting. */
export function connectFailure(host: string, port: number, error: unknown): ConnectionError {
  const at = `${host}:${port}`
  const code = codeOf(error)
  if (code === 'ECONNREFUSED')
    return new ConnectionError('refused', `Connection to ${at} was refused: no broker listens there.`, { cause: error })
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return new ConnectionError('name', `The host name of ${at} cannot be resolved (${code}).`, { cause: error })
  if (code === 'ETIMEDOUT') return new ConnectionError('time-out', `Connecting to ${at} timed out.`, { cause: error })
  const why = code || (error instanceof Error ? error.message : String(error))
  return new ConnectionError('other', `Connection to ${at} failed (${why}).`, { cause: error })
}
