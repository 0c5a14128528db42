/** What clients did that failed to agree on TLS with a listener, by the library's code. */
const faults: readonly (readonly [RegExp, string])[] = [
  [/HTTP_REQUEST/, 'speaks HTTP without TLS to'],
  [/WRONG_VERSION_NUMBER|PACKET_LENGTH|BAD_RECORD_TYPE|UNEXPECTED_MESSAGE|RECORD_TOO_SMALL/, 'does not speak TLS to'],
  [/HANDSHAKE_TIMEOUT/, 'began a TLS handshake and did not end it with'],
  [/PEER_DID_NOT_RETURN_A_CERTIFICATE/, 'shows no certificate to'],
  [/CERT_HAS_EXPIRED/, 'shows a certificate that has expired to'],
  [/CERT_NOT_YET_VALID/, 'shows a certificate that is not valid yet to'],
  [/^(SELF_SIGNED|DEPTH_ZERO|UNABLE_TO|CERT_)/, 'shows a certificate that is signed by nobody in ssl.truststore to'],
  [/ALERT_(UNKNOWN_CA|CERTIFICATE|BAD_CERTIFICATE)|CERTIFICATE_(UNKNOWN|EXPIRED)/, 'does not trust the certificate of'],
  [
    /NO_SHARED_CIPHER|UNSUPPORTED_PROTOCOL|NO_PROTOCOLS|VERSION_TOO_LOW|ALERT_PROTOCOL_VERSION/,
    'shares no version or cipher of TLS with',
  ],
]

/** What is to be said of a handshake that failed, before the name of the listener; undefined where the other side just went away. */
export function handshakeFault(error: unknown): string | undefined {
  const { code = '' } = error as { code?: string }
  return (
    faults.find(([pattern]) => pattern.test(code))?.[1] ??
    (/^ERR_(SSL|TLS|OSSL)/.test(code) ? `failed in the TLS handshake (${code}) with` : undefined)
  )
}
