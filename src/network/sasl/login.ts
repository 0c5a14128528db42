import { SaslAuthenticate, SaslHandshake } from '../../protocol/apis/index.ts'
import { describeError, Errors } from '../../protocol/errors.ts'
import type { ResponseOf } from '../../protocol/schema/index.ts'
import { AuthenticationError } from '../authentication-error.ts'
import type { Connection } from '../connection.ts'
import { ConnectionError } from '../connection-error.ts'
import type { ClientLogin } from './client-login.ts'

export interface LoginOptions {
  readonly login: ClientLogin
  /** Of the broker, as it was asked for. */
  readonly host: string
  /** The highest versions that the broker has of the two requests; undefined where it lacks one. */
  readonly handshakeVersion: number | undefined
  readonly authenticateVersion: number | undefined
  /** For each answer, in milliseconds. */
  readonly timeoutMs: number
}

/**
 * Logs in on a connection, or again on one that has been used (KIP-43, KIP-152, KIP-368): nothing else may be sent meanwhile. Gives the milliseconds
 * for which the login holds, 0 without a limit. Rejects with an `AuthenticationError`, or a `ConnectionError`.
 */
export async function logIn(connection: Connection, options: LoginOptions): Promise<number> {
  const { login, host, handshakeVersion, authenticateVersion, timeoutMs } = options
  const { mechanism } = login
  if (handshakeVersion === undefined) throw noLogin(connection.address)
  if (authenticateVersion === undefined || handshakeVersion < 1)
    throw new ConnectionError(
      'version',
      `${connection.address} is a broker older than 1.0, which takes logins in a form that is not spoken here.`,
    )
  const { errorCode, mechanisms } = await connection.request(SaslHandshake, 1, { mechanism }, timeoutMs)
  if (errorCode !== Errors.NONE) throw handshakeRefused(connection.address, mechanism, errorCode, mechanisms)
  const version = Math.min(authenticateVersion, SaslAuthenticate.versions[1])
  const exchange = await login.exchangeAt(host)
  let lifetimeMs = 0
  let message: Buffer | undefined = exchange.first()
  while (message !== undefined) {
    const answer: ResponseOf<typeof SaslAuthenticate> = await connection.request(
      SaslAuthenticate,
      version,
      { authBytes: message },
      timeoutMs,
    )
    if (answer.errorCode !== Errors.NONE)
      throw new AuthenticationError('denied', answer.errorMessage ?? describeError(answer.errorCode).sentence)
    lifetimeMs = answer.sessionLifetimeMs
    message = await exchange.next(answer.authBytes).catch((error: Error) => {
      throw new AuthenticationError('denied', `${connection.address} is not to be trusted: ${error.message}.`)
    })
  }
  return lifetimeMs
}

const noLogin = (address: string): AuthenticationError =>
  new AuthenticationError(
    'no-login',
    `${address} takes no login (SASL): set security.protocol to PLAINTEXT or SSL, or name a SASL listener of the broker.`,
  )

function handshakeRefused(
  address: string,
  mechanism: string,
  errorCode: number,
  mechanisms: readonly string[],
): AuthenticationError {
  if (errorCode === Errors.UNSUPPORTED_SASL_MECHANISM)
    return new AuthenticationError(
      'mechanism',
      `Client SASL mechanism '${mechanism}' not enabled in the server, enabled mechanisms are [${mechanisms.join(', ')}]`,
    )
  if (errorCode === Errors.ILLEGAL_SASL_STATE) return noLogin(address)
  return new AuthenticationError('denied', describeError(errorCode).sentence)
}
