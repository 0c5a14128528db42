import { AuthenticationError } from './authentication-error.ts'
import { ConnectionError } from './connection-error.ts'

interface TlsError {
  readonly code?: string
  /** What the broker showed. */
  readonly cert?: { readonly subjectaltname?: string; readonly subject?: { readonly CN?: string } }
  readonly message?: string
}

const untrusted = 'is signed by nobody that ssl.truststore.location names: add the certificate of its issuer there'

/** What is the matter with a broker's certificate, by the library's code. */
const faults: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'has expired: the broker needs a new one (and the clock of this machine must be right)',
  CERT_NOT_YET_VALID: 'is not valid yet: the clock of this machine or of the one that made it may be wrong',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'is signed by itself: add it to what ssl.truststore.location names',
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  CERT_SIGNATURE_FAILURE: 'has a signature that is wrong',
  CERT_REVOKED: 'was revoked',
}

const failed = (sentence: string, cause: unknown): AuthenticationError =>
  new AuthenticationError('certificate', `SSL handshake failed: ${sentence}.`, { cause })

/** The names that a certificate is for. */
const namesIn = ({ cert }: TlsError): string => cert?.subjectaltname ?? cert?.subject?.CN ?? 'other names'

/** The failure of a TLS connection to `host:port`, before or after it was made; undefined for an error that has nothing to do with TLS. */
export function tlsFailure(at: string, error: unknown): AuthenticationError | ConnectionError | undefined {
  const found = (error ?? {}) as TlsError
  const { code = '', message } = found
  if (code === 'ERR_TLS_SETTINGS')
    return failed(
      `the certificates and keys of ssl.keystore and ssl.truststore cannot be used (${message}): check them, ssl.cipher.suites, and ssl.key.password or ssl.keystore.password`,
      error,
    )
  const fault = faults[code]
  if (fault !== undefined) return failed(`the certificate of ${at} ${fault}`, error)
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return failed(
      `the certificate of ${at} is for ${namesIn(found)}, not for this host: connect by one of these names, or set ssl.endpoint.identification.algorithm= (empty) to leave the host name unchecked`,
      error,
    )
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG')
    return plainListener(at, error)
  if (
    /ALERT_(PROTOCOL_VERSION|HANDSHAKE_FAILURE)|UNSUPPORTED_PROTOCOL|NO_PROTOCOLS_AVAILABLE|INTERNAL_ERROR/.test(code)
  )
    return failed(
      `${at} and this client agree on no version of TLS or cipher (${code}): compare ssl.enabled.protocols on both sides, and whether the broker asks for a client certificate (ssl.keystore.location)`,
      error,
    )
  if (/CERTIFICATE_REQUIRED|ALERT_BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_(UNKNOWN|EXPIRED)/.test(code))
    return failed(
      `${at} wants a certificate of this client that it trusts (${code}): set ssl.keystore.location to one that is signed by somebody in the broker's truststore`,
      error,
    )
  if (/^(ERR_SSL|ERR_TLS|ERR_OSSL|CERT_)/.test(code)) return failed(`${at} could not be agreed with (${code})`, error)
  return undefined
}

/** The other side does not speak TLS, or went away in the middle of its greeting, as a broker's plaintext listener does. */
export const plainListener = (at: string, cause: unknown): ConnectionError =>
  new ConnectionError(
    'plaintext',
    `${at} does not answer in TLS: it is probably a listener without it; set security.protocol to PLAINTEXT (or SASL_PLAINTEXT), or name an SSL listener of the broker.`,
    { cause },
  )
