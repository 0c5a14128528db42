import type { SecurityConfig, StoreConfig } from '../config/client-security.ts'
import { ConfigError } from '../config/define.ts'
import type { Disk, TlsSettings, TlsStores, TlsVersion } from '../runtime/index.ts'
import { ownCertificate, trustedCertificates } from './stores/store-files.ts'

const versions: readonly TlsVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']

/** The TLS that the properties ask for, with its files read; undefined when they ask for none. Throws `ConfigError`. */
export function tlsSettings(config: SecurityConfig, disk: Disk): TlsSettings | undefined {
  if (!config['security.protocol'].endsWith('SSL')) return undefined
  return { ...tlsStores(config, disk), checksHost: config['ssl.endpoint.identification.algorithm'] !== '' }
}

/** The certificates, keys, versions and ciphers that the properties name. Throws `ConfigError`. */
export function tlsStores(config: StoreConfig, disk: Disk): TlsStores {
  const enabled = versions.filter((version) => config['ssl.enabled.protocols'].includes(version))
  const [min] = enabled
  if (min === undefined) throw new ConfigError('ssl.enabled.protocols names no version of TLS.')
  const mine = ownCertificate(config, disk)
  const passwords = [config['ssl.key.password'], config['ssl.keystore.password']]
  if (mine && 'pkcs12' in mine) passwords.reverse()
  return {
    trusted: trustedCertificates(config, disk),
    own: mine,
    password: passwords[0] ?? passwords[1] ?? undefined,
    versions: { min, max: enabled.at(-1) as TlsVersion },
    ciphers: config['ssl.cipher.suites'].map(opensslName),
  }
}

/** Java has the standard's names of ciphers, OpenSSL its own, except for those of TLS 1.3: `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`. */
function opensslName(suite: string): string {
  const old = /^(?:TLS|SSL)_(.+)_WITH_(.+)$/.exec(suite)
  if (!old) return suite
  const [, exchange = '', cipher = ''] = old
  const short = cipher
    .replace(/^(AES|CAMELLIA)_(\d+)/, '$1$2')
    .replace(/_CBC_/, '_')
    .replace(/^CHACHA20_POLY1305_SHA256$/, 'CHACHA20_POLY1305')
  return [...(exchange === 'RSA' ? [] : [exchange]), short].join('_').replaceAll('_', '-')
}
