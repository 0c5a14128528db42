import type net from 'node:net'
import tls from 'node:tls'
import type { TlsSettings, TlsStores } from '../network.ts'

/** What the TLS library makes of settings, which costs milliseconds: once for all connections of a client. */
const contexts = new WeakMap<TlsSettings, tls.SecureContext>()

/** The library's words for settings. Throws for a cipher that it does not have, which it would pass over. */
export function contextOptions({ trusted, own, password, versions, ciphers }: TlsStores): tls.SecureContextOptions {
  const known = ciphers.length > 0 ? tls.getCiphers() : []
  const strange = ciphers.find((name) => !known.includes(name.toLowerCase()))
  if (strange !== undefined) throw new Error(`no cipher ${strange}`)
  return {
    ca: trusted,
    ...(own && ('pkcs12' in own ? { pfx: own.pkcs12 } : { cert: own.certificates, key: own.key })),
    passphrase: password,
    minVersion: versions.min,
    maxVersion: versions.max,
    ...(ciphers.length > 0 && { ciphers: ciphers.join(':') }),
  }
}

/** Runs what uses certificates and keys for the first time; throws `ERR_TLS_SETTINGS` when it fails. */
export function withSettings<T>(use: () => T): T {
  try {
    return use()
  } catch (error) {
    throw Object.assign(new Error((error as Error).message, { cause: error }), { code: 'ERR_TLS_SETTINGS' })
  }
}

function contextOf(settings: TlsSettings): tls.SecureContext {
  const known = contexts.get(settings)
  if (known) return known
  const context = withSettings(() => tls.createSecureContext(contextOptions(settings)))
  contexts.set(settings, context)
  return context
}

/** Begins a connection over TLS; throws `ERR_TLS_SETTINGS` for certificates and keys that cannot be used. */
export function openSecurely(host: string, port: number, settings: TlsSettings, onread: net.OnReadOpts): net.Socket {
  // The types of `tls.connect` do not have `onread`, its documentation does.
  const options = {
    host,
    port,
    onread,
    secureContext: contextOf(settings),
    ...(settings.checksHost ? {} : { checkServerIdentity: () => undefined }),
  }
  return tls.connect(options)
}
